//! The `tasklane` binary.

use std::process::ExitCode;

use clap::Parser;
use mimalloc::MiMalloc;
use tasklane::cli::Cli;
use tasklane::commands;

/// Requests allocate much and briefly; see docs/performance.md for what this gains.
#[global_allocator]
static ALLOCATOR: MiMalloc = MiMalloc;

fn main() -> ExitCode {
    commands::run(Cli::parse())
}
