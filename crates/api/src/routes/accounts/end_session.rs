use tasklane_domain::id::SessionId;

use crate::error::ApiError;
use crate::extract::{Authenticated, PathId};
use crate::operation::{NoContent, Operation, Route, State, Tag};

pub(super) struct EndSession;

impl Operation for EndSession {
    const ROUTE: Route = Route::delete("/api/auth/sessions/{id}");
    const ID: &'static str = "end_session";
    const TAG: Tag = Tag::Accounts;
    const SUMMARY: &'static str = "End a session";
    const DESCRIPTION: &'static str = "Its access tokens stop working within 5 seconds.";
    const ANSWER: &'static str = "The session has ended";

    type Input = Authenticated<PathId<SessionId>>;
    type Output = NoContent;

    async fn call(
        state: State,
        Authenticated(caller, PathId(session)): Self::Input,
    ) -> Result<Self::Output, ApiError> {
        if state.accounts.end_session(caller.id(), session).await? {
            Ok(NoContent)
        } else {
            Err(ApiError::NotFound)
        }
    }
}
