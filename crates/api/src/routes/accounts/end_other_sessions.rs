use crate::error::ApiError;
use crate::extract::Authenticated;
use crate::operation::{NoContent, Operation, Route, State, Tag};

pub(super) struct EndOtherSessions;

impl Operation for EndOtherSessions {
    const ROUTE: Route = Route::delete("/api/auth/sessions");
    const ID: &'static str = "end_other_sessions";
    const TAG: Tag = Tag::Accounts;
    const SUMMARY: &'static str = "End all other sessions";
    const DESCRIPTION: &'static str = "Signs the account out everywhere else. The access tokens of \
        those sessions stop working within 5 seconds.";
    const ANSWER: &'static str = "Only the session of this request is left";

    type Input = Authenticated<()>;
    type Output = NoContent;

    async fn call(
        state: State,
        Authenticated(caller, ()): Self::Input,
    ) -> Result<Self::Output, ApiError> {
        state
            .accounts
            .end_other_sessions(caller.id(), caller.0.session)
            .await?;
        Ok(NoContent)
    }
}
