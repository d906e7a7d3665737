use tasklane_domain::id::TaskId;

use super::answer::Written;
use super::move_body::MoveBody;
use crate::error::ApiError;
use crate::extract::{Authenticated, Body, IfMatch, PathId};
use crate::operation::{Operation, Route, State, Tag};
use crate::problem::ProblemCode;

pub(super) struct MoveTask;

impl Operation for MoveTask {
    const ROUTE: Route = Route::post("/api/tasks/{id}/move");
    const ID: &'static str = "move_task";
    const TAG: Tag = Tag::Tasks;
    const SUMMARY: &'static str = "Move a task among its siblings, or below another parent";
    const DESCRIPTION: &'static str = "Gives the task a `position` directly before or after another \
        live one with the same parent, or behind all of these. Where no short enough one is left between its new neighbours, as few \
        of these as suffice get new ones too, each with a revision. A task that stands there already \
        stays as it is. A client that makes order keys on its own writes `position` instead.";
    const ANSWER: &'static str = "The task as it now is";
    const REFUSALS: &'static [ProblemCode] = &[ProblemCode::QuotaExceeded];

    type Input = Authenticated<(PathId<TaskId>, IfMatch, Body<MoveBody>)>;
    type Output = Written;

    async fn call(
        state: State,
        Authenticated(caller, (PathId(id), IfMatch(precondition), Body(body))): Self::Input,
    ) -> Result<Self::Output, ApiError> {
        let moved = body.into_move(id, precondition);
        let outcome = state.tasks.move_to(caller.owner(), caller.actor(), moved);
        Ok(Written(outcome.await?))
    }
}
