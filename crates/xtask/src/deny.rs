//! cargo-deny: the licences and sources of dependencies, the arrows between the crates, and known
//! advisories.

use std::path::PathBuf;
use std::process::Command;
use std::time::Duration;

use anyhow::{Context, Result, ensure};

use crate::console::say;
use crate::process;
use crate::software::Installer;
use crate::workspace::Workspace;

/// Pinned, because what cargo-deny refuses and how its settings are written change between versions.
const VERSION: &str = "0.20.2";

/// Fetching the advisories takes seconds where they can be reached. Behind some firewalls it never
/// ends, and a check must not hang there.
const FETCH_LIMIT: Duration = Duration::from_secs(30);

/// cargo-deny, ready to check the workspace.
pub(crate) struct CargoDeny<'w> {
    workspace: &'w Workspace,
    program: PathBuf,
}

impl<'w> CargoDeny<'w> {
    /// The pinned version, from the search path or from `target/tools`, where it is built when
    /// neither has it.
    pub(crate) fn prepare(workspace: &'w Workspace, installer: &Installer<'_>) -> Result<Self> {
        let folder = workspace.target().join("tools");
        let built = folder.join("bin").join("cargo-deny");
        let found = process::on_path("cargo-deny")
            .into_iter()
            .chain([built.clone()])
            .find(is_pinned);
        if let Some(program) = found {
            return Ok(Self { workspace, program });
        }
        ensure!(
            installer.allowed,
            "cargo-deny {VERSION} is missing, and --no-install forbids to install it"
        );
        say(format_args!(
            "cargo-deny {VERSION} checks licences and layers and is missing; building it in {}, \
             which takes some minutes and 120 MB",
            folder.display()
        ));
        // Unoptimised, it is built much sooner and checks a few seconds longer.
        let arguments = "install cargo-deny --locked --quiet --force --debug \
                         --config profile.dev.debug=false --version";
        let mut install = workspace.cargo(
            arguments
                .split_ascii_whitespace()
                .chain([VERSION, "--root"]),
        );
        process::run(install.arg(folder))
            .with_context(|| format!("cannot install cargo-deny {VERSION}"))?;
        Ok(Self {
            workspace,
            program: built,
        })
    }

    /// Checks licences, banned crates and sources by `deny.toml`.
    pub(crate) fn check_dependencies(&self) -> Result<()> {
        // cargo-deny reads the crates of every platform; a build has only fetched this one's.
        process::run(&mut self.workspace.cargo(["fetch", "--quiet"]))?;
        self.check(&[], &["licenses", "bans", "sources"])
    }

    /// Checks which crate may use which, by `layers.toml` and, for the domain, by its own.
    pub(crate) fn check_layers(&self) -> Result<()> {
        self.check(&["--config", "layers.toml"], &["bans"])?;
        let domain = "--manifest-path crates/domain/Cargo.toml --config crates/domain/layers.toml";
        self.check(&domain.split(' ').collect::<Vec<_>>(), &["bans"])
    }

    /// Fetches the list of advisories; false when it cannot be reached.
    pub(crate) fn fetch_advisories(&self) -> bool {
        let mut fetch = self.workspace.program(&self.program);
        process::run_within(fetch.args(["fetch", "db"]), FETCH_LIMIT).is_ok()
    }

    /// Checks the advisories that were fetched last.
    pub(crate) fn check_advisories(&self) -> Result<()> {
        self.check(&[], &["advisories"])
    }

    /// Warnings (a crate in two versions, say) would hide the errors here; `cargo deny check` shows
    /// them.
    fn check(&self, scope: &[&str], checks: &[&str]) -> Result<()> {
        let mut command = self.workspace.program(&self.program);
        command.args(["--offline", "--log-level", "error"]);
        process::run(command.args(scope).arg("check").args(checks))
    }
}

fn is_pinned(program: &PathBuf) -> bool {
    process::probe(Command::new(program).arg("--version"))
        .is_some_and(|answer| names_version(&answer))
}

fn names_version(answer: &str) -> bool {
    answer.split_whitespace().nth(1) == Some(VERSION)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_pinned_version_is_used() {
        assert!(names_version("cargo-deny 0.20.2"));
        assert!(!names_version("cargo-deny 0.20.21"));
        assert!(!names_version(""));
    }
}
