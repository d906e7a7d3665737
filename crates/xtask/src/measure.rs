//! `cargo xtask bench` and `cargo xtask instructions`: release builds and a PostgreSQL, handed to the
//! scripts in `bench`, which measure.

use std::os::unix::process::CommandExt;
use std::process::Command;

use anyhow::{Context, Result, bail};

use crate::console::say;
use crate::postgres::{Cluster, Durability, Programs};
use crate::software::{Installer, PGBENCH, POSTGRES, PYTHON, VALGRIND, WRK};
use crate::workspace::Workspace;

/// How long to measure.
#[derive(clap::Args)]
pub(crate) struct BenchArgs {
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

/// What to do with the counts.
#[derive(clap::Args)]
pub(crate) struct InstructionsArgs {
    /// Compares with the counts that are checked in, instead of writing them
    #[arg(long)]
    check: bool,
}

/// Measures requests per second, and prints them beside their targets. A missed target does not fail
/// the command, since a busy machine misses it too.
pub(crate) fn bench(
    workspace: &Workspace,
    installer: &Installer<'_>,
    args: &BenchArgs,
) -> Result<()> {
    installer.ensure(&[POSTGRES, PYTHON, WRK])?;
    installer.ensure(&[PGBENCH])?;
    let pgbench = Programs::find().context("PostgreSQL is gone")?.pgbench();
    let mut measure = build(workspace, installer, "load.py")?;
    let cluster = Cluster::start(workspace, Durability::Full, installer.interrupts)?;
    let (seconds, rounds) = if args.quick {
        (1, 1)
    } else {
        (args.seconds, args.rounds)
    };
    measure.args(["--database", &cluster.url()]);
    measure.args(["--database-process", &cluster.process().to_string()]);
    measure.args(["--seconds", &seconds.to_string()]);
    measure.args(["--rounds", &rounds.to_string()]);
    run(installer, measure.arg("--pgbench").arg(pgbench))
}

/// Counts instructions, and writes the counts down or compares them.
pub(crate) fn instructions(
    workspace: &Workspace,
    installer: &Installer<'_>,
    args: &InstructionsArgs,
) -> Result<()> {
    installer.ensure(&[POSTGRES, PYTHON, VALGRIND])?;
    let mut measure = build(workspace, installer, "instructions.py")?;
    let cluster = Cluster::start(workspace, Durability::Forgetful, installer.interrupts)?;
    measure.args(["--database", &cluster.url()]);
    if args.check {
        measure.arg("--check");
    }
    run(installer, &mut measure)
}

/// Builds the program as it is shipped, and the one that prepares measurements; returns the start of
/// a script's command line.
fn build(workspace: &Workspace, installer: &Installer<'_>, script: &str) -> Result<Command> {
    say("building for release, which takes some minutes");
    for package in [&["--bin", "tasklane"][..], &["-p", "tasklane-bench"]] {
        let mut build = workspace.cargo(["build", "--release"]);
        if !installer.interrupts.run(build.args(package))?.success() {
            bail!("the release build fails");
        }
    }
    let release = workspace.target().join("release");
    let mut measure = Command::new("python3");
    measure
        .arg("-B")
        .arg(workspace.root().join("bench").join(script));
    measure.arg("--tasklane").arg(release.join("tasklane"));
    measure.arg("--bench").arg(release.join("tasklane-bench"));
    Ok(measure)
}

/// In a group of its own, so that everything it has started is told to stop with it.
fn run(installer: &Installer<'_>, measure: &mut Command) -> Result<()> {
    let status = installer.interrupts.run(measure.process_group(0))?;
    if !status.success() {
        bail!("measuring ended with {status}");
    }
    Ok(())
}
