use actix_web::middleware::from_fn;
use actix_web::{HttpResponse, patch, web};
use tasklane_domain::id::TaskId;

use super::body::CheckedPatch;
use super::{PatchTaskSchema, TaskSchema, outcome_response};
use crate::error::ApiError;
use crate::extract::{Authenticated, IfMatch, MergePatch, PathId};
use crate::middleware::deadline;
use crate::state::AppState;

/// Change parts of a task
///
/// A JSON merge patch (RFC 7396): absent members keep, null sets the default, `due` is merged
/// member by member. A patch that changes nothing takes no revision.
#[utoipa::path(
    tag = "Tasks",
    request_body(
        content((PatchTaskSchema = "application/merge-patch+json"), (PatchTaskSchema = "application/json")),
    ),
    responses(
        (status = 200, description = "The task as it now is", body = TaskSchema),
    ),
)]
#[patch("/api/tasks/{id}", wrap = "from_fn(deadline)")]
pub(super) async fn patch_task(
    state: web::Data<AppState>,
    request: Authenticated<(PathId<TaskId>, IfMatch, MergePatch<CheckedPatch>)>,
) -> Result<HttpResponse, ApiError> {
    let Authenticated(caller, (PathId(id), IfMatch(precondition), MergePatch(patch))) = request;
    let outcome = state
        .tasks
        .update(caller.owner(), caller.actor(), id, precondition, patch.0)
        .await?;
    Ok(outcome_response(outcome))
}
