use actix_web::http::StatusCode;
use actix_web::middleware::from_fn;
use actix_web::{HttpResponse, post, web};
use deserr::Deserr;
use utoipa::ToSchema;

use super::SignedInSchema;
use super::signed_in::signed_in_response;
use crate::error::ApiError;
use crate::extract::{Body, BodyErrors};
use crate::middleware::deadline;
use crate::rate_limit::AuthLimit;
use crate::state::AppState;

#[derive(Deserr)]
#[deserr(error = BodyErrors, deny_unknown_fields)]
struct RefreshBody {
    refresh_token: String,
}

/// What proves a session.
#[derive(ToSchema)]
#[schema(as = Refresh)]
#[serde(deny_unknown_fields)]
#[expect(
    dead_code,
    reason = "describes in the OpenAPI document what RefreshBody reads"
)]
pub(super) struct RefreshSchema {
    /// The newest refresh token of the session.
    refresh_token: String,
}

/// Refresh a session
///
/// Trades the refresh token for new tokens. Each refresh token works once: using one again ends
/// the whole session, since somebody must have stolen it.
#[utoipa::path(
    tag = "Accounts",
    request_body = RefreshSchema,
    responses(
        (status = 200, description = "The user and new tokens", body = SignedInSchema),
    ),
    security(()),
)]
#[post("/api/auth/refresh", wrap = "from_fn(deadline)")]
pub(super) async fn refresh_session(
    state: web::Data<AppState>,
    _limit: AuthLimit,
    body: Body<RefreshBody>,
) -> Result<HttpResponse, ApiError> {
    let signed_in = state.accounts.refresh(&body.0.refresh_token).await?;
    Ok(signed_in_response(StatusCode::OK, &signed_in))
}
