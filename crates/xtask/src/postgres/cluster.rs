//! A throw-away PostgreSQL cluster: made, started and awaited here, ended by its guard.

use std::fs;
use std::net::{Ipv4Addr, TcpListener};
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use super::account::Account;
use super::folder::{Folder, Running};
use super::guard::{Durability, Order};
use super::programs::Programs;
use crate::console::{complain, say};
use crate::failure::{Context, Failure, Result};
use crate::interrupts::Interrupts;
use crate::process::{LOOK_AGAIN, cannot_start, succeeded_with};
use crate::workspace::Workspace;

/// The superuser of the cluster, and the database that every cluster begins with.
const SUPERUSER: &str = "postgres";
const DATABASE: &str = "postgres";

/// How long a server may take to accept connections, on a machine that is busy compiling.
const START_LIMIT: Duration = Duration::from_mins(1);

/// How often another free port is tried when somebody was quicker.
const PORTS_TRIED: u32 = 3;

/// How much of the server's log is shown when it failed.
const LOG_LINES_SHOWN: usize = 20;

/// A running cluster. Dropping it ends the server and removes its files.
pub(crate) struct Cluster {
    // Dropped in this order: the files go when nobody writes to them any more.
    guard: Guard,
    folder: Folder,
    port: u16,
}

/// The process that keeps the server. Dropping it waits until both have ended.
struct Guard(Child);

impl Cluster {
    /// Makes and starts a cluster below the target folder, or, where PostgreSQL's account cannot
    /// get there, below the system's folder for temporary files.
    pub(super) fn start(
        workspace: &Workspace,
        programs: &Programs,
        durability: Durability,
        interrupts: &Interrupts,
    ) -> Result<Self> {
        let account = Account::for_server()?;
        let folder = prepare(&bases(workspace), programs, account, interrupts)?;
        let cluster = launch(folder, programs, account, durability, interrupts)?;
        say(format_args!(
            "{} runs on 127.0.0.1:{}, in {}",
            programs.version(),
            cluster.port,
            cluster.folder.path().display()
        ));
        Ok(cluster)
    }

    /// The superuser's URL.
    pub(super) fn url(&self) -> String {
        format!("postgres://{SUPERUSER}@127.0.0.1:{}/{DATABASE}", self.port)
    }

    /// The server's first process.
    pub(super) fn process(&self) -> Option<u32> {
        Running::read(self.folder.path())?.pid.try_into().ok()
    }

    /// The end of the log when the server has ended although nobody told it to.
    pub(super) fn last_words_if_dead(&mut self) -> Option<String> {
        let ended = self.guard.0.try_wait().is_ok_and(|status| status.is_some());
        ended.then(|| last_lines_of(&self.folder.log()))
    }
}

impl Drop for Guard {
    fn drop(&mut self) {
        // The end of its input is what makes the guard end the server.
        drop(self.0.stdin.take());
        let _ = self.0.wait();
    }
}

/// Where a cluster may lie, the best place first. The second is the user's own: no other user's
/// leftovers are in the way there.
fn bases(workspace: &Workspace) -> [PathBuf; 2] {
    let user = rustix::process::geteuid().as_raw();
    let temporary = std::env::temp_dir().join(format!("tasklane-postgres-{user}"));
    [workspace.target().join("postgres"), temporary]
}

/// Makes a cluster in the first of `bases` that allows it, and says why another was passed over.
fn prepare(
    bases: &[PathBuf],
    programs: &Programs,
    account: Account,
    interrupts: &Interrupts,
) -> Result<Folder> {
    for base in bases {
        interrupts.check()?;
        let made = Folder::create(base, account).and_then(|folder| {
            initialise(&folder, programs, account)?;
            Ok(folder)
        });
        match made {
            Ok(folder) => return Ok(folder),
            Err(failure) => complain(format_args!(
                "PostgreSQL for the tests cannot live in {}: {failure}",
                base.display()
            )),
        }
    }
    interrupts.check()?;
    Err(Failure::new(
        "there is no place for a throw-away PostgreSQL (see above)",
    ))
}

