use actix_web::middleware::from_fn;
use actix_web::{HttpResponse, delete, web};
use tasklane_domain::id::SessionId;

use crate::error::ApiError;
use crate::extract::{Authenticated, PathId};
use crate::middleware::deadline;
use crate::state::AppState;

/// End a session
///
/// Its access tokens stop working within 5 seconds.
#[utoipa::path(
    tag = "Accounts",
    params(("id" = Uuid, Path, description = "The session's id", example = "0193a5c8-7e2b-7c4d-9f10-6b1a2c3d4e5f")),
    responses((status = 204, description = "The session has ended")),
)]
#[delete("/api/auth/sessions/{id}", wrap = "from_fn(deadline)")]
pub(super) async fn end_session(
    state: web::Data<AppState>,
    request: Authenticated<PathId<SessionId>>,
) -> Result<HttpResponse, ApiError> {
    let Authenticated(caller, PathId(session)) = request;
    if state.accounts.end_session(caller.id(), session).await? {
        Ok(HttpResponse::NoContent().finish())
    } else {
        Err(ApiError::NotFound)
    }
}
