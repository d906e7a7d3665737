//! What every measurement needs: release builds, data of a known shape, and a server that has it.

pub(crate) mod connection;
pub(crate) mod server;

use std::fs;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::Command;

use self::connection::Connection;
use crate::console::say;
use crate::failure::{Context, Failure, Result};
use crate::interrupts::Interrupts;
use crate::process;
use crate::workspace::Workspace;

/// Between two requests in a file of requests.
const SEPARATOR: char = '\u{1e}';

/// The file with the requests for lists.
const LISTS: &str = "list.requests";
/// The file with requests for lists that are as their clients know them.
pub(crate) const CONDITIONAL: &str = "unchanged.requests";

/// Where the settings lie that [`Programs::write_load`] writes.
pub(crate) const SETTINGS: &str = "tasklane.toml";

/// The programs that are measured and that measure, optimised as they are shipped.
pub(crate) struct Programs {
    /// Tasklane itself.
    pub(crate) tasklane: PathBuf,
    /// What makes data, requests and statements, and runs single steps.
    pub(crate) bench: PathBuf,
}

/// How many users and tasks there are.
pub(crate) struct Population {
    pub(crate) users: u32,
    pub(crate) tasks: u32,
    /// Those of the users who send requests.
    pub(crate) active: u32,
}

impl Population {
    fn arguments(&self) -> [String; 3] {
        [
            format!("--users={}", self.users),
            format!("--tasks={}", self.tasks),
            format!("--active={}", self.active),
        ]
    }
}

impl Programs {
    /// Builds them, together, so that what both are made of is compiled once.
    pub(crate) fn build(workspace: &Workspace, interrupts: &Interrupts) -> Result<Self> {
        say("building for release");
        let arguments = ["build", "--release", "--bins"];
        let packages = ["-p", "tasklane", "-p", "tasklane-bench"];
        let mut command = workspace.cargo(arguments);
        if !interrupts.run(command.args(packages))?.success() {
            return Err(Failure::new("the release build fails"));
        }
        let folder = workspace.target().join("release");
        Ok(Self {
            tasklane: folder.join("tasklane"),
            bench: folder.join("tasklane-bench"),
        })
    }

    /// Migrates and fills the store with that URL.
    pub(crate) fn seed(
        &self,
        interrupts: &Interrupts,
        store: &str,
        population: &Population,
    ) -> Result<()> {
        let mut command = Command::new(&self.bench);
        command.args(["seed", "--store", store]);
        let status = interrupts.run(command.args(population.arguments()))?;
        if status.success() {
            return Ok(());
        }
        Err(Failure::new(format!("{store} could not be filled")))
    }

    /// Writes the server's settings, requests and statements into a folder.
    pub(crate) fn write_load(
        &self,
        folder: &Path,
        algorithm: &str,
        population: &Population,
    ) -> Result<()> {
        let mut command = Command::new(&self.bench);
        command.args(["load", "--algorithm", algorithm, "--folder"]);
        process::run(command.arg(folder).args(population.arguments()))
    }
}

/// The requests of a file, in their order.
pub(crate) fn requests_in(file: &Path) -> Result<Vec<String>> {
    let text = fs::read_to_string(file);
    let text = text.context(format_args!("cannot read {}", file.display()))?;
    Ok(text.split(SEPARATOR).map(str::to_owned).collect())
}

/// Writes the requests for lists anew, each with the tag that its list has at present.
pub(crate) fn write_conditional(folder: &Path, server: SocketAddr) -> Result<()> {
    let mut connection = Connection::open(server)?;
    let mut conditional = Vec::new();
    for request in requests_in(&folder.join(LISTS))? {
        let tag = connection.expect(&request, 200)?.etag;
        let tag = tag.ok_or_else(|| Failure::new("a list has no tag"))?;
        let head = request.trim_end();
        conditional.push(format!("{head}\r\nIf-None-Match: {tag}\r\n\r\n"));
    }
    let text = conditional.join(&SEPARATOR.to_string());
    fs::write(folder.join(CONDITIONAL), text).context("cannot write requests")
}
