use actix_web::http::StatusCode;
use actix_web::middleware::from_fn;
use actix_web::{HttpResponse, post, web};
use deserr::Deserr;
use tasklane_domain::service::RefreshError;
use utoipa::ToSchema;

use super::SignedInSchema;
use super::refresh_token;
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
/// Trades the refresh token for new tokens. The refresh token that was used last can be used again
/// within `auth.refresh_grace` (a minute), as long as its successor is unused, and gives the same
/// successor: an answer that was lost costs nobody the session. Using any other one again ends the
/// whole session, since somebody must have stolen it.
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
    let token = refresh_token::parse(&body.0.refresh_token).ok_or(RefreshError::InvalidToken)?;
    let signed_in = state.accounts.refresh(token).await?;
    Ok(signed_in_response(StatusCode::OK, &signed_in))
}
