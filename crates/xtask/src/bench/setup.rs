//! Everything that runs while it is measured.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

use tempfile::TempDir;

use super::ceiling::Ceiling;
use super::generator::Generator;
use super::load::{Load, Target};
use super::usage;
use crate::console::say;
use crate::failure::{Context, Result};
use crate::interrupts::Interrupts;
use crate::measure::connection::Connection;
use crate::measure::server::{Server, Start};
use crate::measure::{Population, Programs, requests_in, write_conditional};
use crate::postgres;
use crate::workspace::Workspace;

/// Those of the comparison with other programs, so that ratios can be compared too.
const POPULATION: Population = Population {
    users: 1_000,
    tasks: 100,
    active: 200,
};

/// How often a server is started to see how long it takes.
const STARTS: usize = 5;

/// Servers, stores and what loads them. Dropped in this order.
pub(super) struct Setup {
    pub(super) generator: Generator,
    pub(super) ceiling: Ceiling,
    servers: Servers,
    /// From a server's start until it listened, on a store that exists: the median.
    pub(super) start: Duration,
    database: postgres::Server,
    folders: Folders,
}

struct Servers {
    postgres: Server,
    with_eddsa: Server,
    sqlite: Server,
}

struct Folders {
    hs256: PathBuf,
    eddsa: PathBuf,
    _all: TempDir,
}

impl Setup {
    /// Builds, installs, starts and fills what is needed.
    pub(super) fn prepare(workspace: &Workspace, interrupts: &Interrupts) -> Result<Self> {
        let folders = Folders::create()?;
        let generator = Generator::prepare(&folders.hs256, interrupts)?;
        postgres::pgbench(interrupts)?;
        let programs = Programs::build(workspace, interrupts)?;
        programs.write_load(&folders.hs256, "hs256", &POPULATION)?;
        programs.write_load(&folders.eddsa, "eddsa", &POPULATION)?;
        let database = postgres::Server::durable(workspace, interrupts)?;
        let url = database.url();
        let file = format!("sqlite:{}", folders.hs256.join("tasklane.db").display());
        let (users, tasks) = (POPULATION.users, POPULATION.tasks);
        for store in [&url, &file] {
            say(format_args!("making {users} users with {tasks} tasks each"));
            programs.seed(interrupts, store, &POPULATION)?;
        }
        let ceiling = Ceiling::prepare(url.clone(), &folders.hs256, interrupts)?;
        ceiling.once("VACUUM ANALYZE")?;
        let start = |folder, store| Start {
            program: &programs.tasklane,
            arguments: Vec::new(),
            folder,
            store,
            workers: None,
        };
        let setup = Self {
            generator,
            ceiling,
            start: median_start(&start(&folders.hs256, &url))?,
            servers: Servers {
                postgres: start(&folders.hs256, &url).run()?,
                with_eddsa: start(&folders.eddsa, &url).run()?,
                sqlite: start(&folders.hs256, &file).run()?,
            },
            database,
            folders,
        };
        setup.check_answers()?;
        Ok(setup)
    }

    /// The server that a load goes to.
    pub(super) fn server(&self, load: Load) -> &Server {
        match load.target() {
            Target::Postgres => &self.servers.postgres,
            Target::PostgresWithEddsa => &self.servers.with_eddsa,
            Target::Sqlite => &self.servers.sqlite,
        }
    }

    /// The file with the requests of a load. Those for an unchanged list are made anew, with the tags
    /// that lists have now.
    pub(super) fn requests(&self, load: Load) -> Result<PathBuf> {
        let folder = self.folder(load);
        if load == Load::Unchanged {
            write_conditional(folder, self.server(load).address)?;
        }
        Ok(folder.join(load.requests()))
    }

    /// The file with the script that pgbench runs for a load.
    pub(super) fn script(&self, load: Load) -> Option<PathBuf> {
        Some(self.folder(load).join(load.script()?))
    }

    /// The processor time that the database has used so far.
    pub(super) fn database_time(&self) -> Option<Duration> {
        usage::processor_time(self.database.process()?, true)
    }

    fn folder(&self, load: Load) -> &Path {
        match load.target() {
            Target::PostgresWithEddsa => &self.folders.eddsa,
            Target::Postgres | Target::Sqlite => &self.folders.hs256,
        }
    }

    /// A server that answers wrong may be as fast as it likes.
    fn check_answers(&self) -> Result<()> {
        for load in Load::ALL {
            let requests = requests_in(&self.requests(load)?)?;
            let mut connection = Connection::open(self.server(load).address)?;
            for request in requests.iter().take(3) {
                connection.expect(request, load.status())?;
            }
        }
        Ok(())
    }
}

impl Folders {
    fn create() -> Result<Self> {
        let all = tempfile::tempdir().context("cannot create a folder")?;
        let (hs256, eddsa) = (all.path().join("hs256"), all.path().join("eddsa"));
        for folder in [&hs256, &eddsa] {
            fs::create_dir(folder).context("cannot create a folder")?;
        }
        Ok(Self {
            hs256,
            eddsa,
            _all: all,
        })
    }
}

fn median_start(start: &Start<'_>) -> Result<Duration> {
    let mut times = Vec::new();
    for _ in 0..STARTS {
        let server = start.run()?;
        times.push(server.started_within);
        server.stop()?;
    }
    times.sort_unstable();
    Ok(times[STARTS / 2])
}
