//! The OpenAPI document: generated from the code and checked in, so that a change of the contract
//! shows in a review. Beside it lies what its version has promised, which later changes must keep.

use std::fs;

use serde_json::Value;

use crate::compatibility::breaking_changes;
use crate::failure::{Context, Failure, Result};
use crate::generated::{self, GeneratedFile};
use crate::workspace::Workspace;

const DOCUMENT: &str = "docs/openapi.json";
/// How the document comes to be.
const GENERATED: GeneratedFile = GeneratedFile {
    name: DOCUMENT,
    said_by: &["openapi"],
    command: "cargo xtask openapi",
};
/// The document as it was when its version began.
const PROMISE: &str = "docs/openapi-promise.json";

/// Writes the document anew, and with a new version what it promises from then on.
pub(crate) fn write(workspace: &Workspace) -> Result<()> {
    let document = GENERATED.write(workspace)?;
    let parsed = parse(DOCUMENT, &document)?;
    let promised = fs::read_to_string(workspace.root().join(PROMISE)).ok();
    let promised = promised.map(|text| parse(PROMISE, &text)).transpose()?;
    if promised.is_some_and(|promised| version_of(&promised) == version_of(&parsed)) {
        return Ok(());
    }
    generated::put(workspace, PROMISE, &document)
}

/// Fails when the document in the checkout is not the one that the code describes.
pub(crate) fn check(workspace: &Workspace) -> Result<()> {
    GENERATED.check(workspace)
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
}
