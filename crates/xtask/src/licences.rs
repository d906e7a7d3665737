//! What the dependencies are licensed under, where they come from and what is known against them:
//! cargo-deny with the rules of `deny.toml`.

use std::path::PathBuf;
use std::process::Command;
use std::time::Duration;

use crate::check::Outcome;
use crate::console::say;
use crate::failure::{Failure, Result};
use crate::process;
use crate::workspace::Workspace;

/// Pinned, because what cargo-deny refuses and how its settings are written change between versions.
const VERSION: &str = "0.20.2";

/// Fetching the advisories takes seconds where they can be reached. Behind some firewalls it never
/// ends, and a check must not hang there.
const FETCH_LIMIT: Duration = Duration::from_secs(30);

/// Checks licences, banned crates and sources; needs no network once everything is downloaded.
pub(crate) fn check(workspace: &Workspace) -> Result<()> {
    let tool = installed(workspace)?;
    // cargo-deny reads the crates of every platform; a build has only fetched this one's.
    process::run(&mut workspace.cargo(["fetch", "--quiet"]))?;
    deny(workspace, &tool, &["licenses", "bans", "sources"])
}

/// Checks the advisories, unless the database that lists them cannot be reached.
pub(crate) fn check_advisories(workspace: &Workspace) -> Result<Outcome> {
    let tool = installed(workspace)?;
    let fetch = process::run_within(workspace.program(&tool).args(["fetch", "db"]), FETCH_LIMIT);
    if fetch.is_err() {
        return Ok(Outcome::NotChecked("the database cannot be reached"));
    }
    deny(workspace, &tool, &["advisories"]).map(|()| Outcome::Passed)
}

/// Runs the checks on what has been fetched before. Warnings (a crate in two versions, say) are
/// for whoever runs `cargo deny check`; here they would hide the errors.
fn deny(workspace: &Workspace, tool: &PathBuf, checks: &[&str]) -> Result<()> {
    let quietly = ["--offline", "--log-level", "error", "check"];
    process::run(workspace.program(tool).args(quietly).args(checks))
}

/// The pinned cargo-deny, from the search path or from `target/tools`, where it is built when
/// neither has it.
fn installed(workspace: &Workspace) -> Result<PathBuf> {
    let folder = workspace.target().join("tools");
    let own = folder.join("bin").join("cargo-deny");
    let found = process::on_path("cargo-deny")
        .into_iter()
        .chain([own.clone()])
        .find(is_pinned);
    if let Some(tool) = found {
        return Ok(tool);
    }
    say(format_args!(
        "installing cargo-deny {VERSION} into {}",
        folder.display()
    ));
    let arguments = [
        "install",
        "cargo-deny",
        "--locked",
        "--quiet",
        "--force",
        "--version",
        VERSION,
    ];
    process::run(workspace.cargo(arguments).arg("--root").arg(folder)).map_err(|failure| {
        Failure::new(format!(
            "cargo-deny {VERSION} is missing and cannot be installed: {failure}"
        ))
    })?;
    Ok(own)
}

fn is_pinned(tool: &PathBuf) -> bool {
    process::probe(Command::new(tool).arg("--version"))
        .is_some_and(|answer| names_version(&answer, VERSION))
}

fn names_version(answer: &str, version: &str) -> bool {
    answer.split_whitespace().nth(1) == Some(version)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_pinned_version_is_used() {
        assert!(names_version("cargo-deny 0.20.2", "0.20.2"));
        assert!(!names_version("cargo-deny 0.20.21", "0.20.2"));
        assert!(!names_version("", "0.20.2"));
    }
}
