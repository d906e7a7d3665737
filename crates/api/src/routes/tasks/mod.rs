//! Tasks.

mod batch_schema;
mod batch_tasks;
mod body;
mod create_task;
mod delete_task;
mod empty_trash;
mod event_stream;
mod get_task;
mod list_changes;
mod list_tasks;
mod patch_task;
mod replace_task;
mod restore_task;
mod stream_changes;
mod toggle_task;
mod view;

use actix_web::http::StatusCode;
use actix_web::http::header;
use actix_web::{HttpResponse, web};
use tasklane_domain::task::{Outcome, Task};
use utoipa_actix_web::service_config::ServiceConfig;

pub use body::{DueDraftSchema, DueSchema, PatchTaskSchema, TaskDraftSchema};
pub use list_tasks::{InstantOrDate, SortSchema};
pub use view::{TaskSchema, TaskView};

use view::json_response;

use crate::etag::task_etag;
use crate::extract::BodyLimit;
use crate::middleware::fallback;

/// Largest body of a batch, in bytes.
const BATCH_LIMIT: BodyLimit = BodyLimit(1024 * 1024);

/// Registers the operations.
pub fn configure(config: &mut ServiceConfig<'_>) {
    config
        .service(list_tasks::list_tasks)
        .service(create_task::create_task)
        .service(empty_trash::empty_trash)
        .service(list_changes::list_changes)
        .service(stream_changes::stream_changes)
        .service(
            utoipa_actix_web::scope("/api/tasks/batch")
                .app_data(BATCH_LIMIT)
                .service(batch_tasks::batch_tasks),
        )
        // Their other methods are not those of a task with such an id.
        .map(|config| {
            config
                .service(web::resource("/api/tasks/changes").to(fallback))
                .service(web::resource("/api/tasks/events").to(fallback))
        })
        .service(get_task::get_task)
        .service(toggle_task::toggle_task)
        .service(patch_task::patch_task)
        .service(replace_task::replace_task)
        .service(delete_task::delete_task)
        .service(restore_task::restore_task);
}

/// A task with its tag.
fn task_response(status: StatusCode, task: &Task) -> HttpResponse {
    let mut response = HttpResponse::build(status);
    response.insert_header((header::ETAG, task_etag(task.revision)));
    let view = TaskView::from(task);
    json_response(response, view.room(), &view)
}

/// The task that a write left behind, or nothing where it is gone.
fn outcome_response(outcome: Outcome) -> HttpResponse {
    match outcome {
        Outcome::Created(task) => created_response(&task),
        Outcome::Changed(task) | Outcome::Unchanged(task) => task_response(StatusCode::OK, &task),
        Outcome::Deleted(_) | Outcome::Erased(_) => HttpResponse::NoContent().finish(),
    }
}

/// A new task, with the place where it is found from now on.
fn created_response(task: &Task) -> HttpResponse {
    let mut response = task_response(StatusCode::CREATED, task);
    let location = format!("/api/tasks/{}", task.id);
    if let Ok(location) = header::HeaderValue::try_from(location) {
        response.headers_mut().insert(header::LOCATION, location);
    }
    response
}
