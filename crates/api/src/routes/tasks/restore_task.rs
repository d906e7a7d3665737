use actix_web::middleware::from_fn;
use actix_web::{HttpResponse, post, web};
use tasklane_domain::id::TaskId;

use super::{TaskSchema, outcome_response};
use crate::error::ApiError;
use crate::extract::{Authenticated, IfMatch, PathId};
use crate::middleware::deadline;
use crate::state::AppState;

/// Take a task out of the trash
///
/// The task is live again as it was, under a new revision. A task that is not in the trash is refused
/// with 409.
#[utoipa::path(
    tag = "Trash",
    responses(
        (status = 200, description = "The task, live again", body = TaskSchema),
    ),
)]
#[post("/api/tasks/{id}/restore", wrap = "from_fn(deadline)")]
pub(super) async fn restore_task(
    state: web::Data<AppState>,
    request: Authenticated<(PathId<TaskId>, IfMatch)>,
) -> Result<HttpResponse, ApiError> {
    let Authenticated(caller, (PathId(id), IfMatch(precondition))) = request;
    let outcome = state
        .tasks
        .restore(caller.owner(), caller.actor(), id, precondition)
        .await?;
    Ok(outcome_response(outcome))
}
