//! A throw-away PostgreSQL cluster. Its guard ends the server with this process, however it ends.

use std::fs::{self, OpenOptions};
use std::net::{Ipv4Addr, TcpListener};
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};
use rustix::process::{Signal, kill_process};

use super::account::Account;
use super::folder::Folder;
use super::programs::Programs;
use crate::console::{complain, say};
use crate::interrupts::Interrupts;
use crate::process::{POLL_INTERVAL, cannot_start, id_of, run_quietly, wait_within};
use crate::workspace::Workspace;

/// The superuser, and the database that every cluster begins with.
const SUPERUSER: &str = "postgres";

/// How long a server may take to accept connections, on a machine that is busy compiling.
const START_LIMIT: Duration = Duration::from_mins(1);

/// How long a server that was told to end at once may take.
const END_LIMIT: Duration = Duration::from_secs(10);

/// How often another free port is tried when another process was quicker to take one.
const PORTS_TRIED: u32 = 3;

/// How much of the server's log is shown when it failed.
const LOG_LINES_SHOWN: usize = 20;

/// Whether commits are on the disk before they are acknowledged.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Durability {
    /// No: a server of tests holds nothing that anyone will miss. The crash tests kill Tasklane, not
    /// PostgreSQL.
    Forgetful,
    /// Yes, as with PostgreSQL's own defaults.
    Full,
}

/// A running cluster. Dropping it ends the server and removes its files.
pub(crate) struct Cluster {
    server: Child,
    guard: Child,
    log: PathBuf,
    port: u16,
}

impl Cluster {
    /// Makes and starts a cluster below the target folder, or, where PostgreSQL's account cannot
    /// get there, below the system's folder for temporary files.
    pub(crate) fn start(
        workspace: &Workspace,
        durability: Durability,
        interrupts: &Interrupts,
    ) -> Result<Self> {
        let programs = Programs::find();
        let programs = programs.context("PostgreSQL is not installed: run `cargo xtask test`")?;
        let account = Account::for_server()?;
        for base in bases(workspace) {
            interrupts.check()?;
            let folder = Folder::create(&base, account)
                .and_then(|folder| initialise(folder, &programs, account));
            match folder {
                Ok(folder) => return launch(&folder, &programs, account, durability, interrupts),
                Err(error) => complain(format_args!(
                    "PostgreSQL cannot live in {}: {error:#}",
                    base.display()
                )),
            }
        }
        bail!("there is no place for a throw-away PostgreSQL (see above)")
    }

    /// A superuser's URL.
    pub(crate) fn url(&self) -> String {
        let port = self.port;
        format!("postgres://{SUPERUSER}@127.0.0.1:{port}/{SUPERUSER}")
    }

    /// The server's first process.
    pub(crate) fn process(&self) -> u32 {
        self.server.id()
    }

    /// The end of the log when the server has ended although nothing told it to.
    pub(crate) fn log_if_dead(&mut self) -> Option<String> {
        let ended = self.server.try_wait().is_ok_and(|status| status.is_some());
        ended.then(|| self.end_of_log())
    }

    fn end_of_log(&self) -> String {
        let text = fs::read(&self.log).unwrap_or_default();
        last_lines(&String::from_utf8_lossy(&text), LOG_LINES_SHOWN)
    }

    fn wait_until_ready(&mut self, data: &Path, interrupts: &Interrupts) -> Result<()> {
        let started = Instant::now();
        while !is_ready(&fs::read_to_string(data.join("postmaster.pid")).unwrap_or_default()) {
            interrupts.check()?;
            if let Some(log) = self.log_if_dead() {
                bail!("PostgreSQL does not start:\n{log}");
            }
            if started.elapsed() > START_LIMIT {
                bail!("PostgreSQL takes too long to start:\n{}", self.end_of_log());
            }
            thread::sleep(POLL_INTERVAL);
        }
        Ok(())
    }

    fn end_server(&mut self) -> Result<()> {
        let _ = kill_process(id_of(&self.server)?, Signal::QUIT);
        if wait_within(&mut self.server, END_LIMIT)?.is_none() {
            self.server.kill().context("cannot end PostgreSQL")?;
            self.server.wait().context("cannot end PostgreSQL")?;
        }
        Ok(())
    }
}

impl Drop for Cluster {
    fn drop(&mut self) {
        let _ = self.end_server();
        // The end of its input is what makes the guard remove the folder.
        drop(self.guard.stdin.take());
        let _ = self.guard.wait();
    }
}

/// Where a cluster may lie, the best place first. The second belongs to the user alone, so that
/// leftovers of others are not in the way.
fn bases(workspace: &Workspace) -> [PathBuf; 2] {
    let user = rustix::process::geteuid().as_raw();
    let temporary = std::env::temp_dir().join(format!("tasklane-postgres-{user}"));
    [workspace.target().join("postgres"), temporary]
}

