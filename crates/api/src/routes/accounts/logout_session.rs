use crate::error::ApiError;
use crate::extract::Authenticated;
use crate::operation::{NoContent, Operation, Route, State, Tag};

pub(super) struct LogoutSession;

impl Operation for LogoutSession {
    const ROUTE: Route = Route::post("/api/auth/logout");
    const ID: &'static str = "logout_session";
    const TAG: Tag = Tag::Accounts;
    const SUMMARY: &'static str = "Sign out";
    const DESCRIPTION: &'static str = "Ends the session of the access token. A trusted issuer's \
        token has no session here, so nothing ends.";
    const ANSWER: &'static str = "The session has ended";

    type Input = Authenticated<()>;
    type Output = NoContent;

    async fn call(
        state: State,
        Authenticated(caller, ()): Self::Input,
    ) -> Result<Self::Output, ApiError> {
        if let Some(session) = caller.0.session {
            state.accounts.end_session(caller.id(), session).await?;
        }
        Ok(NoContent)
    }
}
