//! The problems that each operation answers with: those that follow from what it takes, and those
//! of its own.

use serde_json::json;
use utoipa::openapi::content::ContentBuilder;
use utoipa::openapi::example::ExampleBuilder;
use utoipa::openapi::extensions::Extensions;
use utoipa::openapi::path::{Operation, ParameterIn};
use utoipa::openapi::response::{Response, ResponseBuilder};
use utoipa::openapi::{Components, Ref, RefOr, Schema};

use super::{is_limited, parameters};
use crate::problem::{PROBLEM_MEDIA_TYPE, ProblemCode as P};

/// The codes that an answer may carry, as an array beside its description.
pub(super) const CODES: &str = "x-problem-codes";

/// What operations refuse for reasons of their own.
const OWN: &[(&str, &[P])] = &[
    ("create_task", &[P::QuotaExceeded, P::IdempotencyKeyReused]),
    ("replace_task", &[P::QuotaExceeded]),
    ("restore_task", &[P::QuotaExceeded, P::NotDeleted]),
    (
        "batch_tasks",
        &[
            P::QuotaExceeded,
            P::NotFound,
            P::NotDeleted,
            P::PreconditionFailed,
            P::PreconditionRequired,
        ],
    ),
    ("list_tasks", &[P::InvalidCursor]),
    ("list_changes", &[P::SyncExpired]),
    ("stream_changes", &[P::SyncExpired]),
    (
        "register_account",
        &[P::RegistrationDisabled, P::EmailTaken],
    ),
    ("login_account", &[P::InvalidCredentials]),
    ("refresh_session", &[P::InvalidRefreshToken]),
    (
        "verify_token",
        &[P::Unauthenticated, P::InvalidToken, P::TokenExpired],
    ),
    ("change_password", &[P::NotFound]),
    ("list_signing_keys", &[P::Unavailable]),
    ("get_health", &[P::Unavailable]),
    ("get_readiness", &[P::Unavailable]),
    ("get_openapi", &[P::Unavailable]),
    ("explain_problem", &[P::NotFound, P::Unavailable]),
];

/// Describes an example of every problem once.
pub(super) fn describe(components: &mut Components) {
    for code in P::ALL {
        let example = ExampleBuilder::new().value(Some(document(*code))).build();
        components
            .examples
            .insert(code.as_str().to_owned(), RefOr::T(example));
    }
}

fn document(code: P) -> serde_json::Value {
    let mut document = json!({
        "type": format!("/problems/{}", code.as_str()),
        "title": code.title(),
        "status": code.status(),
        "code": code.as_str(),
        "detail": code.cause(),
        "instance": "/api/tasks",
        "request_id": "0193a5c8-7e2b-7c4d-9f10-6b1a2c3d4e5f",
    });
    let error = match code {
        P::ValidationFailed => json!({
            "pointer": "/title", "code": "too_long",
            "message": "must be at most 200 characters", "params": { "max": 200 },
        }),
        P::InvalidParameter => json!({
            "parameter": "limit", "code": "out_of_range",
            "message": "must be a whole number from 1 to 100", "params": { "min": 1, "max": 100 },
        }),
        P::InvalidCursor => json!({
            "parameter": "cursor", "code": "invalid", "message": "must be a next_cursor of the same list",
        }),
        _ => return document,
    };
    document["errors"] = json!([error]);
    document
}

/// Adds an answer for each status that a problem of the operation has.
pub(super) fn complete(path: &str, operation: &mut Operation) {
    let mut codes = following(path, operation);
    let id = operation.operation_id.as_deref().unwrap_or_default();
    let own = OWN.iter().find(|(name, _)| *name == id);
    codes.extend(own.into_iter().flat_map(|(_, codes)| *codes));
    // In the order of the table of problems, whatever they follow from.
    codes.sort_unstable_by_key(|code| P::ALL.iter().position(|other| other == code));
    codes.dedup();
    let same_status = |a: &P, b: &P| a.status() == b.status();
    for codes in codes.chunk_by(same_status) {
        let Some(first) = codes.first() else { continue };
        let response = RefOr::T(response(codes));
        operation
            .responses
            .responses
            .insert(first.status().to_string(), response);
    }
}

/// The problems that follow from where an operation is and what it takes.
fn following(path: &str, operation: &Operation) -> Vec<P> {
    let mut codes = Vec::new();
    if operation.security.is_none() {
        codes.extend([P::Unauthenticated, P::InvalidToken, P::TokenExpired]);
    }
    let takes = operation.parameters.iter().flatten();
    let takes: Vec<_> = takes
        .filter(|parameter| !names_the_code(parameter))
        .collect();
    if !takes.is_empty() {
        codes.push(P::InvalidParameter);
    }
    if path.contains("/{id}") {
        codes.push(P::NotFound);
    }
    if parameters::is_conditional(operation) {
        codes.extend([P::PreconditionFailed, P::PreconditionRequired]);
    }
    if operation.request_body.is_some() {
        codes.extend([P::MalformedJson, P::RequestTimeout, P::PayloadTooLarge]);
        codes.extend([P::UnsupportedMediaType, P::ValidationFailed]);
    }
    if is_limited(path) {
        codes.extend([P::RateLimited, P::Internal, P::Unavailable]);
    }
    codes
}

/// The parameter of the pages about problems: one that is unknown is simply not found.
fn names_the_code(parameter: &RefOr<utoipa::openapi::path::Parameter>) -> bool {
    matches!(parameter, RefOr::T(parameter)
        if parameter.name == "code" && parameter.parameter_in == ParameterIn::Path)
}

fn response(codes: &[P]) -> Response {
    let schema = RefOr::<Schema>::Ref(Ref::from_schema_name("Problem"));
    let examples = codes.iter().map(|code| {
        let example = Ref::new(format!("#/components/examples/{}", code.as_str()));
        (code.as_str(), RefOr::Ref(example))
    });
    let content = ContentBuilder::new()
        .schema(Some(schema))
        .examples_from_iter(examples)
        .build();
    let lines: Vec<_> = codes
        .iter()
        .map(|code| format!("`{}`: {}", code.as_str(), code.cause()))
        .collect();
    let names: Vec<_> = codes.iter().map(|code| code.as_str()).collect();
    let mut response = ResponseBuilder::new()
        .description(lines.join("\n\n"))
        .content(PROBLEM_MEDIA_TYPE, content)
        .build();
    response.extensions = Some(Extensions::from_iter([(CODES, json!(names))]));
    response
}

#[cfg(test)]
pub(super) fn operations_of_the_table() -> impl Iterator<Item = &'static str> {
    OWN.iter().map(|(operation, _)| *operation)
}