/// Whoever can connect from this machine may do everything: there is nothing to protect.
fn initialise(folder: &Folder, programs: &Programs, account: Account) -> Result<()> {
    let mut command = Command::new(programs.initdb());
    command
        .arg("-D")
        .arg(folder.data())
        .args(["-U", SUPERUSER, "--auth=trust"]);
    command
        .args(["--encoding=UTF8", "--locale=C", "--no-sync"])
        .stdin(Stdio::null());
    let output = account
        .run_as(&mut command)
        .output()
        .context(cannot_start(&command))?;
    succeeded_with(&command, &output)
}

/// Starts the server on a free port. Between finding a port and listening on it somebody else may
/// take it; then another is tried.
fn launch(
    mut folder: Folder,
    programs: &Programs,
    account: Account,
    durability: Durability,
    interrupts: &Interrupts,
) -> Result<Cluster> {
    let mut ports_left = PORTS_TRIED;
    loop {
        let port = free_port()?;
        let order = Order::new(
            folder.path().to_path_buf(),
            programs.postgres(),
            port,
            account,
            durability,
        );
        let mut cluster = Cluster {
            guard: post_guard(&order, &folder)?,
            folder,
            port,
        };
        ports_left -= 1;
        match cluster.wait_until_ready(interrupts) {
            Ok(()) => return Ok(cluster),
            Err(_) if ports_left > 0 && is_taken(port) => folder = cluster.folder,
            Err(failure) => return Err(failure),
        }
    }
}

fn post_guard(order: &Order, folder: &Folder) -> Result<Guard> {
    let mut command = order.command()?;
    // A group of its own, so that Ctrl-C does not reach the server before the tests have ended.
    command
        .stdin(Stdio::piped())
        .stdout(folder.share_lock()?)
        .process_group(0);
    command
        .stderr(Stdio::null())
        .spawn()
        .map(Guard)
        .context(cannot_start(&command))
}

impl Cluster {
    fn wait_until_ready(&mut self, interrupts: &Interrupts) -> Result<()> {
        let started = Instant::now();
        while started.elapsed() < START_LIMIT {
            interrupts.check()?;
            if let Some(last_words) = self.last_words_if_dead() {
                return Err(Failure::new(format!(
                    "PostgreSQL does not start:\n{last_words}"
                )));
            }
            if Running::read(self.folder.path()).is_some_and(|server| server.ready) {
                return Ok(());
            }
            thread::sleep(LOOK_AGAIN);
        }
        let log = last_lines_of(&self.folder.log());
        Err(Failure::new(format!(
            "PostgreSQL takes too long to start:\n{log}"
        )))
    }
}

/// A port of this machine that nobody listens on at present.
pub(crate) fn free_port() -> Result<u16> {
    let listener =
        TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).context("cannot find a free port")?;
    Ok(listener
        .local_addr()
        .context("cannot find a free port")?
        .port())
}

fn is_taken(port: u16) -> bool {
    TcpListener::bind((Ipv4Addr::LOCALHOST, port)).is_err()
}

fn last_lines_of(log: &Path) -> String {
    let text = fs::read(log).unwrap_or_default();
    last_lines(&String::from_utf8_lossy(&text), LOG_LINES_SHOWN)
}

fn last_lines(text: &str, count: usize) -> String {
    let lines: Vec<&str> = text.lines().collect();
    let left_out = lines.len().saturating_sub(count);
    lines
        .into_iter()
        .skip(left_out)
        .collect::<Vec<_>>()
        .join("\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_end_of_a_log_is_shown() {
        assert_eq!(last_lines("a\nb\nc\n", 2), "b\nc");
        assert_eq!(last_lines("a\n", 2), "a");
        assert_eq!(last_lines("", 2), "");
    }

    #[test]
    fn a_port_in_use_is_taken() {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
        assert!(is_taken(listener.local_addr().unwrap().port()));
    }
}
