use actix_web::middleware::from_fn;
use actix_web::{HttpResponse, post, web};
use tasklane_domain::id::TaskId;

use super::{TaskSchema, outcome_response};
use crate::error::ApiError;
use crate::extract::{Authenticated, IfMatch, PathId};
use crate::middleware::deadline;
use crate::problem::ProblemSchema;
use crate::state::AppState;

/// Take a task out of the trash
#[utoipa::path(
    tag = "Trash",
    params(
        ("id" = Uuid, Path, description = "The task's id"),
        ("If-Match" = Option<String>, Header, description = "Entity tags of which one must be the task's"),
    ),
    responses(
        (status = 200, description = "The task, live again", body = TaskSchema,
            headers(("ETag" = String, description = "The task's revision, quoted"))),
        (status = 403, description = "`quota_exceeded`", body = ProblemSchema, content_type = "application/problem+json"),
        (status = 409, description = "`not_deleted`: the task is live", body = ProblemSchema, content_type = "application/problem+json"),
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
        .restore(caller.owner(), id, precondition)
        .await?;
    Ok(outcome_response(outcome))
}
