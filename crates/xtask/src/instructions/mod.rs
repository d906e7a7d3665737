//! `cargo xtask instructions`: how many instructions the steps of a request and whole requests take.
//!
//! They hardly depend on the machine or on what else it does, so the numbers are checked in: a change
//! that makes a request dearer shows in its review.

mod callgrind;
mod record;

use std::path::Path;
use std::process::Command;

use self::callgrind::Callgrind;
use self::record::{Counts, Record};
use crate::console::say;
use crate::failure::{Context, Failure, Result};
use crate::interrupts::Interrupts;
use crate::measure::connection::Connection;
use crate::measure::server::{Server, Start};
use crate::measure::{CONDITIONAL, Population, Programs, requests_in, write_conditional};
use crate::postgres;
use crate::process;
use crate::workspace::Workspace;

/// What to do with the numbers.
#[derive(clap::Args)]
pub(crate) struct Order {
    /// Compare with the numbers that are checked in, instead of writing them anew
    #[arg(long)]
    check: bool,
}

/// A small store: what one user's request costs does not depend on the others.
const POPULATION: Population = Population {
    users: 4,
    tasks: 100,
    active: 1,
};

/// How often a step is done.
const TIMES: u32 = 200;

/// In which the programs serve a connection: what a request costs is what happens below it. What
/// PostgreSQL's connection or the log's thread do beside it is not seen.
const SERVING: &str = "*h1::dispatcher::Dispatcher*Future*poll*";
/// In which a step is repeated.
const REPEATING: &str = "*tasklane_bench::repeat*";

/// A kind of request.
struct Request {
    name: &'static str,
    file: &'static str,
    /// How it must be answered.
    status: u16,
    /// How often it is sent: often enough that what only the first one costs does not count.
    times: u32,
}

const REQUESTS: [Request; 3] = [
    Request {
        name: "read",
        file: "read.requests",
        status: 200,
        times: 300,
    },
    Request {
        name: "list of 50",
        file: "list.requests",
        status: 200,
        times: 60,
    },
    Request {
        name: "unchanged list (304)",
        file: CONDITIONAL,
        status: 304,
        times: 300,
    },
];

/// Counts, and writes the numbers down or compares them.
pub(crate) fn run(workspace: &Workspace, order: &Order) -> Result<()> {
    let interrupts = Interrupts::watch()?;
    let callgrind = Callgrind::prepare(&interrupts)?;
    let programs = Programs::build(workspace, &interrupts)?;
    let folder = tempfile::tempdir().context("cannot create a folder")?;
    let counting = Counting {
        callgrind,
        programs,
        folder: folder.path(),
        interrupts: &interrupts,
    };
    let mut counts = counting.steps()?;
    counts.extend(counting.requests(workspace)?);
    let record = Record::at(workspace);
    if order.check {
        record.compare(&counts)
    } else {
        record.write(&counts)
    }
}

struct Counting<'run> {
    callgrind: Callgrind,
    programs: Programs,
    folder: &'run Path,
    interrupts: &'run Interrupts,
}

impl Counting<'_> {
    fn steps(&self) -> Result<Counts> {
        let names = process::read(Command::new(&self.programs.bench).arg("steps"))?;
        let mut counts = Counts::new();
        for name in names.lines() {
            let count = self.callgrind.count(self.folder, REPEATING);
            let mut command = Command::new(count.program());
            command.args(count.arguments()).arg(&self.programs.bench);
            command.args(["step", name, &TIMES.to_string()]);
            if !self.interrupts.run(&mut command)?.success() {
                return Err(Failure::new(format!("the step `{name}` cannot be done")));
            }
            note(&mut counts, name, count.total()?, TIMES);
        }
        Ok(counts)
    }

    /// Whole requests, from the first byte read to the last written, on both stores.
    fn requests(&self, workspace: &Workspace) -> Result<Counts> {
        let mut counts = Counts::new();
        self.programs
            .write_load(self.folder, "hs256", &POPULATION)?;
        let file = format!("sqlite:{}", self.folder.join("tasklane.db").display());
        let database = postgres::Server::throw_away(workspace, self.interrupts)?;
        for (store, url) in [("SQLite", file), ("PostgreSQL", database.url())] {
            self.programs.seed(self.interrupts, &url, &POPULATION)?;
            let undisturbed = self.start(&url, &self.programs.tasklane, Vec::new())?;
            write_conditional(self.folder, undisturbed.address)?;
            undisturbed.stop()?;
            for request in REQUESTS {
                self.interrupts.check()?;
                let name = format!("request: {}, {store}", request.name);
                note(
                    &mut counts,
                    &name,
                    self.answer(&url, &request)?,
                    request.times,
                );
            }
        }
        Ok(counts)
    }

    /// Has a server answer requests, one after the other, and gives the instructions of all.
    fn answer(&self, store: &str, request: &Request) -> Result<u64> {
        let count = self.callgrind.count(self.folder, SERVING);
        let mut arguments = count.arguments().to_vec();
        arguments.push(self.programs.tasklane.display().to_string());
        let server = self.start(store, count.program(), arguments)?;
        let mut connection = Connection::open(server.address)?;
        let texts = requests_in(&self.folder.join(request.file))?;
        for (text, _) in texts.iter().cycle().zip(0..request.times) {
            connection.expect(text, request.status)?;
        }
        drop(connection);
        server.stop()?;
        count.total()
    }

    fn start(&self, store: &str, program: &Path, arguments: Vec<String>) -> Result<Server> {
        let start = Start {
            program,
            arguments,
            folder: self.folder,
            store,
            workers: Some(1),
        };
        start.run()
    }
}

fn note(counts: &mut Counts, name: &str, total: u64, times: u32) {
    let each = total / u64::from(times);
    say(format_args!("  {name}: {each}"));
    counts.insert(name.to_owned(), each);
}
