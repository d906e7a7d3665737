use actix_web::middleware::from_fn;
use actix_web::{HttpResponse, patch, web};
use deserr::Deserr;
use tasklane_domain::user::Name;
use utoipa::ToSchema;

use super::profile::{known, profile};
use super::{UserSchema, UserView};
use crate::error::ApiError;
use crate::extract::{Authenticated, BodyErrors, Field, MergePatch};
use crate::middleware::deadline;
use crate::state::AppState;

#[derive(Deserr)]
#[deserr(error = BodyErrors, deny_unknown_fields)]
struct UserPatchBody {
    #[deserr(default)]
    name: Field<Name>,
}

/// A JSON merge patch (RFC 7396) of a profile.
#[derive(ToSchema)]
#[schema(as = UserPatch)]
#[serde(deny_unknown_fields)]
#[expect(
    dead_code,
    reason = "describes in the OpenAPI document what UserPatchBody reads"
)]
pub(super) struct UserPatchSchema {
    /// How they want to be called; null for no name.
    #[schema(example = "Ada")]
    name: Option<String>,
}

/// Change your name
///
/// A JSON merge patch (RFC 7396); the name is all that can be changed.
#[utoipa::path(
    tag = "Profile",
    request_body(
        content((UserPatchSchema = "application/merge-patch+json"), (UserPatchSchema = "application/json")),
    ),
    responses((status = 200, description = "The caller as they now are", body = UserSchema)),
)]
#[patch("/api/users/me", wrap = "from_fn(deadline)")]
pub(super) async fn update_user(
    state: web::Data<AppState>,
    request: Authenticated<MergePatch<UserPatchBody>>,
) -> Result<HttpResponse, ApiError> {
    let Authenticated(caller, MergePatch(body)) = request;
    let user = match body.name.nullable() {
        Some(name) => known(state.users.rename(caller.actor(), name).await?)?,
        None => profile(&state, caller.actor()).await?,
    };
    Ok(HttpResponse::Ok().json(UserView::from(&user)))
}
