use tasklane_domain::id::TaskId;
use tasklane_domain::task::TaskPatch;

use super::answer::Written;
use crate::error::ApiError;
use crate::extract::{Authenticated, IfMatch, PathId};
use crate::operation::{Operation, Route, State, Tag};
use crate::problem::ProblemCode;

pub(super) struct ToggleTask;

impl Operation for ToggleTask {
    const ROUTE: Route = Route::patch("/api/tasks/{id}/toggle");
    const ID: &'static str = "toggle_task";
    const TAG: Tag = Tag::Tasks;
    const SUMMARY: &'static str = "Flip a task's completion";
    const DESCRIPTION: &'static str =
        "A completed task becomes open, and an open one completed. A body is not read.";
    const ANSWER: &'static str = "The task as it now is";
    const REFUSALS: &'static [ProblemCode] = &[ProblemCode::QuotaExceeded];

    type Input = Authenticated<(PathId<TaskId>, IfMatch)>;
    type Output = Written;

    async fn call(
        state: State,
        Authenticated(caller, (PathId(id), IfMatch(precondition))): Self::Input,
    ) -> Result<Self::Output, ApiError> {
        let patch = TaskPatch::toggle();
        let outcome = state
            .tasks
            .update(caller.owner(), caller.actor(), id, precondition, patch);
        Ok(Written(outcome.await?))
    }
}
