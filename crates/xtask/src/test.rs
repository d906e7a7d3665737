//! `cargo xtask test`: every test of the workspace, on a machine with nothing but Rust; with `--web`
//! also those beside real web software, which need Node.js, and with `--citus` those that need a
//! cluster of that kind.

use std::ffi::OsString;
use std::path::PathBuf;
use std::process::{ExitCode, ExitStatus};

use crate::console::{complain, say};
use crate::failure::{Context, Failure, Result};
use crate::interrupts::Interrupts;
use crate::pgbouncer;
use crate::postgres::{self, Server};
use crate::process;
use crate::web;
use crate::workspace::Workspace;

/// Where the tests look for a PostgreSQL in which they may create databases.
const SERVER_URL: &str = "TEST_DATABASE_URL";

/// Where the tests of a cluster look for it.
const CITUS_URL: &str = "TASKLANE_TEST_CITUS_URL";

/// The package of those tests. Without a cluster it is left out, so that they are not listed either.
const CITUS_PACKAGE: &str = "tasklane-tests-citus";

/// What is tested beside all the rest.
#[derive(Debug, Default, clap::Args)]
pub(crate) struct Extras {
    /// Also runs the tests beside real web software, which need Node.js 20.19 or newer and npm
    #[arg(long)]
    pub(crate) web: bool,
    /// Also runs the tests of a Citus cluster, in this database, whose tables they empty
    #[arg(long, value_name = "URL")]
    pub(crate) citus: Option<String>,
}

/// Where the tests look for this program, which runs what single tests want beside them.
const COMMANDS: &str = "TEST_XTASK";

/// Runs the tests that `filters` select, or all of them. The test runner's own summary is the last
/// thing written when they pass, and its status is the command's.
pub(crate) fn run(
    workspace: &Workspace,
    extras: &Extras,
    filters: &[OsString],
) -> Result<ExitCode> {
    let interrupts = Interrupts::watch()?;
    if extras.web {
        web::prepare(workspace, &interrupts)?;
    }
    postgres::ensure(&interrupts)?;
    pgbouncer::ensure(&interrupts)?;
    let mut server = match given_server() {
        Some(url) => Server::Given(url),
        None => Server::throw_away(workspace, &interrupts)?,
    };
    let session = Session {
        workspace,
        interrupts: &interrupts,
        commands: std::env::current_exe().context("cannot find this program's own file")?,
        url: server.url(),
        extras,
    };
    let outcome = session.run(filters);
    let passed = matches!(outcome, Ok(status) if status.success());
    if !passed && let Some(last_words) = server.last_words_if_dead() {
        complain(format_args!(
            "PostgreSQL ended while the tests ran:\n{last_words}"
        ));
    }
    outcome.map(code_of)
}

/// The server named in the environment; an empty name is none.
fn given_server() -> Option<String> {
    std::env::var(SERVER_URL).ok().filter(|url| !url.is_empty())
}

struct Session<'run> {
    workspace: &'run Workspace,
    interrupts: &'run Interrupts,
    commands: PathBuf,
    url: String,
    extras: &'run Extras,
}

impl Session<'_> {
    fn run(&self, filters: &[OsString]) -> Result<ExitStatus> {
        // The black-box tests start the program as it is shipped, so not with the features that
        // only tests switch on.
        let program = ["build", "-p", "tasklane", "--bin", "tasklane"];
        if !self
            .interrupts
            .run(&mut self.workspace.cargo(program))?
            .success()
        {
            return Err(Failure::new("the tasklane program does not build"));
        }
        if process::probe(&mut self.workspace.cargo(["nextest", "--version"])).is_some() {
            self.run_with_nextest(filters)
        } else {
            say("cargo-nextest is not installed; running `cargo test`");
            self.cargo(&["test"], filters)
        }
    }

    /// nextest leaves documentation tests out. They come first, so that its summary stays last.
    fn run_with_nextest(&self, filters: &[OsString]) -> Result<ExitStatus> {
        if !filters.is_empty() {
            return self.cargo(&["nextest", "run"], filters);
        }
        let documentation = self.cargo(&["test", "--doc"], filters)?;
        let tests = self.cargo(&["nextest", "run"], filters)?;
        if tests.success() && !documentation.success() {
            complain("error: the documentation tests failed; they ran first, above");
            return Ok(documentation);
        }
        Ok(tests)
    }

    fn cargo(&self, arguments: &[&str], filters: &[OsString]) -> Result<ExitStatus> {
        let mut command = self.workspace.cargo(arguments);
        if !filters.iter().any(names_packages) {
            command.arg("--workspace");
            if !self.extras.web {
                command.args(["--exclude", web::PACKAGE]);
            }
            if self.extras.citus.is_none() {
                command.args(["--exclude", CITUS_PACKAGE]);
            }
        }
        if let Some(url) = &self.extras.citus {
            command.env(CITUS_URL, url);
        }
        command
            .arg("--all-features")
            .args(filters)
            .env(SERVER_URL, &self.url)
            .env(COMMANDS, &self.commands);
        self.interrupts.run(&mut command)
    }
}

/// Whether the runner is asked for some packages only, so that only those need to be built.
fn names_packages(filter: &OsString) -> bool {
    filter.to_str().is_some_and(|text| {
        text == "--package" || text.starts_with("--package=") || text.starts_with("-p")
    })
}

/// The status of the tests, or a plain failure when a signal ended them.
fn code_of(status: ExitStatus) -> ExitCode {
    let code = status.code().and_then(|code| u8::try_from(code).ok());
    code.map_or(ExitCode::FAILURE, ExitCode::from)
}

#[cfg(test)]
mod tests {
    use std::os::unix::process::ExitStatusExt;

    use super::*;

    #[test]
    fn the_status_is_that_of_the_tests() {
        assert_eq!(code_of(ExitStatus::from_raw(0)), ExitCode::SUCCESS);
        assert_eq!(code_of(ExitStatus::from_raw(100 << 8)), ExitCode::from(100));
    }

    #[test]
    fn a_package_asked_for_is_recognised() {
        for filter in [
            "-p",
            "-ptasklane-auth",
            "--package",
            "--package=tasklane-auth",
        ] {
            assert!(names_packages(&filter.into()), "{filter}");
        }
        for filter in ["-E", "package(tasklane-auth)", "--profile", "--partition=1"] {
            assert!(!names_packages(&filter.into()), "{filter}");
        }
    }

    #[test]
    fn tests_ended_by_a_signal_have_failed() {
        assert_eq!(code_of(ExitStatus::from_raw(9)), ExitCode::FAILURE);
    }
}