/// Everyone on this machine may do everything in the cluster: there is nothing to protect.
fn initialise(folder: Folder, programs: &Programs, account: Account) -> Result<Folder> {
    let mut command = Command::new(programs.initdb());
    command.arg("-D").arg(folder.data());
    command.args(["-U", SUPERUSER, "--auth=trust", "--encoding=UTF8"]);
    command.args(["--locale=C", "--no-sync"]);
    run_quietly(account.run_as(&mut command))?;
    Ok(folder)
}

/// Starts the server on a free port. Between finding a port and listening on it another process may
/// take it; then another port is tried.
fn launch(
    folder: &Folder,
    programs: &Programs,
    account: Account,
    durability: Durability,
    interrupts: &Interrupts,
) -> Result<Cluster> {
    let start = |port| {
        let log = OpenOptions::new()
            .create(true)
            .append(true)
            .open(folder.log());
        let log = log.context("cannot open PostgreSQL's log")?;
        let mut server = Command::new(programs.postgres());
        server.arg("-D").arg(folder.data());
        server.args(settings(&folder.sockets(), port, durability));
        server.env("LC_ALL", "C").stdin(Stdio::null());
        server.stdout(log.try_clone().context("cannot open PostgreSQL's log")?);
        spawn(account.run_as(server.stderr(log)))
    };
    let port = free_port()?;
    let mut cluster = Cluster {
        guard: spawn(&mut folder.guard()?)?,
        server: start(port)?,
        log: folder.log(),
        port,
    };
    let mut ports_left = PORTS_TRIED;
    while let Err(error) = cluster.wait_until_ready(&folder.data(), interrupts) {
        cluster.end_server()?;
        ports_left -= 1;
        if ports_left == 0 || !is_taken(cluster.port) {
            return Err(error);
        }
        cluster.port = free_port()?;
        cluster.server = start(cluster.port)?;
    }
    let (port, place) = (cluster.port, folder.path().display());
    say(format_args!(
        "PostgreSQL runs on 127.0.0.1:{port}, in {place}"
    ));
    Ok(cluster)
}

/// Starts a process in a group of its own, which Ctrl-C does not reach: the tests end first.
fn spawn(command: &mut Command) -> Result<Child> {
    let child = command.process_group(0).spawn();
    child.with_context(|| cannot_start(command))
}

/// A server that has run for long has log files to write over, while a new one fills each with zeros
/// first, which takes the disk some 50 ms. So that it soon behaves like an old one, a durable server
/// keeps the files of its first minutes.
fn settings(sockets: &Path, port: u16, durability: Durability) -> Vec<String> {
    let sockets = sockets.display().to_string().replace('"', "\"\"");
    let durability: &[&str] = match durability {
        Durability::Forgetful => &[
            "fsync=off",
            "synchronous_commit=off",
            "full_page_writes=off",
        ],
        Durability::Full => &["min_wal_size=1GB"],
    };
    let mut settings = vec![
        format!("port={port}"),
        format!("unix_socket_directories=\"{sockets}\""),
        "listen_addresses=127.0.0.1".to_owned(),
        "max_connections=200".to_owned(),
    ];
    settings.extend(durability.iter().map(ToString::to_string));
    let options = settings.into_iter();
    options
        .flat_map(|setting| ["-c".to_owned(), setting])
        .collect()
}

/// The eighth line of `postmaster.pid` is the server's state (PostgreSQL's documentation, "Database
/// File Layout").
fn is_ready(pid_file: &str) -> bool {
    pid_file.lines().nth(7).map(str::trim) == Some("ready")
}

/// A port of this machine that nobody listens on at present.
pub(crate) fn free_port() -> Result<u16> {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0));
    let address = listener.and_then(|listener| listener.local_addr());
    Ok(address.context("cannot find a free port")?.port())
}

fn is_taken(port: u16) -> bool {
    TcpListener::bind((Ipv4Addr::LOCALHOST, port)).is_err()
}

fn last_lines(text: &str, count: usize) -> String {
    let lines: Vec<&str> = text.lines().collect();
    lines[lines.len().saturating_sub(count)..].join("\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_server_is_ready_when_it_says_so() {
        let file = "4242\n/w/data\n1700000000\n5433\n/w/socket\n127.0.0.1\n  1 2\nready   \n";
        assert!(is_ready(file));
        assert!(!is_ready(&file.replace("ready   ", "starting")));
        assert!(!is_ready("4242\n/w/data\n"));
    }

    #[test]
    fn a_socket_folder_with_a_comma_stays_one_folder() {
        let settings = settings(Path::new("/a \"b\", c"), 5433, Durability::Full);
        let folder = "unix_socket_directories=\"/a \"\"b\"\", c\"";
        assert!(settings.contains(&folder.to_owned()));
    }

    #[test]
    fn only_a_forgetful_server_may_lose_commits() {
        let loses = |durability| {
            let settings = settings(Path::new("/a"), 5433, durability);
            settings.contains(&"fsync=off".to_owned())
        };
        assert!(loses(Durability::Forgetful));
        assert!(!loses(Durability::Full));
    }

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
