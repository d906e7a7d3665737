//! Documents that the program writes about itself: the OpenAPI document and the page of settings.
//!
//! They are checked in, so that a change shows in a review. Beside the OpenAPI document lies what its
//! version has promised, which later changes must keep.

use std::fs;

use anyhow::{Context, Result, bail, ensure};
use serde_json::Value;

use crate::compatibility::breaking_changes;
use crate::console::say;
use crate::process;
use crate::workspace::Workspace;

/// A document, the command of `tasklane` that prints it, and the developer command that writes it.
struct Document {
    file: &'static str,
    printed_by: &'static str,
    written_by: &'static str,
}

const OPENAPI: Document = Document {
    file: "docs/openapi.json",
    printed_by: "openapi",
    written_by: "cargo xtask openapi",
};
const SETTINGS: Document = Document {
    file: "docs/settings.md",
    printed_by: "config --reference",
    written_by: "cargo xtask settings",
};
/// The OpenAPI document as it was when its version began.
const PROMISE: &str = "docs/openapi-promise.json";

/// Writes the OpenAPI document, and under a new version also what it promises from then on.
pub(crate) fn write_openapi(workspace: &Workspace) -> Result<()> {
    let document = OPENAPI.print(workspace)?;
    write(workspace, OPENAPI.file, &document)?;
    let promised = read(workspace, PROMISE).ok();
    let promised = promised.map(|text| parse(PROMISE, &text)).transpose()?;
    if promised.as_ref().map(version_of) == Some(version_of(&parse(OPENAPI.file, &document)?)) {
        return Ok(());
    }
    write(workspace, PROMISE, &document)
}

/// Writes the page of settings.
pub(crate) fn write_settings(workspace: &Workspace) -> Result<()> {
    write(workspace, SETTINGS.file, &SETTINGS.print(workspace)?)
}

/// Fails when a document in the checkout differs from what the program prints.
pub(crate) fn check(workspace: &Workspace) -> Result<()> {
    for document in [OPENAPI, SETTINGS] {
        let (kept, printed) = (read(workspace, document.file)?, document.print(workspace)?);
        if let Some(line) = first_difference(&kept, &printed) {
            let (file, written_by) = (document.file, document.written_by);
            bail!(
                "{file} differs from what the program prints, from line {line} on; run `{written_by}`"
            );
        }
    }
    Ok(())
}

/// Fails when the OpenAPI document breaks what its version has promised, or is of a version that has
/// promised nothing yet.
pub(crate) fn check_promise(workspace: &Workspace) -> Result<()> {
    let open = |file| parse(file, &read(workspace, file)?);
    keeps_promise(&open(PROMISE)?, &open(OPENAPI.file)?)
}

fn keeps_promise(promised: &Value, document: &Value) -> Result<()> {
    let (promised_version, version) = (version_of(promised), version_of(document));
    let (file, written_by) = (OPENAPI.file, OPENAPI.written_by);
    ensure!(
        promised_version == version,
        "{PROMISE} is of version {promised_version} and {file} of {version}; `{written_by}` begins \
         the new version"
    );
    let findings = breaking_changes(promised, document);
    ensure!(
        findings.is_empty(),
        "clients of version {version} break:\n  {}\nIf that must be, give the workspace another \
         version and run `{written_by}`",
        findings.join("\n  ")
    );
    Ok(())
}

impl Document {
    fn print(&self, workspace: &Workspace) -> Result<String> {
        let arguments = ["run", "--quiet", "--bin", "tasklane", "--"];
        let mut command = workspace.cargo(arguments);
        let text = process::read(command.args(self.printed_by.split(' ')))?;
        ensure!(
            !text.trim().is_empty(),
            "`tasklane {}` printed nothing",
            self.printed_by
        );
        Ok(text)
    }
}

fn read(workspace: &Workspace, file: &str) -> Result<String> {
    fs::read_to_string(workspace.root().join(file)).with_context(|| format!("cannot read {file}"))
}

fn write(workspace: &Workspace, file: &str, text: &str) -> Result<()> {
    fs::write(workspace.root().join(file), text).with_context(|| format!("cannot write {file}"))?;
    say(format_args!("wrote {file}"));
    Ok(())
}

/// The number of the first line in which the texts differ; `None` when they are equal to the byte.
fn first_difference(kept: &str, printed: &str) -> Option<usize> {
    let lines = kept
        .split_inclusive('\n')
        .zip(printed.split_inclusive('\n'));
    let equal = lines.take_while(|(old, new)| old == new).count();
    (kept != printed).then_some(equal + 1)
}

fn parse(file: &str, text: &str) -> Result<Value> {
    serde_json::from_str(text).with_context(|| format!("{file} is not JSON"))
}

fn version_of(document: &Value) -> &str {
    document["info"]["version"].as_str().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn document(version: &str, paths: &Value) -> Value {
        json!({ "info": { "version": version }, "paths": paths })
    }

    #[test]
    fn the_first_line_that_differs_is_named() {
        assert_eq!(first_difference("{\n}\n", "{\n}\n"), None);
        assert_eq!(first_difference("{\n 1\n}\n", "{\n 2\n}\n"), Some(2));
        assert_eq!(first_difference("{\n}", "{\n}\n"), Some(2));
        assert_eq!(first_difference("{\n", "{\n}\n"), Some(2));
    }

    #[test]
    fn a_version_keeps_its_promise_or_the_error_says_what_breaks() {
        let promised = document("0.1.0", &json!({ "/tasks": { "get": {} } }));
        let more = json!({ "/tasks": { "get": {}, "post": {} } });
        assert!(keeps_promise(&promised, &document("0.1.0", &more)).is_ok());
        let broken = keeps_promise(&promised, &document("0.1.0", &json!({}))).unwrap_err();
        let words = broken.to_string();
        assert!(words.contains("GET /tasks is gone"), "{words}");
        assert!(words.contains("another version"), "{words}");
    }

    #[test]
    fn a_new_version_must_begin_a_promise_of_its_own() {
        let promised = document("0.1.0", &json!({ "/tasks": { "get": {} } }));
        let moved = keeps_promise(&promised, &document("0.2.0", &json!({}))).unwrap_err();
        assert!(
            moved.to_string().contains("begins the new version"),
            "{moved}"
        );
    }
}
