//! Prepares a measurement, or runs one step of a request over and over for somebody who counts.

use std::fs;
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use clap::{Parser, Subcommand};
use mimalloc::MiMalloc;
use tasklane_bench::population::Population;
use tasklane_bench::server::{self, Algorithm};
use tasklane_bench::{Failure, requests, seed, statements, steps};

/// That of the program that is measured.
#[global_allocator]
static ALLOCATOR: MiMalloc = MiMalloc;

#[derive(Parser)]
#[command(about = "What Tasklane is measured with")]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Fills an empty store with users and their tasks
    Seed {
        /// `sqlite:<file>` or `postgres://user@host:port/database`
        #[arg(long)]
        store: String,
        #[command(flatten)]
        population: Population,
    },
    /// Writes the server's settings, requests, and statements for pgbench, each into a file of its own
    Load {
        /// Where the files go
        #[arg(long)]
        folder: PathBuf,
        /// What signs the access tokens
        #[arg(long, value_enum)]
        algorithm: Algorithm,
        #[command(flatten)]
        population: Population,
    },
    /// Prints the names of the steps
    Steps,
    /// Does one step of a request
    Step {
        /// Which one
        name: String,
        /// How often
        times: u64,
    },
}

fn main() -> Result<(), Failure> {
    match Cli::parse().command {
        Command::Seed { store, population } => seed::fill(&store, &population),
        Command::Load {
            folder,
            algorithm,
            population,
        } => {
            write_all(&folder, server::files(algorithm))?;
            write_all(&folder, requests::files(&population, algorithm)?)?;
            write_all(&folder, statements::files(&population)?)
        }
        Command::Steps => {
            let names: Vec<_> = steps::ALL.iter().map(|step| step.name).collect();
            Ok(writeln!(io::stdout(), "{}", names.join("\n"))?)
        }
        Command::Step { name, times } => {
            let mut run = steps::prepare(&name)?;
            // What is done the first time only shall not count.
            run();
            repeat(&mut run, times);
            Ok(())
        }
    }
}

/// A function of its own, so that whoever counts instructions can tell where they begin.
#[inline(never)]
fn repeat(run: &mut steps::Run, times: u64) {
    for _ in 0..times {
        run();
    }
}

fn write_all(folder: &Path, files: Vec<(&str, String)>) -> Result<(), Failure> {
    for (name, text) in files {
        fs::write(folder.join(name), text)?;
    }
    Ok(())
}
