//! The `tasklane` binary.

use std::process::ExitCode;

use clap::Parser;
use tasklane_api::cli::Cli;
use tasklane_api::commands;

fn main() -> ExitCode {
    commands::run(Cli::parse())
}
