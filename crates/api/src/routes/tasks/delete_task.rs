use deserr::Deserr;
use tasklane_domain::id::TaskId;
use utoipa::ToSchema;

use super::answer::Removed;
use super::restore_task::RestoreTask;
use crate::error::ApiError;
use crate::extract::{Authenticated, FieldErrors, Flag, IfMatch, PathId, Query};
use crate::operation::{Operation, Route, State, Tag};

#[derive(Deserr, ToSchema)]
#[deserr(error = FieldErrors, deny_unknown_fields)]
pub(super) struct Parameters {
    /// Whether to erase it for good; false by default.
    #[deserr(default)]
    #[schema(value_type = Option<bool>)]
    permanent: Option<Flag>,
}

pub(super) struct DeleteTask;

impl Operation for DeleteTask {
    const ROUTE: Route = Route::delete("/api/tasks/{id}");
    const ID: &'static str = "delete_task";
    const TAG: Tag = Tag::Tasks;
    const SUMMARY: &'static str = "Move a task to the trash, or erase it";
    const DESCRIPTION: &'static str = "The live sub-tasks go to the trash with it. With \
        `permanent=true` the content is erased for good, whether the task is live or in the \
        trash, and so is that of all its sub-tasks. The `ETag` is the revision that this took, at \
        which the change feed tells of it.";
    const ANSWER: &'static str = "The task is gone";
    const NEXT: &'static [&'static str] = &[RestoreTask::ID];

    type Input = Authenticated<(PathId<TaskId>, IfMatch, Query<Parameters>)>;
    type Output = Removed;

    async fn call(
        state: State,
        Authenticated(caller, (PathId(id), IfMatch(precondition), query)): Self::Input,
    ) -> Result<Self::Output, ApiError> {
        let (owner, actor) = (caller.owner(), caller.actor());
        let outcome = if query.value.permanent.is_some_and(|permanent| permanent.0) {
            state.tasks.erase(owner, actor, id, precondition).await?
        } else {
            state.tasks.delete(owner, actor, id, precondition).await?
        };
        Ok(Removed(outcome))
    }
}
