//! Developer commands, run as `cargo xtask <command>` from anywhere in the workspace.
//!
//! They need a Unix system with the Rust toolchain and fetch or build whatever else they use.

mod bench;
mod check;
mod chromium;
mod companion;
mod compatibility;
mod console;
mod failure;
mod generated;
mod install;
mod instructions;
mod interrupts;
mod layering;
mod licences;
mod measure;
mod openapi;
mod pgbouncer;
mod postgres;
mod process;
mod python;
mod settings;
mod systemd;
mod test;
mod web;
mod workspace;

use std::ffi::OsString;
use std::process::ExitCode;

use clap::{Parser, Subcommand};

use crate::failure::Result;
use crate::workspace::Workspace;

#[derive(Parser)]
#[command(bin_name = "cargo xtask", about = "Tasklane's developer commands")]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Checks formatting, lints, layering, licences, advisories and generated files
    Check,
    /// Writes docs/openapi.json anew from the code
    Openapi,
    /// Writes docs/settings.md anew from the code
    Settings,
    /// Runs every test, PostgreSQL included: the server of `TEST_DATABASE_URL`, else a throw-away one
    Test {
        #[command(flatten)]
        extras: test::Extras,
        /// Handed to the test runner as they are; with any, documentation tests are left out
        #[arg(trailing_var_arg = true, allow_hyphen_values = true)]
        filters: Vec<OsString>,
    },
    /// Measures a release build under load, as shares of what PostgreSQL does without it
    Bench(bench::Order),
    /// Counts the instructions of requests, and writes bench/instructions.json anew
    Instructions(instructions::Order),
    /// Runs a PostgreSQL for one test until standard input ends
    #[command(hide = true)]
    Postgres,
    /// Runs a PgBouncer for one test until standard input ends
    #[command(hide = true)]
    Pgbouncer(pgbouncer::Order),
    /// Keeps a throw-away PostgreSQL running until standard input ends
    #[command(hide = true)]
    PostgresGuard(postgres::guard::Order),
}

fn main() -> ExitCode {
    match run(Cli::parse().command) {
        Ok(code) => code,
        Err(failure) => {
            console::complain(format_args!("error: {failure}"));
            failure.exit_code()
        }
    }
}

fn run(command: Command) -> Result<ExitCode> {
    match command {
        Command::Check => Ok(check::run(&Workspace::locate()?)),
        Command::Openapi => openapi::write(&Workspace::locate()?).map(|()| ExitCode::SUCCESS),
        Command::Settings => settings::write(&Workspace::locate()?).map(|()| ExitCode::SUCCESS),
        Command::Bench(order) => {
            bench::run(&Workspace::locate()?, &order).map(|()| ExitCode::SUCCESS)
        }
        Command::Instructions(order) => {
            instructions::run(&Workspace::locate()?, &order).map(|()| ExitCode::SUCCESS)
        }
        Command::Test { extras, filters } => test::run(&Workspace::locate()?, &extras, &filters),
        Command::Postgres => companion::postgres(&Workspace::locate()?).map(|()| ExitCode::SUCCESS),
        Command::Pgbouncer(order) => pgbouncer::run(&order).map(|()| ExitCode::SUCCESS),
        Command::PostgresGuard(order) => postgres::guard::run(&order).map(|()| ExitCode::SUCCESS),
    }
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory;

    use super::*;

    #[test]
    fn the_command_line_is_consistent() {
        Cli::command().debug_assert();
    }

    #[test]
    fn runner_options_reach_the_runner_untouched() {
        let cli = Cli::parse_from(["cargo xtask", "test", "-E", "test(board)", "--no-capture"]);
        let Command::Test { extras, filters } = cli.command else {
            panic!("read as another command");
        };
        assert!(!extras.web && extras.citus.is_none());
        assert_eq!(filters, ["-E", "test(board)", "--no-capture"]);
    }

    #[test]
    fn an_option_of_the_command_comes_before_those_of_the_runner() {
        for (line, expected) in [
            (vec!["--web"], vec![]),
            (
                vec!["--web", "-E", "test(board)"],
                vec!["-E", "test(board)"],
            ),
            (vec!["--web", "--no-capture"], vec!["--no-capture"]),
        ] {
            let cli = Cli::parse_from([vec!["cargo xtask", "test"], line].concat());
            let Command::Test { extras, filters } = cli.command else {
                panic!("read as another command");
            };
            assert!(extras.web);
            assert_eq!(filters, expected);
        }
    }
}
