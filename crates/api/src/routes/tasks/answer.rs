//! Answers that are made of tasks.

use actix_web::body::BoxBody;
use actix_web::error::JsonPayloadError;
use actix_web::http::StatusCode;
use actix_web::http::header::{self, ContentType, HeaderName, HeaderValue};
use actix_web::{HttpRequest, HttpResponse, HttpResponseBuilder, Responder};
use serde::Serialize;
use tasklane_domain::service::Creation;
use tasklane_domain::task::{Outcome, Revision, Task, Tombstone};

use super::TaskView;
use crate::etag::{TASK_ETAG, task_etag};
use crate::operation::{Describe, Header, OperationDescription};
use crate::public_url::PublicUrl;

const LOCATION: Header = Header {
    key: "Location",
    name: "Location",
    meaning: "Where the task is",
    pattern: "^(https?://[^ ]+)?/api/tasks/[0-9a-f-]{36}$",
    example: "/api/tasks/0193a5c8-7e2b-7c4d-9f10-6b1a2c3d4e5f",
};
const REPLAYED: Header = Header {
    key: "Idempotency-Replayed",
    name: "Idempotency-Replayed",
    meaning: "Present when the `Idempotency-Key` was used before: the task is the one made then",
    pattern: "^true$",
    example: "true",
};

/// 200 with a task.
pub(super) struct Found(pub(super) Task);

impl Responder for Found {
    type Body = BoxBody;

    fn respond_to(self, _: &HttpRequest) -> HttpResponse {
        task_response(StatusCode::OK, &self.0)
    }
}

impl Describe for Found {
    fn describe(operation: &mut OperationDescription<'_>) {
        let mut answer = operation.answer(StatusCode::OK);
        answer.json::<TaskView<'_>>().header(TASK_ETAG);
    }
}

/// 200, or 304 when the client has the task already.
#[expect(
    clippy::large_enum_variant,
    reason = "it lives for one answer, and a box would cost each read an allocation"
)]
pub(super) enum Cached {
    Current(Task),
    NotModified(Revision),
}

impl Responder for Cached {
    type Body = BoxBody;

    fn respond_to(self, request: &HttpRequest) -> HttpResponse {
        match self {
            Self::Current(task) => Found(task).respond_to(request),
            Self::NotModified(revision) => HttpResponse::NotModified()
                .insert_header((header::ETAG, task_etag(revision)))
                .finish(),
        }
    }
}

impl Describe for Cached {
    fn describe(operation: &mut OperationDescription<'_>) {
        Found::describe(operation);
        operation
            .answer_with(
                StatusCode::NOT_MODIFIED,
                "The client has this revision already",
            )
            .header(TASK_ETAG);
    }
}

/// 201 with a new task, or with the one that the same request made before.
pub(super) struct Created(pub(super) Creation);

impl Responder for Created {
    type Body = BoxBody;

    fn respond_to(self, request: &HttpRequest) -> HttpResponse {
        match self.0 {
            Creation::Created(task) => created_response(request, &task),
            Creation::Replayed(task) => {
                let mut response = created_response(request, &task);
                let name = HeaderName::from_static("idempotency-replayed");
                response
                    .headers_mut()
                    .insert(name, HeaderValue::from_static("true"));
                response
            }
        }
    }
}

impl Describe for Created {
    fn describe(operation: &mut OperationDescription<'_>) {
        let mut answer = operation.answer(StatusCode::CREATED);
        let answer = answer.json::<TaskView<'_>>().header(TASK_ETAG);
        answer.header(LOCATION).header(REPLAYED);
    }
}

/// The task that a write left behind: 200.
pub(super) struct Written(pub(super) Outcome);

impl Responder for Written {
    type Body = BoxBody;

    fn respond_to(self, request: &HttpRequest) -> HttpResponse {
        outcome_response(request, &self.0)
    }
}

impl Describe for Written {
    fn describe(operation: &mut OperationDescription<'_>) {
        Found::describe(operation);
    }
}

/// The task that a write changed or created: 200 or 201.
pub(super) struct Put(pub(super) Outcome);

impl Responder for Put {
    type Body = BoxBody;

    fn respond_to(self, request: &HttpRequest) -> HttpResponse {
        outcome_response(request, &self.0)
    }
}

impl Describe for Put {
    fn describe(operation: &mut OperationDescription<'_>) {
        Found::describe(operation);
        let mut answer = operation.answer_with(StatusCode::CREATED, "The new task");
        let answer = answer.json::<TaskView<'_>>().header(TASK_ETAG);
        answer.header(LOCATION);
    }
}

/// 204 with the revision at which a task went.
pub(super) struct Removed(pub(super) Outcome);

impl Responder for Removed {
    type Body = BoxBody;

    fn respond_to(self, request: &HttpRequest) -> HttpResponse {
        outcome_response(request, &self.0)
    }
}

impl Describe for Removed {
    fn describe(operation: &mut OperationDescription<'_>) {
        operation.answer(StatusCode::NO_CONTENT).header(TASK_ETAG);
    }
}

fn outcome_response(request: &HttpRequest, outcome: &Outcome) -> HttpResponse {
    match outcome {
        Outcome::Created(task) => created_response(request, task),
        Outcome::Changed(task) | Outcome::Unchanged(task) => task_response(StatusCode::OK, task),
        Outcome::Deleted(Task { revision, .. }) | Outcome::Erased(Tombstone { revision, .. }) => {
            HttpResponse::NoContent()
                .insert_header((header::ETAG, task_etag(*revision)))
                .finish()
        }
    }
}

fn task_response(status: StatusCode, task: &Task) -> HttpResponse {
    let mut response = HttpResponse::build(status);
    response.insert_header((header::ETAG, task_etag(task.revision)));
    let view = TaskView::from(task);
    json_response(response, view.size_hint(), &view)
}

fn created_response(request: &HttpRequest, task: &Task) -> HttpResponse {
    let mut response = task_response(StatusCode::CREATED, task);
    let location = PublicUrl::of(request).link(&format!("/api/tasks/{}", task.id));
    if let Ok(location) = HeaderValue::try_from(location) {
        response.headers_mut().insert(header::LOCATION, location);
    }
    response
}

/// An answer in JSON, into a buffer of about its size: one that grows is copied each time.
pub(super) fn json_response(
    mut response: HttpResponseBuilder,
    size_hint: usize,
    view: &impl Serialize,
) -> HttpResponse {
    let mut body = Vec::with_capacity(size_hint);
    match serde_json::to_writer(&mut body, view) {
        Ok(()) => response.content_type(ContentType::json()).body(body),
        Err(error) => HttpResponse::from_error(JsonPayloadError::Serialize(error)),
    }
}
