//! The headers of the answers: what each means, and which answer has it.

use utoipa::openapi::header::Header;
use utoipa::openapi::path::Operation;
use utoipa::openapi::response::Response;
use utoipa::openapi::schema::{Object, ObjectBuilder, Type};
use utoipa::openapi::{Components, Ref, RefOr};

use super::is_limited;

/// A header: its name, its schema with an example, and what it means.
type Meaning = (&'static str, Object, &'static str);

fn text(pattern: &str, example: &str) -> Object {
    ObjectBuilder::new()
        .schema_type(Type::String)
        .pattern(Some(pattern))
        .examples([example])
        .build()
}

fn meanings() -> [Meaning; 11] {
    let seconds = ObjectBuilder::new()
        .schema_type(Type::Integer)
        .minimum(Some(0))
        .examples([1]);
    [
        (
            "X-Request-Id",
            text(
                "^[A-Za-z0-9._-]{1,128}$",
                "0193a5c8-7e2b-7c4d-9f10-6b1a2c3d4e5f",
            ),
            "The request's id: the client's own if it sent a good one, else a new one",
        ),
        (
            "RateLimit-Policy",
            text("^\"[a-z]+\";q=[0-9]+;w=[0-9]+$", "\"api\";q=600;w=60"),
            "The quota that the request was counted against, in requests, and its window in seconds",
        ),
        (
            "RateLimit",
            text("^\"[a-z]+\";r=[0-9]+;t=[0-9]+$", "\"api\";r=599;t=1"),
            "Requests left of the quota, and seconds until there is at least one more",
        ),
        (
            "Retry-After",
            seconds.build(),
            "Seconds to wait before the next attempt",
        ),
        (
            "WWW-Authenticate",
            text("^Bearer", "Bearer error=\"invalid_token\""),
            "How to authenticate (RFC 6750); names the error where a token was sent",
        ),
        (
            "ETag",
            text("^\"[0-9]+\"$", "\"42\""),
            "The task's current revision, quoted",
        ),
        (
            "List-ETag",
            text("^W/\"[0-9]+(-[0-9]+)?\"$", "W/\"42\""),
            "The user's revision, weak; for the trash with the purge horizon",
        ),
        (
            "Location",
            text(
                "^/api/tasks/[0-9a-f-]{36}$",
                "/api/tasks/0193a5c8-7e2b-7c4d-9f10-6b1a2c3d4e5f",
            ),
            "Where the task is found from now on",
        ),
        (
            "Link",
            text(
                "^<[^>]+>; rel=\"next\"$",
                "</api/tasks?limit=50&cursor=AAAA>; rel=\"next\"",
            ),
            "The next page (RFC 8288); absent on the last one",
        ),
        (
            "Idempotency-Replayed",
            text("^true$", "true"),
            "`true` when the key had made the task before; absent otherwise",
        ),
        (
            "Accept-Patch",
            text(
                "^application/merge-patch\\+json, application/json$",
                "application/merge-patch+json, application/json",
            ),
            "The media types that a patch may have (RFC 5789)",
        ),
    ]
}

/// Describes every header once.
pub(super) fn describe(components: &mut Components) {
    for (name, schema, description) in meanings() {
        let mut header = Header::new(schema);
        header.description = Some(description.to_owned());
        components.headers.insert(name.to_owned(), RefOr::T(header));
    }
}

/// Adds to each answer the headers that it has.
pub(super) fn complete(path: &str, operation: &mut Operation) {
    let id = operation.operation_id.clone().unwrap_or_default();
    for (status, response) in &mut operation.responses.responses {
        let RefOr::T(response) = response else {
            continue;
        };
        add(response, "X-Request-Id", "X-Request-Id");
        if is_limited(path) {
            add(response, "RateLimit-Policy", "RateLimit-Policy");
            add(response, "RateLimit", "RateLimit");
        }
        for name in of_answer(&id, status) {
            let meaning = if id == "list_tasks" && *name == "ETag" {
                "List-ETag"
            } else {
                name
            };
            add(response, name, meaning);
        }
    }
}

/// The headers of one answer that not all have.
fn of_answer(operation: &str, status: &str) -> &'static [&'static str] {
    match (operation, status) {
        ("create_task", "201") => &["ETag", "Location", "Idempotency-Replayed"],
        ("replace_task", "201") => &["ETag", "Location"],
        ("list_tasks", "200") => &["ETag", "Link"],
        ("patch_task" | "update_user", "415") => &["Accept-Patch"],
        // The tasks of a batch have their revisions in the body.
        ("batch_tasks", "412" | "428") => &[],
        (_, "304" | "412" | "428")
        | ("get_task" | "replace_task" | "patch_task" | "toggle_task" | "restore_task", "200") => {
            &["ETag"]
        }
        _ => of_status(status),
    }
}

fn of_status(status: &str) -> &'static [&'static str] {
    match status {
        "401" => &["WWW-Authenticate"],
        "429" | "503" => &["Retry-After"],
        _ => &[],
    }
}

fn add(response: &mut Response, name: &str, meaning: &str) {
    let reference = Ref::new(format!("#/components/headers/{meaning}"));
    response
        .headers
        .insert(name.to_owned(), RefOr::Ref(reference));
}
