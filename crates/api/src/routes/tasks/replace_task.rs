use tasklane_domain::id::TaskId;
use tasklane_domain::task::TaskPatch;

use super::answer::Put;
use super::delete_task::DeleteTask;
use super::draft::TaskDraftBody;
use super::get_task::GetTask;
use super::patch_task::PatchTask;
use super::toggle_task::ToggleTask;
use crate::error::ApiError;
use crate::extract::{Authenticated, Body, IfAbsent, IfMatch, PathId};
use crate::operation::{Operation, Route, State, Tag};
use crate::problem::ProblemCode;

pub(super) struct ReplaceTask;

impl Operation for ReplaceTask {
    const ROUTE: Route = Route::put("/api/tasks/{id}");
    const ID: &'static str = "replace_task";
    const TAG: Tag = Tag::Tasks;
    const SUMMARY: &'static str = "Replace a task, or create one under an id of your own";
    const DESCRIPTION: &'static str = "Absent and null members take their default. Members that \
        only the server sets (`id`, `owner_id`, `revision` and the like) are refused: leave out \
        those that a read gave. With `If-None-Match: *` a task is created under the id of the \
        path, unless the id is taken.";
    const ANSWER: &'static str = "The task as it now is";
    const REFUSALS: &'static [ProblemCode] = &[ProblemCode::QuotaExceeded];
    const NEXT: &'static [&'static str] =
        &[GetTask::ID, PatchTask::ID, ToggleTask::ID, DeleteTask::ID];

    type Input = Authenticated<(PathId<TaskId>, IfMatch, IfAbsent, Body<TaskDraftBody>)>;
    type Output = Put;

    async fn call(
        state: State,
        Authenticated(caller, (PathId(id), IfMatch(precondition), IfAbsent(absent), Body(body))): Self::Input,
    ) -> Result<Self::Output, ApiError> {
        let outcome = if absent {
            state
                .tasks
                .create_under(caller.owner(), caller.actor(), id, body.into())
                .await?
        } else {
            let patch = TaskPatch::replace_with(body.into());
            state
                .tasks
                .update(caller.owner(), caller.actor(), id, precondition, patch)
                .await?
        };
        Ok(Put(outcome))
    }
}
