use actix_web::middleware::from_fn;
use actix_web::{HttpResponse, put, web};
use tasklane_domain::error::Violation;
use tasklane_domain::id::TaskId;
use tasklane_domain::task::{Precondition, TaskPatch};

use super::body::TaskDraftBody;
use super::{TaskDraftSchema, TaskSchema, outcome_response};
use crate::error::ApiError;
use crate::etag::Condition;
use crate::extract::{Authenticated, Body, IfMatch, IfNoneMatch, PathId};
use crate::middleware::deadline;
use crate::state::AppState;

/// Replace a task, or create one under an id of your own
///
/// Members that are absent or null take their default. With `If-None-Match: *` a task is created
/// under the id of the path, unless the id is taken.
#[utoipa::path(
    tag = "Tasks",
    params(
        ("If-None-Match" = Option<String>, Header, pattern = r"^\*$", example = "*", description = "`*` to create the task; not together with `If-Match`"),
    ),
    request_body = TaskDraftSchema,
    responses(
        (status = 200, description = "The task as it now is", body = TaskSchema),
        (status = 201, description = "The new task", body = TaskSchema),
    ),
)]
#[put("/api/tasks/{id}", wrap = "from_fn(deadline)")]
pub(super) async fn replace_task(
    state: web::Data<AppState>,
    request: Authenticated<(PathId<TaskId>, IfMatch, IfNoneMatch, Body<TaskDraftBody>)>,
) -> Result<HttpResponse, ApiError> {
    let Authenticated(caller, (PathId(id), IfMatch(precondition), IfNoneMatch(absent), Body(body))) =
        request;
    let outcome = match (absent, &precondition) {
        (Some(Condition::Any), Precondition::None) => {
            state
                .tasks
                .create_under(caller.owner(), caller.actor(), id, body.into())
                .await?
        }
        (Some(_), _) => return Err(only_star()),
        (None, _) => {
            let patch = TaskPatch::replace_with(body.into());
            state
                .tasks
                .update(caller.owner(), caller.actor(), id, precondition, patch)
                .await?
        }
    };
    Ok(outcome_response(outcome))
}

fn only_star() -> ApiError {
    let message = "must be * here, and without If-Match";
    ApiError::parameter("If-None-Match", Violation::new("unsupported", message))
}
