use tasklane_domain::id::TaskId;

use super::answer::Written;
use super::patch::TaskPatchBody;
use crate::error::ApiError;
use crate::extract::{Authenticated, IfMatch, MergePatch, PathId};
use crate::operation::{Operation, Route, State, Tag};
use crate::problem::ProblemCode;

pub(super) struct PatchTask;

impl Operation for PatchTask {
    const ROUTE: Route = Route::patch("/api/tasks/{id}");
    const ID: &'static str = "patch_task";
    const TAG: Tag = Tag::Tasks;
    const SUMMARY: &'static str = "Change parts of a task";
    const DESCRIPTION: &'static str = "A JSON merge patch (RFC 7396): absent members keep, null \
        sets the default, `due` is merged member by member. A patch that changes nothing takes no \
        revision.";
    const ANSWER: &'static str = "The task as it now is";
    const REFUSALS: &'static [ProblemCode] = &[ProblemCode::QuotaExceeded];

    type Input = Authenticated<(PathId<TaskId>, IfMatch, MergePatch<TaskPatchBody>)>;
    type Output = Written;

    async fn call(
        state: State,
        Authenticated(caller, (PathId(id), IfMatch(precondition), MergePatch(patch))): Self::Input,
    ) -> Result<Self::Output, ApiError> {
        let outcome = state.tasks.update(
            caller.owner(),
            caller.actor(),
            id,
            precondition,
            patch.into(),
        );
        Ok(Written(outcome.await?))
    }
}
