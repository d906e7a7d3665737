use actix_web::http::StatusCode;
use actix_web::http::header;
use actix_web::middleware::from_fn;
use actix_web::{HttpResponse, get, web};
use tasklane_domain::id::TaskId;

use super::{TaskSchema, task_response};
use crate::error::ApiError;
use crate::etag::task_etag;
use crate::extract::{Authenticated, IfNoneMatch, PathId};
use crate::middleware::deadline;
use crate::state::AppState;

/// Read a task
///
/// Gives one live task. With `If-None-Match` of its current `ETag` the answer is 304 and empty.
#[utoipa::path(
    tag = "Tasks",
    responses(
        (status = 200, description = "The task", body = TaskSchema),
        (status = 304, description = "The client knows this revision already"),
    ),
)]
#[get("/api/tasks/{id}", wrap = "from_fn(deadline)")]
pub(super) async fn get_task(
    state: web::Data<AppState>,
    request: Authenticated<(PathId<TaskId>, IfNoneMatch)>,
) -> Result<HttpResponse, ApiError> {
    let Authenticated(caller, (PathId(id), IfNoneMatch(known))) = request;
    let task = state
        .tasks
        .find(caller.owner(), id)
        .await?
        .ok_or(ApiError::NotFound)?;
    if known.is_some_and(|known| known.knows_task(task.revision)) {
        let etag = (header::ETAG, task_etag(task.revision));
        return Ok(HttpResponse::NotModified().insert_header(etag).finish());
    }
    Ok(task_response(StatusCode::OK, &task))
}
