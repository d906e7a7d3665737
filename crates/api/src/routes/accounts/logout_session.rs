use actix_web::middleware::from_fn;
use actix_web::{HttpResponse, post, web};

use crate::error::ApiError;
use crate::extract::Authenticated;
use crate::middleware::deadline;
use crate::state::AppState;

/// Sign out
///
/// Ends the session of the access token. A trusted issuer's token has no session here, so nothing
/// ends.
#[utoipa::path(tag = "Accounts", responses((status = 204, description = "The session has ended")))]
#[post("/api/auth/logout", wrap = "from_fn(deadline)")]
pub(super) async fn logout_session(
    state: web::Data<AppState>,
    request: Authenticated<()>,
) -> Result<HttpResponse, ApiError> {
    let Authenticated(caller, ()) = request;
    if let Some(session) = caller.0.session {
        state.accounts.end_session(caller.id(), session).await?;
    }
    Ok(HttpResponse::NoContent().finish())
}
