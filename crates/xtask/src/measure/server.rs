//! A Tasklane server that is measured.

use std::fs::File;
use std::io::{BufRead, BufReader};
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use rustix::process::Signal;

use super::SETTINGS;
use crate::failure::{Context, Failure, Result};
use crate::process::{LOOK_AGAIN, cannot_start, id_of};

/// What it writes before its address.
const LISTENING: &str = "listening on http://";

/// How long it may take to end; beyond that it is killed.
const END_LIMIT: Duration = Duration::from_secs(40);

/// A running server. Dropping it ends it.
pub(crate) struct Server {
    child: Child,
    /// Where it listens.
    pub(crate) address: SocketAddr,
    /// How long it took from its start until it listened.
    pub(crate) started_within: Duration,
}

/// How a server is started.
pub(crate) struct Start<'s> {
    /// The program, or one that runs it.
    pub(crate) program: &'s Path,
    /// What comes before `serve`.
    pub(crate) arguments: Vec<String>,
    /// The folder with its settings, in which its log is written too.
    pub(crate) folder: &'s Path,
    /// The URL of its store.
    pub(crate) store: &'s str,
    /// Threads that serve; `None` for one a core.
    pub(crate) workers: Option<u32>,
}

impl Start<'_> {
    /// Starts it and waits until it listens.
    pub(crate) fn run(&self) -> Result<Server> {
        let mut command = self.command()?;
        let started = Instant::now();
        let mut child = command.spawn().context(cannot_start(&command))?;
        let address = child.stdout.take().and_then(|stdout| {
            let mut line = String::new();
            BufReader::new(stdout).read_line(&mut line).ok()?;
            line.trim().strip_prefix(LISTENING)?.parse().ok()
        });
        let started_within = started.elapsed();
        if let Some(address) = address {
            return Ok(Server {
                child,
                address,
                started_within,
            });
        }
        let _ = child.kill();
        let _ = child.wait();
        let log = std::fs::read_to_string(self.log()).unwrap_or_default();
        Err(Failure::new(format!("Tasklane does not start:\n{log}")))
    }

    fn command(&self) -> Result<Command> {
        let log = File::create(self.log()).context("cannot create the server's log")?;
        let mut command = Command::new(self.program);
        command
            .args(&self.arguments)
            .arg("serve")
            .current_dir(self.folder)
            .env_clear()
            .env("TASKLANE_CONFIG", self.folder.join(SETTINGS))
            .env("DATABASE_URL", self.store)
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(log);
        if let Some(path) = std::env::var_os("PATH") {
            command.env("PATH", path);
        }
        if let Some(workers) = self.workers {
            command.env("TASKLANE__SERVER__WORKERS", workers.to_string());
        }
        Ok(command)
    }

    fn log(&self) -> PathBuf {
        self.folder.join("tasklane.log")
    }
}

impl Server {
    /// Its process.
    pub(crate) fn process(&self) -> u32 {
        self.child.id()
    }

    /// Has it end in order.
    pub(crate) fn stop(mut self) -> Result<()> {
        let _ = rustix::process::kill_process(id_of(&self.child)?, Signal::TERM);
        let told = Instant::now();
        while told.elapsed() < END_LIMIT {
            let status = self.child.try_wait().context("cannot wait for Tasklane")?;
            match status {
                Some(status) if status.success() => return Ok(()),
                Some(status) => return Err(Failure::new(format!("Tasklane ended with {status}"))),
                None => thread::sleep(LOOK_AGAIN),
            }
        }
        Err(Failure::new("Tasklane does not end"))
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
