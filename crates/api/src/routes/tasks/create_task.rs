use super::answer::Created;
use super::delete_task::DeleteTask;
use super::draft::TaskDraftBody;
use super::get_task::GetTask;
use super::patch_task::PatchTask;
use super::replace_task::ReplaceTask;
use super::toggle_task::ToggleTask;
use crate::error::ApiError;
use crate::extract::{Authenticated, Body, KeyHeader};
use crate::operation::{Operation, Route, State, Tag};
use crate::problem::ProblemCode;

pub(super) struct CreateTask;

impl Operation for CreateTask {
    const ROUTE: Route = Route::post("/api/tasks");
    const ID: &'static str = "create_task";
    const TAG: Tag = Tag::Tasks;
    const SUMMARY: &'static str = "Create a task";
    const DESCRIPTION: &'static str = "When the same `Idempotency-Key` and the same body are sent \
        again, the answer is the task as it now is, with `Idempotency-Replayed: true`, and no \
        second task is created.";
    const ANSWER: &'static str = "The new task";
    const REFUSALS: &'static [ProblemCode] = &[ProblemCode::QuotaExceeded];
    const NEXT: &'static [&'static str] = &[
        GetTask::ID,
        PatchTask::ID,
        ToggleTask::ID,
        ReplaceTask::ID,
        DeleteTask::ID,
    ];

    type Input = Authenticated<(KeyHeader, Body<TaskDraftBody>)>;
    type Output = Created;

    async fn call(
        state: State,
        Authenticated(caller, (KeyHeader(key), Body(body))): Self::Input,
    ) -> Result<Self::Output, ApiError> {
        let creation =
            state
                .tasks
                .create(caller.owner(), caller.actor(), body.into(), key.as_ref());
        Ok(Created(creation.await?))
    }
}
