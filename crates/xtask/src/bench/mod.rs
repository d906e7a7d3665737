//! `cargo xtask bench`: how fast a release build answers, as shares of what PostgreSQL does without it.
//!
//! Server, database and load generator share the machine, and all absolute numbers depend on it.
//! Each round measures everything once, so that what is compared was measured next to each other.

mod ceiling;
mod generator;
mod load;
mod report;
mod round;
mod setup;
mod usage;

use self::report::Report;
use self::setup::Setup;
use crate::console::say;
use crate::failure::Result;
use crate::interrupts::Interrupts;
use crate::workspace::Workspace;

/// How long to measure.
#[derive(clap::Args)]
pub(crate) struct Order {
    /// Seconds of each load
    #[arg(long, default_value_t = 4, value_parser = clap::value_parser!(u32).range(1..=3600))]
    seconds: u32,
    /// Rounds, of whose ratios the median counts
    #[arg(long, default_value_t = 3, value_parser = clap::value_parser!(u32).range(1..=100))]
    rounds: u32,
    /// One round of one second: shows that everything works, and little else
    #[arg(long, conflicts_with_all = ["seconds", "rounds"])]
    quick: bool,
}

/// Measures and prints. What misses its target is said so; it is no failure, since a busy machine
/// misses it too.
pub(crate) fn run(workspace: &Workspace, order: &Order) -> Result<()> {
    let interrupts = Interrupts::watch()?;
    let (seconds, rounds) = if order.quick {
        (1, 1)
    } else {
        (order.seconds, order.rounds)
    };
    let setup = Setup::prepare(workspace, &interrupts)?;
    let mut report = Report::default();
    for round in 1..=rounds {
        say(format_args!("round {round} of {rounds}"));
        report.add(round::run(&setup, seconds, &interrupts)?);
    }
    say(report.text(setup.start));
    Ok(())
}
