use actix_web::middleware::from_fn;
use actix_web::{HttpResponse, delete, web};

use crate::error::ApiError;
use crate::extract::Authenticated;
use crate::middleware::deadline;
use crate::state::AppState;

/// End all other sessions
///
/// Signs the account out everywhere else. The access tokens of those sessions stop working within 5
/// seconds.
#[utoipa::path(
    tag = "Accounts",
    responses((status = 204, description = "Only the session of this request is left")),
)]
#[delete("/api/auth/sessions", wrap = "from_fn(deadline)")]
pub(super) async fn end_other_sessions(
    state: web::Data<AppState>,
    request: Authenticated<()>,
) -> Result<HttpResponse, ApiError> {
    let Authenticated(caller, ()) = request;
    state
        .accounts
        .end_other_sessions(caller.id(), caller.0.session)
        .await?;
    Ok(HttpResponse::NoContent().finish())
}
