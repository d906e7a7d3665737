use tasklane_domain::id::TaskId;

use super::answer::Cached;
use crate::error::ApiError;
use crate::extract::{Authenticated, IfNoneMatch, PathId};
use crate::operation::{Operation, Route, State, Tag};

pub(super) struct GetTask;

impl Operation for GetTask {
    const ROUTE: Route = Route::get("/api/tasks/{id}");
    const ID: &'static str = "get_task";
    const TAG: Tag = Tag::Tasks;
    const SUMMARY: &'static str = "Read a task";
    const DESCRIPTION: &'static str = "Gives one live task. With its current `ETag` in \
        `If-None-Match`, the answer is 304 and empty.";
    const ANSWER: &'static str = "The task";

    type Input = Authenticated<(PathId<TaskId>, IfNoneMatch)>;
    type Output = Cached;

    async fn call(
        state: State,
        Authenticated(caller, (PathId(id), IfNoneMatch(known))): Self::Input,
    ) -> Result<Self::Output, ApiError> {
        let task = state.tasks.find(caller.owner(), id).await?;
        let task = task.ok_or(ApiError::NotFound)?;
        if known.is_some_and(|known| known.matches_task(task.revision)) {
            return Ok(Cached::NotModified(task.revision));
        }
        Ok(Cached::Current(task))
    }
}
