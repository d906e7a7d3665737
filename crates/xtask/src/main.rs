//! Developer commands, run as `cargo xtask <command>` from anywhere in the workspace.
//!
//! They need a Unix system with the Rust toolchain, and fetch or build whatever else they use.

mod check;
mod companion;
mod compatibility;
mod console;
mod deny;
mod documents;
mod generators;
mod interrupts;
mod measure;
mod packages;
mod pgbouncer;
mod postgres;
mod process;
mod software;
mod test;
mod web;
mod workspace;

use std::process::ExitCode;

use anyhow::Result;
use clap::{Parser, Subcommand};

use crate::interrupts::{Interrupted, Interrupts};
use crate::software::Installer;
use crate::workspace::Workspace;

/// The exit status that shells use for a program ended by Ctrl-C.
const INTERRUPTED: u8 = 130;

#[derive(Parser)]
#[command(bin_name = "cargo xtask", about = "Tasklane's developer commands")]
struct Cli {
    /// Fails instead of installing what is missing
    #[arg(long, global = true)]
    no_install: bool,
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Checks formatting, lints, documentation, layers, licences, advisories and generated files
    Check,
    /// Writes docs/openapi.json from the code
    Openapi,
    /// Writes docs/settings.md from the code
    Settings,
    /// Runs every test, PostgreSQL included: the server of `TEST_DATABASE_URL`, else a throw-away one
    Test(test::Args),
    /// Runs linters and generators of clients on docs/openapi.json, and compiles what they make
    Generators,
    /// Measures a release build under load, as shares of what PostgreSQL does without it
    Bench(measure::BenchArgs),
    /// Counts the instructions of requests, and writes them to bench/instructions.json
    Instructions(measure::InstructionsArgs),
    /// Runs a PostgreSQL for one test until standard input ends
    #[command(hide = true)]
    Postgres,
    /// Runs a PgBouncer for one test until standard input ends
    #[command(hide = true)]
    Pgbouncer(pgbouncer::Args),
}

fn main() -> ExitCode {
    match run(Cli::parse()) {
        Ok(code) => code,
        Err(error) => {
            console::complain(format_args!("error: {error:#}"));
            if error.is::<Interrupted>() {
                ExitCode::from(INTERRUPTED)
            } else {
                ExitCode::FAILURE
            }
        }
    }
}

fn run(cli: Cli) -> Result<ExitCode> {
    let workspace = &Workspace::locate()?;
    let interrupts = &Interrupts::watch()?;
    let installer = &Installer {
        allowed: !cli.no_install,
        interrupts,
    };
    let done = match cli.command {
        Command::Check => return check::run(workspace, installer),
        Command::Test(args) => return test::run(workspace, installer, &args),
        Command::Generators => return generators::run(workspace, installer),
        Command::Openapi => documents::write_openapi(workspace),
        Command::Settings => documents::write_settings(workspace),
        Command::Bench(args) => measure::bench(workspace, installer, &args),
        Command::Instructions(args) => measure::instructions(workspace, installer, &args),
        Command::Postgres => companion::postgres(workspace, interrupts),
        Command::Pgbouncer(args) => pgbouncer::run(&args),
    };
    done.map(|()| ExitCode::SUCCESS)
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory;

    use super::*;

    fn test_args(line: &[&str]) -> (bool, test::Args) {
        let cli = Cli::parse_from([&["cargo xtask", "test"], line].concat());
        let Command::Test(args) = cli.command else {
            panic!("read as another command");
        };
        (cli.no_install, args)
    }

    #[test]
    fn the_command_line_is_consistent() {
        Cli::command().debug_assert();
    }

    #[test]
    fn options_of_the_runner_reach_it_untouched() {
        let (_, args) = test_args(&["-E", "test(board)", "--no-capture"]);
        assert!(!args.web && args.citus.is_none());
        assert_eq!(args.filters, ["-E", "test(board)", "--no-capture"]);
    }

    #[test]
    fn options_of_the_command_come_before_those_of_the_runner() {
        for line in [
            &["--web"][..],
            &["--web", "-E", "test(board)"],
            &["--web", "--no-capture"],
        ] {
            let (_, args) = test_args(line);
            assert!(args.web);
            assert_eq!(args.filters, line[1..]);
        }
        let (no_install, args) = test_args(&["--no-install", "--web", "board"]);
        assert!(no_install && args.web);
        assert_eq!(args.filters, ["board"]);
    }
}
