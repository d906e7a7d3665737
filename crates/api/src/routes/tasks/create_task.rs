use actix_web::http::header::{HeaderName, HeaderValue};
use actix_web::middleware::from_fn;
use actix_web::{HttpResponse, post, web};
use tasklane_domain::service::Creation;

use super::body::TaskDraftBody;
use super::{TaskDraftSchema, TaskSchema, created_response};
use crate::error::ApiError;
use crate::extract::{Authenticated, Body, KeyHeader};
use crate::middleware::deadline;
use crate::state::AppState;

const IDEMPOTENCY_REPLAYED: HeaderName = HeaderName::from_static("idempotency-replayed");

/// Create a task
///
/// With an `Idempotency-Key` the same key and the same body again answer with the task as it now
/// stands and `Idempotency-Replayed: true`, and make no second task.
#[utoipa::path(
    tag = "Tasks",
    params(
        ("Idempotency-Key" = Option<String>, Header, max_length = 512, example = "8e03978e-40d5-43dd-bc93-6894a57f9324",
            pattern = r#"^([!#-~][!-~]{0,254}|"([!#-\[\]-~]|\\["\\]){1,255}")$"#,
            description = "What the client calls this creation: 1 to 255 visible ASCII characters, bare or as a structured-field string"),
    ),
    request_body = TaskDraftSchema,
    responses(
        (status = 201, description = "The new task", body = TaskSchema),
    ),
)]
#[post("/api/tasks", wrap = "from_fn(deadline)")]
pub(super) async fn create_task(
    state: web::Data<AppState>,
    request: Authenticated<(KeyHeader, Body<TaskDraftBody>)>,
) -> Result<HttpResponse, ApiError> {
    let Authenticated(caller, (KeyHeader(key), Body(body))) = request;
    let creation = state
        .tasks
        .create(caller.owner(), caller.actor(), body.into(), key.as_ref())
        .await?;
    Ok(match creation {
        Creation::Created(task) => created_response(&task),
        Creation::Replayed(task) => {
            let mut response = created_response(&task);
            let replayed = HeaderValue::from_static("true");
            response
                .headers_mut()
                .insert(IDEMPOTENCY_REPLAYED, replayed);
            response
        }
    })
}
