//! How many files and connections the operating system lets the process have open.

use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};

/// Open files of a connection: its socket, and a second handle to cut it by.
const PER_CONNECTION: u64 = 2;
/// Open files beside those: the store, the log, the runtime.
const BESIDE: u64 = 500;

/// Raises the soft limit as far as the hard one allows, and says so when that is not enough for so
/// many connections. Systems begin with low soft limits for programs that count on them, and this
/// one does not.
pub fn raise_limit(connections: usize) {
    let limit = getrlimit(Resource::Nofile);
    let wanted = Rlimit {
        current: limit.maximum,
        maximum: limit.maximum,
    };
    if limit.current != limit.maximum
        && let Err(error) = setrlimit(Resource::Nofile, wanted)
    {
        tracing::debug!(%error, "the limit of open files stays as it is");
    }
    let needed = needed_for(connections);
    if let Some(limit) = getrlimit(Resource::Nofile).current
        && limit < needed
    {
        tracing::warn!(
            limit,
            needed,
            "the operating system's limit of open files is too low for server.max_connections"
        );
    }
}

/// How many open files a number of connections needs.
#[must_use]
pub fn needed_for(connections: usize) -> u64 {
    connections as u64 * PER_CONNECTION + BESIDE
}

/// How many open files the process could have, once it has raised its limit; `None` is without one.
#[must_use]
pub fn most() -> Option<u64> {
    getrlimit(Resource::Nofile).maximum
}
