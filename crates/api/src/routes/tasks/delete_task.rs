use actix_web::middleware::from_fn;
use actix_web::{HttpResponse, delete, web};
use tasklane_domain::id::TaskId;

use super::outcome_response;
use crate::error::ApiError;
use crate::extract::{Authenticated, IfMatch, ParameterNames, Parameters, PathId, parse_flag};
use crate::middleware::deadline;
use crate::state::AppState;

pub(super) struct DeleteParameters;

impl ParameterNames for DeleteParameters {
    const SINGLE: &'static [&'static str] = &["permanent"];
}

/// Move a task to the trash, or erase it
///
/// With `permanent=true` the content is erased for good, whether the task is live or in the trash.
#[utoipa::path(
    tag = "Tasks",
    params(
        ("permanent" = Option<bool>, Query, description = "Whether to erase it for good; false by default"),
    ),
    responses((status = 204, description = "It is gone")),
)]
#[delete("/api/tasks/{id}", wrap = "from_fn(deadline)")]
pub(super) async fn delete_task(
    state: web::Data<AppState>,
    request: Authenticated<(PathId<TaskId>, IfMatch, Parameters<DeleteParameters>)>,
) -> Result<HttpResponse, ApiError> {
    let Authenticated(caller, (PathId(id), IfMatch(precondition), mut parameters)) = request;
    let permanent = parameters.get("permanent", parse_flag).unwrap_or_default();
    parameters.finish()?;
    let outcome = if permanent {
        state
            .tasks
            .erase(caller.owner(), caller.actor(), id, precondition)
            .await?
    } else {
        state
            .tasks
            .delete(caller.owner(), caller.actor(), id, precondition)
            .await?
    };
    Ok(outcome_response(outcome))
}
