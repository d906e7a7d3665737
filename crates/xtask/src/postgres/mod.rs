//! A PostgreSQL server for the tests: one that is already there, or a throw-away one.

mod account;
mod cluster;
mod folder;
pub(crate) mod guard;
mod programs;

use std::path::PathBuf;

pub(crate) use self::account::Account;
use self::cluster::Cluster;
pub(crate) use self::cluster::free_port;
use self::guard::Durability;
use self::programs::Programs;
use crate::failure::{Failure, Result};
use crate::install::{self, Software};
use crate::interrupts::Interrupts;
use crate::workspace::Workspace;

const SOFTWARE: Software = Software {
    name: "PostgreSQL",
    apt: "postgresql",
    dnf: "postgresql-server",
    apk: "postgresql",
    brew: "postgresql@17",
};

const WHAT_TO_DO: &str = "\
no PostgreSQL server was found, and none could be installed. Do one of the following and run \
`cargo xtask test` again:
  - install the server programs; they need not be running:
      Debian, Ubuntu   sudo apt-get install postgresql
      Fedora           sudo dnf install postgresql-server
      Alpine           apk add postgresql
      macOS            brew install postgresql@17
  - put the folder with `initdb` and `postgres` on PATH, if they are installed elsewhere";

/// Installs the server's programs where they are missing: some tests run a server of their own, also
/// beside one that is given.
pub(crate) fn ensure(interrupts: &Interrupts) -> Result<()> {
    programs(interrupts).map(drop)
}

/// PostgreSQL's own load generator, which comes with the server or beside it.
pub(crate) fn pgbench(interrupts: &Interrupts) -> Result<PathBuf> {
    let program = programs(interrupts)?.pgbench();
    if program.is_file() {
        return Ok(program);
    }
    Err(Failure::new(format!(
        "there is no {}; install PostgreSQL's contributed programs (Fedora, Alpine: \
         `postgresql-contrib`)",
        program.display()
    )))
}

fn programs(interrupts: &Interrupts) -> Result<Programs> {
    if let Some(programs) = Programs::find() {
        return Ok(programs);
    }
    install::install(&SOFTWARE, interrupts)?;
    Programs::find().ok_or_else(|| Failure::new(WHAT_TO_DO))
}

/// The server that the tests use, for as long as the value lives.
pub(crate) enum Server {
    /// A superuser's URL of a server that somebody else runs.
    Given(String),
    /// A cluster made for this run, which is stopped and removed with the value.
    ThrowAway(Cluster),
}

impl Server {
    /// Starts a throw-away cluster, installing PostgreSQL first where it is missing.
    pub(crate) fn throw_away(workspace: &Workspace, interrupts: &Interrupts) -> Result<Self> {
        let programs = programs(interrupts)?;
        let durability = Durability::Forgetful;
        Cluster::start(workspace, &programs, durability, interrupts).map(Self::ThrowAway)
    }

    /// The same with a cluster that keeps what it has committed, as one in use does.
    pub(crate) fn durable(workspace: &Workspace, interrupts: &Interrupts) -> Result<Self> {
        let programs = programs(interrupts)?;
        let durability = Durability::Full;
        Cluster::start(workspace, &programs, durability, interrupts).map(Self::ThrowAway)
    }

    /// The process that all others of a throw-away server descend from.
    pub(crate) fn process(&self) -> Option<u32> {
        match self {
            Self::Given(_) => None,
            Self::ThrowAway(cluster) => cluster.process(),
        }
    }

    /// A superuser's URL.
    pub(crate) fn url(&self) -> String {
        match self {
            Self::Given(url) => url.clone(),
            Self::ThrowAway(cluster) => cluster.url(),
        }
    }

    /// The end of the log of a throw-away server that ended before it was told to.
    pub(crate) fn last_words_if_dead(&mut self) -> Option<String> {
        match self {
            Self::Given(_) => None,
            Self::ThrowAway(cluster) => cluster.last_words_if_dead(),
        }
    }
}
