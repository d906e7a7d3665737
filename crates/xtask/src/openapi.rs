//! The OpenAPI document: generated from the code and checked in, so that a change of the contract
//! shows in a review.

use std::fs;
use std::path::PathBuf;

use crate::console::say;
use crate::failure::{Context, Failure, Result};
use crate::process;
use crate::workspace::Workspace;

const DOCUMENT: &str = "docs/openapi.json";

/// Writes the document anew.
pub(crate) fn write(workspace: &Workspace) -> Result<()> {
    let document = generate(workspace)?;
    let file = file_of(workspace);
    fs::write(&file, document).context(format_args!("cannot write {}", file.display()))?;
    say(format_args!("wrote {DOCUMENT}"));
    Ok(())
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
    use super::*;

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
