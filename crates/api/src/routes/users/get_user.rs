use tasklane_domain::user::User;

use crate::error::ApiError;
use crate::extract::Authenticated;
use crate::operation::{Operation, Route, Shown, State, Tag};
use crate::routes::user::profile;

pub(super) struct GetUser;

impl Operation for GetUser {
    const ROUTE: Route = Route::get("/api/users/me");
    const ID: &'static str = "get_user";
    const TAG: Tag = Tag::Profile;
    const SUMMARY: &'static str = "Read your profile";
    const DESCRIPTION: &'static str = "A trusted issuer's user who has written nothing yet is shown \
        as the token describes them.";
    const ANSWER: &'static str = "The profile";

    type Input = Authenticated<()>;
    type Output = Shown<User>;

    async fn call(
        state: State,
        Authenticated(caller, ()): Self::Input,
    ) -> Result<Self::Output, ApiError> {
        Ok(Shown(profile(&state, caller.actor()).await?))
    }
}
