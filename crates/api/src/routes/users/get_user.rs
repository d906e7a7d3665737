use actix_web::middleware::from_fn;
use actix_web::{HttpResponse, get, web};

use super::{UserSchema, UserView, profile};
use crate::error::ApiError;
use crate::extract::Authenticated;
use crate::middleware::deadline;
use crate::state::AppState;

/// Read your profile
///
/// The caller as the server knows them. A trusted issuer's user who has written nothing yet is shown
/// from the token.
#[utoipa::path(
    tag = "Profile",
    responses((status = 200, description = "The caller", body = UserSchema)),
)]
#[get("/api/users/me", wrap = "from_fn(deadline)")]
pub(super) async fn get_user(
    state: web::Data<AppState>,
    request: Authenticated<()>,
) -> Result<HttpResponse, ApiError> {
    let Authenticated(caller, ()) = request;
    let user = profile(&state, caller.actor()).await?;
    Ok(HttpResponse::Ok().json(UserView::from(&user)))
}
