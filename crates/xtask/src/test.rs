//! `cargo xtask test`: every test of the workspace, on a machine with nothing but Rust; with `--web`
//! also those beside real web software, which need Node.js, and with `--citus` those that need a
//! Citus cluster.

use std::ffi::OsString;
use std::path::PathBuf;
use std::process::{ExitCode, ExitStatus};

use anyhow::{Context, Result, bail};

use crate::console::{complain, say};
use crate::generators;
use crate::postgres::{Cluster, Durability};
use crate::process;
use crate::software::{Installer, PGBOUNCER, POSTGRES};
use crate::web;
use crate::workspace::Workspace;

/// Where the tests look for a PostgreSQL in which they may create databases.
const SERVER_URL: &str = "TEST_DATABASE_URL";

/// Where the tests look for this program, which runs servers for single tests.
const COMMANDS: &str = "TEST_XTASK";

/// Where the tests of a Citus cluster look for it.
const CITUS_URL: &str = "TASKLANE_TEST_CITUS_URL";

/// The package of those tests. Without a cluster it is left out, so that they are not listed either.
const CITUS_PACKAGE: &str = "tasklane-tests-citus";

/// What is tested.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// Also runs the tests beside real web software, which need Node.js 20.19 or newer and npm
    #[arg(long)]
    pub(crate) web: bool,
    /// Also runs the tests of a Citus cluster, in this database, whose tables they empty
    #[arg(long, value_name = "URL")]
    pub(crate) citus: Option<String>,
    /// Handed to the test runner as they are; with any, documentation tests are left out
    #[arg(trailing_var_arg = true, allow_hyphen_values = true)]
    pub(crate) filters: Vec<OsString>,
}

/// Runs the tests that the filters select, or all of them. The test runner's own summary is the last
/// thing written when they pass, and its status is the command's.
pub(crate) fn run(
    workspace: &Workspace,
    installer: &Installer<'_>,
    args: &Args,
) -> Result<ExitCode> {
    announce(workspace, args);
    // Some tests run a PostgreSQL of their own, also beside one that is given.
    installer.ensure(&[POSTGRES, PGBOUNCER])?;
    if args.web {
        web::prepare(workspace, installer)?;
    }
    let given = std::env::var(SERVER_URL).ok().filter(|url| !url.is_empty());
    let mut cluster = None;
    let url = if let Some(url) = given {
        url
    } else {
        let started = Cluster::start(workspace, Durability::Forgetful, installer.interrupts)?;
        cluster.insert(started).url()
    };
    let run = Run {
        workspace,
        installer,
        commands: std::env::current_exe().context("cannot find this program's own file")?,
        url,
        args,
    };
    let status = run.all();
    let passed = matches!(status, Ok(status) if status.success());
    if !passed && let Some(log) = cluster.as_mut().and_then(Cluster::log_if_dead) {
        complain(format_args!("PostgreSQL ended while the tests ran:\n{log}"));
    }
    status.map(exit_code_of)
}

/// Says before a first run what it takes.
fn announce(workspace: &Workspace, args: &Args) {
    if !workspace.target().join("debug").join("tasklane").exists() {
        let target = workspace.target().display();
        let (minutes, gigabytes) = if args.web { (30, 8) } else { (25, 6) };
        say(format_args!(
            "a first run takes about {minutes} minutes on two cores and {gigabytes} GB of disk, most \
             of it in {target}"
        ));
    }
}

struct Run<'r> {
    workspace: &'r Workspace,
    installer: &'r Installer<'r>,
    commands: PathBuf,
    url: String,
    args: &'r Args,
}

impl Run<'_> {
    fn all(&self) -> Result<ExitStatus> {
        // The black-box tests start the program as it is shipped, so without the features that only
        // tests switch on.
        let mut program = self.workspace.cargo(["build", "--bin", "tasklane"]);
        if !self.installer.interrupts.run(&mut program)?.success() {
            bail!("the tasklane program does not build");
        }
        if process::probe(&mut self.workspace.cargo(["nextest", "--version"])).is_none() {
            say("cargo-nextest is not installed; running `cargo test`");
            return self.cargo(&["test"]);
        }
        if !self.args.filters.is_empty() {
            return self.cargo(&["nextest", "run"]);
        }
        // nextest leaves documentation tests out. They come first, so that its summary stays last.
        let documentation = self.cargo(&["test", "--doc"])?;
        let tests = self.cargo(&["nextest", "run"])?;
        if tests.success() && !documentation.success() {
            complain("error: the documentation tests failed; they ran first, above");
            return Ok(documentation);
        }
        Ok(tests)
    }

    fn cargo(&self, arguments: &[&str]) -> Result<ExitStatus> {
        let mut command = self.workspace.cargo(arguments);
        if !self.args.filters.iter().any(names_packages) {
            command.args(["--workspace", "--exclude", generators::PACKAGE]);
            if !self.args.web {
                command.args(["--exclude", web::PACKAGE]);
            }
            if self.args.citus.is_none() {
                command.args(["--exclude", CITUS_PACKAGE]);
            }
        }
        if let Some(url) = &self.args.citus {
            command.env(CITUS_URL, url);
        }
        command
            .arg("--all-features")
            .args(&self.args.filters)
            .env(SERVER_URL, &self.url)
            .env(COMMANDS, &self.commands);
        self.installer.interrupts.run(&mut command)
    }
}

/// Whether the filter selects packages, so that only those need to be built.
fn names_packages(filter: &OsString) -> bool {
    filter.to_str().is_some_and(|text| {
        text == "--package" || text.starts_with("--package=") || text.starts_with("-p")
    })
}

/// The status of the tests, or a plain failure when a signal ended them.
fn exit_code_of(status: ExitStatus) -> ExitCode {
    let code = status.code().and_then(|code| u8::try_from(code).ok());
    code.map_or(ExitCode::FAILURE, ExitCode::from)
}

#[cfg(test)]
mod tests {
    use std::os::unix::process::ExitStatusExt;

    use super::*;

    #[test]
    fn the_exit_code_is_that_of_the_tests() {
        let exit_code = |status| exit_code_of(ExitStatus::from_raw(status));
        assert_eq!(exit_code(0), ExitCode::SUCCESS);
        assert_eq!(exit_code(100 << 8), ExitCode::from(100));
        // Ended by SIGKILL.
        assert_eq!(exit_code(9), ExitCode::FAILURE);
    }

    #[test]
    fn a_filter_that_selects_packages_is_recognised() {
        for filter in ["-p", "-pxtask", "--package", "--package=xtask"] {
            assert!(names_packages(&filter.into()), "{filter}");
        }
        for filter in ["-E", "package(xtask)", "--profile", "--partition=1"] {
            assert!(!names_packages(&filter.into()), "{filter}");
        }
    }
}
