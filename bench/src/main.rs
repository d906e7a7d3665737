//! Prepares a measurement, or runs one step of a request over and over. The scripts beside this crate
//! call it.

use std::io::{self, Write};
use std::path::PathBuf;

use anyhow::Result;
use clap::Parser;
use mimalloc::MiMalloc;
use tasklane_bench::{Algorithm, Population, requests, seed, steps};

/// The same as in the program that is measured.
#[global_allocator]
static ALLOCATOR: MiMalloc = MiMalloc;

#[derive(Parser)]
#[command(about = "Prepares measurements of Tasklane")]
enum Command {
    /// Fills an empty store with users and their tasks
    Seed {
        /// `sqlite:<file>` or `postgres://user@host:port/database`
        #[arg(long)]
        store: String,
        #[command(flatten)]
        population: Population,
    },
    /// Writes a server's settings and the requests of all active users, each kind into a file
    Requests {
        /// Where the files go
        #[arg(long)]
        folder: PathBuf,
        /// The algorithm that signs the access tokens
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
        times: u32,
    },
}

fn main() -> Result<()> {
    match Command::parse() {
        Command::Seed { store, population } => seed::fill(&store, &population),
        Command::Requests {
            folder,
            algorithm,
            population,
        } => requests::write(&folder, algorithm, &population),
        Command::Steps => {
            let names: Vec<_> = steps::ALL.iter().map(|step| step.name).collect();
            Ok(writeln!(io::stdout(), "{}", names.join("\n"))?)
        }
        Command::Step { name, times } => steps::repeat(&name, times),
    }
}
