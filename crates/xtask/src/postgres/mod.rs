//! A PostgreSQL server for the tests: one that is already there, or a throw-away one.

mod account;
mod cluster;
mod folder;
pub(crate) mod guard;
mod install;
mod programs;

use self::cluster::Cluster;
use self::programs::Programs;
use crate::failure::Result;
use crate::interrupts::Interrupts;
use crate::workspace::Workspace;

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
        let programs = match Programs::find() {
            Some(programs) => programs,
            None => install::install(interrupts)?,
        };
        Cluster::start(workspace, &programs, interrupts).map(Self::ThrowAway)
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
