use actix_web::middleware::from_fn;
use actix_web::{HttpRequest, HttpResponse, post, web};
use deserr::Deserr;
use serde::Serialize;
use tasklane_domain::user::Principal;
use utoipa::ToSchema;

use crate::error::ApiError;
use crate::extract::{BodyErrors, OptionalBody, bearer_token, check_token};
use crate::middleware::deadline;
use crate::rate_limit::count_access;
use crate::routes::users::{UserSchema, UserView, profile};
use crate::state::AppState;

#[derive(Deserr)]
#[deserr(error = BodyErrors, deny_unknown_fields)]
struct TokenBody {
    #[deserr(default)]
    token: Option<String>,
}

#[derive(Serialize)]
struct VerifiedView<'a> {
    valid: bool,
    user: UserView<'a>,
    issuer: &'a str,
    subject: &'a str,
    issued_at: Option<String>,
    expires_at: String,
}

/// A token to be checked.
#[derive(ToSchema)]
#[schema(as = Token)]
#[serde(deny_unknown_fields)]
#[expect(
    dead_code,
    reason = "describes in the OpenAPI document what TokenBody reads"
)]
pub(super) struct TokenSchema {
    /// An access token; the one in the header `Authorization` when absent.
    token: Option<String>,
}

/// A token that is accepted.
#[derive(ToSchema)]
#[schema(as = VerifiedToken)]
#[expect(
    dead_code,
    reason = "describes in the OpenAPI document what VerifiedView serialises to"
)]
pub(super) struct VerifiedSchema {
    /// Always true: a token that is not accepted is a 401.
    valid: bool,
    /// Whose it is.
    user: UserSchema,
    /// The token's `iss`.
    issuer: String,
    /// The token's `sub`.
    subject: String,
    /// The token's `iat`.
    #[schema(required = true, format = DateTime)]
    issued_at: Option<String>,
    /// The token's `exp`.
    #[schema(format = DateTime)]
    expires_at: String,
}

/// Check a token
///
/// Tells whose the token is, or why it is not accepted: the token of the body, or else the one of the
/// header `Authorization`.
#[utoipa::path(
    tag = "Accounts",
    request_body(content = Option<TokenSchema>),
    responses(
        (status = 200, description = "The token is accepted", body = VerifiedSchema),
    ),
    security((), ("bearer" = [])),
)]
#[post("/api/auth/verify", wrap = "from_fn(deadline)")]
pub(super) async fn verify_token(
    state: web::Data<AppState>,
    request: HttpRequest,
    body: Result<OptionalBody<TokenBody>, ApiError>,
) -> Result<HttpResponse, ApiError> {
    let outcome = check_either(&state, &request, body).await;
    let principal = count_access(&request, outcome)?;
    let user = profile(&state, &principal.actor).await?;
    let Principal {
        issuer,
        subject,
        actor,
        expires_at,
        ..
    } = &principal;
    Ok(HttpResponse::Ok().json(VerifiedView {
        valid: true,
        user: UserView::from(&user),
        issuer,
        subject,
        issued_at: actor.issued_at.map(|instant| instant.to_string()),
        expires_at: expires_at.to_string(),
    }))
}

/// Checks the token in the body, or else the one in the header.
async fn check_either(
    state: &AppState,
    request: &HttpRequest,
    body: Result<OptionalBody<TokenBody>, ApiError>,
) -> Result<Principal, ApiError> {
    let in_body = body?.0.and_then(|body| body.token);
    let token = match &in_body {
        Some(token) => token,
        None => bearer_token(request)?,
    };
    check_token(state, request, token).await
}
