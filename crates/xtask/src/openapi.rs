//! The OpenAPI document: generated from the code and checked in, so that a change of the contract
//! shows in a review. Beside it lies what its version has promised, which later changes must keep.

use std::fs;
use std::path::PathBuf;

use serde_json::Value;

use crate::compatibility::breaking_changes;
use crate::console::say;
use crate::failure::{Context, Failure, Result};
use crate::process;
use crate::workspace::Workspace;

const DOCUMENT: &str = "docs/openapi.json";
/// The document as it was when its version began.
const PROMISE: &str = "docs/openapi-promise.json";

/// Writes the document anew, and with a new version what it promises from then on.
pub(crate) fn write(workspace: &Workspace) -> Result<()> {
    let document = generate(workspace)?;
    put(workspace, DOCUMENT, &document)?;
    let parsed = parse(DOCUMENT, &document)?;
    let promised = fs::read_to_string(workspace.root().join(PROMISE)).ok();
    let promised = promised.map(|text| parse(PROMISE, &text)).transpose()?;
    if promised.is_some_and(|promised| version_of(&promised) == version_of(&parsed)) {
        return Ok(());
    }
    put(workspace, PROMISE, &document)
}

fn put(workspace: &Workspace, name: &str, text: &str) -> Result<()> {
    fs::write(workspace.root().join(name), text).context(format_args!("cannot write {name}"))?;
    say(format_args!("wrote {name}"));
    Ok(())
}

/// Fails when the document breaks what its version has promised, or is of a version that has
/// promised nothing yet.
pub(crate) fn check_promise(workspace: &Workspace) -> Result<()> {
    let read = |name: &str| {
        let text = fs::read_to_string(workspace.root().join(name));
        parse(name, &text.context(format_args!("cannot read {name}"))?)
    };
    judge(&read(PROMISE)?, &read(DOCUMENT)?)
}

fn judge(promised: &Value, document: &Value) -> Result<()> {
    let (promised_version, version) = (version_of(promised), version_of(document));
    if promised_version != version {
        return Err(Failure::new(format!(
            "{PROMISE} is of version {promised_version} and {DOCUMENT} of {version}; \
             `cargo xtask openapi` begins the new version"
        )));
    }
    let findings = breaking_changes(promised, document);
    if findings.is_empty() {
        return Ok(());
    }
    Err(Failure::new(format!(
        "clients of version {version} break:\n  {}\nIf that must be, give the workspace another \
         version and run `cargo xtask openapi`",
        findings.join("\n  ")
    )))
}

fn parse(name: &str, text: &str) -> Result<Value> {
    serde_json::from_str(text).context(format_args!("{name} is no JSON"))
}

fn version_of(document: &Value) -> &str {
    document["info"]["version"].as_str().unwrap_or_default()
}

/// Fails when the document in the checkout is not the one that the code describes.
pub(crate) fn check(workspace: &Workspace) -> Result<()> {
    let generated = generate(workspace)?;
    let file = file_of(workspace);
    let kept = fs::read_to_string(&file).context(format_args!("cannot read {DOCUMENT}"))?;
    match first_difference(&kept, &generated) {
        None => Ok(()),
        Some(difference) => Err(Failure::new(format!(
            "{DOCUMENT} is not what the code describes; `cargo xtask openapi` writes it anew\n\
             {difference}"
        ))),
    }
}

fn file_of(workspace: &Workspace) -> PathBuf {
    workspace.root().join(DOCUMENT)
}

fn generate(workspace: &Workspace) -> Result<String> {
    let arguments = [
        "run",
        "-q",
        "-p",
        "tasklane-api",
        "--bin",
        "tasklane",
        "--",
        "openapi",
    ];
    let document = process::read(&mut workspace.cargo(arguments))?;
    if document.trim().is_empty() {
        return Err(Failure::new("`tasklane openapi` wrote no document"));
    }
    Ok(document)
}

/// The first line in which the two texts differ, or `None` when they are equal to the byte.
fn first_difference(kept: &str, generated: &str) -> Option<String> {
    if kept == generated {
        return None;
    }
    let mut lines = (kept.split('\n'), generated.split('\n'));
    for number in 1.. {
        let (old, new) = (lines.0.next(), lines.1.next());
        if old == new {
            continue;
        }
        let shown = |line: Option<&str>| line.unwrap_or("(the end)").to_owned();
        return Some(format!(
            "line {number}:\n- {}\n+ {}",
            shown(old),
            shown(new)
        ));
    }
    None
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn of_version(version: &str, paths: &Value) -> Value {
        json!({ "info": { "version": version }, "paths": paths })
    }

    #[test]
    fn a_version_keeps_its_promise_or_the_failure_says_what_breaks() {
        let promised = of_version("0.1.0", &json!({ "/tasks": { "get": {} } }));
        let more = json!({ "/tasks": { "get": {}, "post": {} } });
        assert!(judge(&promised, &of_version("0.1.0", &more)).is_ok());
        let broken = judge(&promised, &of_version("0.1.0", &json!({}))).unwrap_err();
        let words = broken.to_string();
        assert!(words.contains("GET /tasks is gone"), "{words}");
        assert!(words.contains("another version"), "{words}");
    }

    #[test]
    fn a_new_version_must_begin_its_own_promise() {
        let promised = of_version("0.1.0", &json!({ "/tasks": { "get": {} } }));
        let moved = judge(&promised, &of_version("0.2.0", &json!({}))).unwrap_err();
        assert!(
            moved.to_string().contains("begins the new version"),
            "{moved}"
        );
    }

    #[test]
    fn equal_documents_do_not_differ() {
        assert_eq!(first_difference("{\n}\n", "{\n}\n"), None);
    }

    #[test]
    fn the_first_line_that_differs_is_shown() {
        let difference = first_difference("{\n  \"a\": 1\n}\n", "{\n  \"a\": 2\n}\n");
        assert_eq!(
            difference.as_deref(),
            Some("line 2:\n-   \"a\": 1\n+   \"a\": 2")
        );
    }

    #[test]
    fn a_document_cut_short_differs_at_its_end() {
        let difference = first_difference("{\n}", "{\n}\n");
        assert_eq!(difference.as_deref(), Some("line 3:\n- (the end)\n+ "));
    }
}
