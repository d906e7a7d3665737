//! The `tasklane` binary.

use std::process::ExitCode;

use clap::Parser;
use mimalloc::MiMalloc;
use tasklane_api::cli::Cli;
use tasklane_api::commands;

/// Requests allocate much and briefly; see docs/performance.md for what this gains.
#[global_allocator]
static ALLOCATOR: MiMalloc = MiMalloc;

fn main() -> ExitCode {
    commands::run(Cli::parse())
}
