use actix_web::middleware::from_fn;
use actix_web::{HttpResponse, patch, web};
use tasklane_domain::id::TaskId;
use tasklane_domain::task::TaskPatch;

use super::{TaskSchema, outcome_response};
use crate::error::ApiError;
use crate::extract::{Authenticated, IfMatch, PathId};
use crate::middleware::deadline;
use crate::state::AppState;

/// Flip a task's completion
///
/// Done becomes open and open becomes done. A body is not read.
#[utoipa::path(
    tag = "Tasks",
    responses(
        (status = 200, description = "The task as it now is", body = TaskSchema),
    ),
)]
#[patch("/api/tasks/{id}/toggle", wrap = "from_fn(deadline)")]
pub(super) async fn toggle_task(
    state: web::Data<AppState>,
    request: Authenticated<(PathId<TaskId>, IfMatch)>,
) -> Result<HttpResponse, ApiError> {
    let Authenticated(caller, (PathId(id), IfMatch(precondition))) = request;
    let outcome = state
        .tasks
        .update(
            caller.owner(),
            caller.actor(),
            id,
            precondition,
            TaskPatch::toggle(),
        )
        .await?;
    Ok(outcome_response(outcome))
}
