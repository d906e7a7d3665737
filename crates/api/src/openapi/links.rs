//! Where an answer leads: operations that can be asked for what it names.

use serde_json::json;
use utoipa::openapi::RefOr;
use utoipa::openapi::link::LinkBuilder;
use utoipa::openapi::path::Operation;

const ID_IN_BODY: &str = "$response.body#/id";
const ID_IN_PATH: &str = "$request.path.id";

/// An operation and its answer, what is done next, and where the answer has the task's id.
const LINKS: &[(&str, &str, &[&str], &str)] = &[
    (
        "create_task",
        "201",
        &[
            "get_task",
            "patch_task",
            "toggle_task",
            "replace_task",
            "delete_task",
        ],
        ID_IN_BODY,
    ),
    (
        "replace_task",
        "201",
        &["get_task", "patch_task", "toggle_task", "delete_task"],
        ID_IN_BODY,
    ),
    (
        "restore_task",
        "200",
        &["get_task", "delete_task"],
        ID_IN_BODY,
    ),
    ("delete_task", "204", &["restore_task"], ID_IN_PATH),
];

/// Adds the links of the operation's answers.
pub(super) fn complete(operation: &mut Operation) {
    let id = operation.operation_id.clone().unwrap_or_default();
    for (_, status, next, expression) in LINKS.iter().filter(|(name, ..)| *name == id) {
        let Some(RefOr::T(response)) = operation.responses.responses.get_mut(*status) else {
            continue;
        };
        for target in *next {
            let link = LinkBuilder::new()
                .operation_id(*target)
                .parameter("id", json!(expression))
                .build();
            response.links.insert((*target).to_owned(), RefOr::T(link));
        }
    }
}

#[cfg(test)]
pub(super) fn operations_of_the_table() -> impl Iterator<Item = &'static str> {
    LINKS
        .iter()
        .flat_map(|(from, _, next, _)| next.iter().copied().chain([*from]))
}
