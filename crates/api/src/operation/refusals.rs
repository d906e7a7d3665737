//! The problems that an operation answers with, gathered by their status.

use actix_web::http::StatusCode;
use serde_json::{Map, json};

use super::{Header, OperationDescription};
use crate::problem::{PROBLEM_MEDIA_TYPE, ProblemCode, ProblemDocument};

/// The codes that an answer may carry, as an array beside its description.
pub(crate) const CODES: &str = "x-problem-codes";

/// Headers that go with a status, whatever the operation.
const OF_STATUS: [(u16, Header); 3] = [
    (
        401,
        Header {
            key: "WWW-Authenticate",
            name: "WWW-Authenticate",
            meaning: "How to authenticate (RFC 6750); names the error where a token was sent",
            pattern: "^Bearer",
            example: "Bearer error=\"invalid_token\"",
        },
    ),
    (429, RETRY_AFTER),
    (503, RETRY_AFTER),
];

const RETRY_AFTER: Header = Header {
    key: "Retry-After",
    name: "Retry-After",
    meaning: "Seconds to wait before the next attempt",
    pattern: "^[0-9]+$",
    example: "1",
};

/// Describes an answer for each status that a problem of the operation has.
pub(super) fn answer(operation: &mut OperationDescription<'_>) {
    let is_possible = |code: &&ProblemCode| operation.problems().contains(code);
    // In the order of the table of problems, whatever they follow from.
    let codes: Vec<_> = ProblemCode::ALL
        .iter()
        .filter(is_possible)
        .copied()
        .collect();
    for codes in codes.chunk_by(|a, b| a.status() == b.status()) {
        let Some(status) = codes.first().map(|code| code.status()) else {
            continue;
        };
        answer_with(operation, status, codes);
    }
}

fn answer_with(operation: &mut OperationDescription<'_>, status: u16, codes: &[ProblemCode]) {
    let lines: Vec<_> = codes
        .iter()
        .map(|code| format!("`{}`: {}", code.as_str(), code.cause()))
        .collect();
    let names: Vec<_> = codes.iter().map(|code| code.as_str()).collect();
    let examples: Map<_, _> = codes
        .iter()
        .map(|code| {
            (
                code.as_str().to_owned(),
                operation.components().problem_example(*code),
            )
        })
        .collect();
    let own = operation.problem_headers();
    let status_code = StatusCode::from_u16(status).unwrap_or_default();
    let schema = operation
        .components()
        .reference::<ProblemDocument<'static>>();
    let content = json!({ PROBLEM_MEDIA_TYPE: { "schema": schema, "examples": examples } });
    let mut answer = operation.answer_with(status_code, &lines.join("\n\n"));
    answer.set("content", content).set(CODES, json!(names));
    let headers = own.into_iter().chain(OF_STATUS);
    for (_, header) in headers.filter(|(of, _)| *of == status) {
        answer.header(header);
    }
}
