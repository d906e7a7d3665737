//! Files that the program writes about itself. They are checked in, so that a change shows in a
//! review, and checked to be what the code says.

use std::fs;

use crate::console::say;
use crate::failure::{Context, Failure, Result};
use crate::process;
use crate::workspace::Workspace;

/// One of these files.
pub(crate) struct GeneratedFile {
    /// Where it lies in the checkout.
    pub(crate) name: &'static str,
    /// What the program is asked for to say it.
    pub(crate) said_by: &'static [&'static str],
    /// What writes it anew.
    pub(crate) command: &'static str,
}

impl GeneratedFile {
    /// Writes the file anew, and gives its text.
    pub(crate) fn write(&self, workspace: &Workspace) -> Result<String> {
        let text = self.generate(workspace)?;
        put(workspace, self.name, &text)?;
        Ok(text)
    }

    /// Fails when the file in the checkout is not what the code says.
    pub(crate) fn check(&self, workspace: &Workspace) -> Result<()> {
        let generated = self.generate(workspace)?;
        let kept = fs::read_to_string(workspace.root().join(self.name))
            .context(format_args!("cannot read {}", self.name))?;
        match first_difference(&kept, &generated) {
            None => Ok(()),
            Some(difference) => Err(Failure::new(format!(
                "{} is not what the code says; `{}` writes it anew\n{difference}",
                self.name, self.command
            ))),
        }
    }

    fn generate(&self, workspace: &Workspace) -> Result<String> {
        let program = ["run", "-q", "-p", "tasklane", "--bin", "tasklane", "--"];
        let text = process::read(workspace.cargo(program).args(self.said_by))?;
        if text.trim().is_empty() {
            return Err(Failure::new(format!(
                "`tasklane {}` wrote nothing",
                self.said_by.join(" ")
            )));
        }
        Ok(text)
    }
}

/// Writes a file of the checkout.
pub(crate) fn put(workspace: &Workspace, name: &str, text: &str) -> Result<()> {
    fs::write(workspace.root().join(name), text).context(format_args!("cannot write {name}"))?;
    say(format_args!("wrote {name}"));
    Ok(())
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
