use deserr::Deserr;
use tasklane_domain::user::{Name, User};
use utoipa::ToSchema;

use crate::error::ApiError;
use crate::extract::{Authenticated, Field, FieldErrors, MergePatch};
use crate::operation::{Operation, Route, Shown, State, Tag};
use crate::routes::user::{known, profile};
use crate::schema;

/// A JSON merge patch (RFC 7396) of a profile.
#[derive(Deserr, ToSchema)]
#[deserr(error = FieldErrors, deny_unknown_fields)]
#[serde(deny_unknown_fields)]
pub(super) struct UserPatch {
    /// The display name; null for none.
    #[deserr(default)]
    #[schema(value_type = Option<schema::Name>, example = "Ada Lovelace")]
    name: Field<Name>,
}

pub(super) struct UpdateUser;

impl Operation for UpdateUser {
    const ROUTE: Route = Route::patch("/api/users/me");
    const ID: &'static str = "update_user";
    const TAG: Tag = Tag::Profile;
    const SUMMARY: &'static str = "Change your name";
    const DESCRIPTION: &'static str =
        "A JSON merge patch (RFC 7396); only the name can be changed.";
    const ANSWER: &'static str = "The profile as it now is";

    type Input = Authenticated<MergePatch<UserPatch>>;
    type Output = Shown<User>;

    async fn call(
        state: State,
        Authenticated(caller, MergePatch(body)): Self::Input,
    ) -> Result<Self::Output, ApiError> {
        let user = match body.name.nullable() {
            Some(name) => known(state.users.rename(caller.actor(), name).await?)?,
            None => profile(&state, caller.actor()).await?,
        };
        Ok(Shown(user))
    }
}
