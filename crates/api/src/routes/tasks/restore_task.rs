use tasklane_domain::id::TaskId;

use super::answer::Written;
use super::delete_task::DeleteTask;
use super::get_task::GetTask;
use crate::error::ApiError;
use crate::extract::{Authenticated, IfMatch, PathId};
use crate::operation::{Operation, Route, State, Tag};
use crate::problem::ProblemCode;

pub(super) struct RestoreTask;

impl Operation for RestoreTask {
    const ROUTE: Route = Route::post("/api/tasks/{id}/restore");
    const ID: &'static str = "restore_task";
    const TAG: Tag = Tag::Trash;
    const SUMMARY: &'static str = "Take a task out of the trash";
    const DESCRIPTION: &'static str = "The task is live again as it was, under a new revision, and so \
        are the sub-tasks that went to the trash with it. A sub-task whose parent is not live comes \
        back without a parent. A task that is not in the trash is refused with 409, and a sub-task \
        whose parent has 200 live ones with 422.";
    const ANSWER: &'static str = "The task, live again";
    const REFUSALS: &'static [ProblemCode] = &[
        ProblemCode::QuotaExceeded,
        ProblemCode::NotDeleted,
        ProblemCode::ValidationFailed,
    ];
    const NEXT: &'static [&'static str] = &[GetTask::ID, DeleteTask::ID];

    type Input = Authenticated<(PathId<TaskId>, IfMatch)>;
    type Output = Written;

    async fn call(
        state: State,
        Authenticated(caller, (PathId(id), IfMatch(precondition))): Self::Input,
    ) -> Result<Self::Output, ApiError> {
        let outcome = state
            .tasks
            .restore(caller.owner(), caller.actor(), id, precondition);
        Ok(Written(outcome.await?))
    }
}
