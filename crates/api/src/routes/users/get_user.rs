use actix_web::middleware::from_fn;
use actix_web::{HttpResponse, get, web};
use tasklane_domain::service::AccessError;

use super::{UserSchema, UserView};
use crate::error::ApiError;
use crate::extract::Authenticated;
use crate::middleware::deadline;
use crate::state::AppState;

/// Read your profile
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
    let user = state.users.profile(caller.owner()).await?;
    let user = user.ok_or(ApiError::Access(AccessError::Revoked))?;
    Ok(HttpResponse::Ok().json(UserView::from(&user)))
}
