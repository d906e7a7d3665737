use actix_web::middleware::from_fn;
use actix_web::{HttpResponse, put, web};
use deserr::Deserr;
use utoipa::ToSchema;

use super::{NewPassword, PasswordText};
use crate::error::ApiError;
use crate::extract::{Authenticated, Body, BodyErrors};
use crate::middleware::deadline;
use crate::rate_limit::AuthLimit;
use crate::state::AppState;

#[derive(Deserr)]
#[deserr(error = BodyErrors, deny_unknown_fields)]
struct PasswordBody {
    current_password: PasswordText,
    new_password: NewPassword,
}

/// A change of password.
#[derive(ToSchema)]
#[schema(as = PasswordChange)]
#[serde(deny_unknown_fields)]
#[expect(
    dead_code,
    reason = "describes in the OpenAPI document what PasswordBody reads"
)]
pub(super) struct PasswordChangeSchema {
    /// The password until now.
    #[schema(format = Password)]
    current_password: String,
    /// The password from now on: 8 to 128 characters of any kind; neither the email nor one of the
    /// thousand most common.
    #[schema(format = Password, min_length = 8, max_length = 128)]
    new_password: String,
}

/// Change the account's password
///
/// Ends all other sessions. A caller without a local account has no password to change: 404.
#[utoipa::path(
    tag = "Accounts",
    request_body = PasswordChangeSchema,
    responses(
        (status = 204, description = "The new password counts"),
    ),
)]
#[put("/api/auth/password", wrap = "from_fn(deadline)")]
pub(super) async fn change_password(
    state: web::Data<AppState>,
    limit: AuthLimit,
    request: Authenticated<Body<PasswordBody>>,
) -> Result<HttpResponse, ApiError> {
    let Authenticated(caller, Body(body)) = request;
    let user = state
        .users
        .profile(caller.actor())
        .await?
        .ok_or(ApiError::NotFound)?;
    let new = body
        .new_password
        .check_against(user.email.as_ref())
        .map_err(|violation| ApiError::field("/new_password", violation))?;
    let current = body.current_password.candidate();
    state
        .accounts
        .change_password(
            caller.id(),
            current,
            &new,
            caller.0.session,
            limit.client(None),
        )
        .await?;
    Ok(HttpResponse::NoContent().finish())
}
