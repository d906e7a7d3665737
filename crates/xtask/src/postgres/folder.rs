//! The folder of one throw-away cluster: where it may lie, and how leftovers are told from others'.
//!
//! Each run has a folder of its own, `<base>/<number>`, with a lock file that is held as long as
//! the run or the guard of its server lives. A folder whose lock is free is a leftover.

use std::fs::{self, File, OpenOptions};
use std::io::ErrorKind;
use std::os::unix::fs::{MetadataExt, PermissionsExt};
use std::os::unix::net::UnixStream;
use std::path::{Path, PathBuf};
use std::thread;
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal};

use super::account::Account;
use crate::failure::{Context, Failure, Result};
use crate::process::LOOK_AGAIN;

/// The longest path of a Unix socket on the systems we know, the final NUL left out.
const LONGEST_SOCKET_PATH: usize = 103;

/// How long a server that was told to end at once may take.
const END_LIMIT: Duration = Duration::from_secs(10);

/// The folder of one cluster, removed with the value.
pub(super) struct Folder {
    path: PathBuf,
    lock: File,
}

impl Folder {
    /// Makes a new folder in `base` for `account`, after sweeping what killed runs have left there.
    pub(super) fn create(base: &Path, account: Account) -> Result<Self> {
        let _one_at_a_time = lock_base(base)?;
        sweep(base)?;
        let path = unused_name(base);
        refuse_long_socket_path(&path)?;
        fs::create_dir(&path).context(format_args!("cannot create {}", path.display()))?;
        let folder = Self {
            lock: open_lock(&path)?,
            path,
        };
        folder
            .lock
            .lock()
            .context("cannot lock the cluster's folder")?;
        folder.hand_over(account)?;
        Ok(folder)
    }

    fn hand_over(&self, account: Account) -> Result<()> {
        fs::create_dir(self.socket_folder()).context("cannot create the socket's folder")?;
        for folder in [self.path.clone(), self.socket_folder()] {
            account.own(&folder)?;
            fs::set_permissions(&folder, fs::Permissions::from_mode(0o700))
                .context("cannot protect the cluster's folder")?;
        }
        if account.can_write_to(&self.path) {
            return Ok(());
        }
        Err(Failure::new(
            "the account PostgreSQL runs under cannot get there",
        ))
    }

    /// The folder itself.
    pub(super) fn path(&self) -> &Path {
        &self.path
    }

    /// PostgreSQL's data folder.
    pub(super) fn data(&self) -> PathBuf {
        data_in(&self.path)
    }

    /// Where the server puts its Unix socket.
    pub(super) fn socket_folder(&self) -> PathBuf {
        socket_folder_in(&self.path)
    }

    /// The server's log.
    pub(super) fn log(&self) -> PathBuf {
        log_in(&self.path)
    }

    /// Another handle of the held lock: the lock is free when all of them are gone.
    pub(super) fn share_lock(&self) -> Result<File> {
        self.lock
            .try_clone()
            .context("cannot share the lock of the cluster's folder")
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        // The guard has usually removed it; what cannot be removed now, the next run sweeps.
        let _ = fs::remove_dir_all(&self.path);
    }
}

/// PostgreSQL's data folder in a cluster's folder.
pub(super) fn data_in(cluster: &Path) -> PathBuf {
    cluster.join("data")
}

/// The socket's folder in a cluster's folder.
pub(super) fn socket_folder_in(cluster: &Path) -> PathBuf {
    cluster.join("socket")
}

/// The log in a cluster's folder.
pub(super) fn log_in(cluster: &Path) -> PathBuf {
    cluster.join("log")
}

/// What a server says about itself in its data folder while it runs.
pub(super) struct Running {
    /// Its first process.
    pub(super) pid: i32,
    port: String,
    /// Whether it accepts connections.
    pub(super) ready: bool,
}

impl Running {
    /// Reads what the server of `cluster` says; `None` when there is none, or not yet all of it.
    pub(super) fn read(cluster: &Path) -> Option<Self> {
        Self::parse(&fs::read_to_string(data_in(cluster).join("postmaster.pid")).ok()?)
    }

    /// The lines are: process id, data folder, start time, port, socket folder, address, shared
    /// memory, state (PostgreSQL's documentation, "Database File Layout").
    fn parse(text: &str) -> Option<Self> {
        let lines: Vec<&str> = text.lines().map(str::trim).collect();
        Some(Self {
            pid: lines.first()?.parse().ok()?,
            port: (*lines.get(3)?).to_owned(),
            ready: lines.get(7) == Some(&"ready"),
        })
    }

    /// Whether the server really lives: process ids are used again, its socket is its own.
    fn answers(&self, cluster: &Path) -> bool {
        let socket = socket_folder_in(cluster).join(format!(".s.PGSQL.{}", self.port));
        UnixStream::connect(socket).is_ok()
    }
}

/// Ends the servers and removes the folders of runs that were killed with their guards.
fn sweep(base: &Path) -> Result<()> {
    for entry in fs::read_dir(base).context(format_args!("cannot read {}", base.display()))? {
        let path = entry
            .context(format_args!("cannot read {}", base.display()))?
            .path();
        if path.is_dir() && is_leftover(&path) {
            end_server(&path)?;
            fs::remove_dir_all(&path).context(format_args!(
                "cannot remove the leftover {}",
                path.display()
            ))?;
        }
    }
    Ok(())
}

fn is_leftover(cluster: &Path) -> bool {
    open_lock(cluster).is_ok_and(|lock| lock.try_lock().is_ok())
}

fn end_server(cluster: &Path) -> Result<()> {
    let Some(server) = Running::read(cluster) else {
        return Ok(());
    };
    let Some(pid) = Pid::from_raw(server.pid) else {
        return Ok(());
    };
    for signal in [Signal::QUIT, Signal::KILL] {
        if !server.answers(cluster) {
            return Ok(());
        }
        rustix::process::kill_process(pid, signal).context(format_args!(
            "cannot end the leftover server {}",
            server.pid
        ))?;
        let told = Instant::now();
        while server.answers(cluster) && told.elapsed() < END_LIMIT {
            thread::sleep(LOOK_AGAIN);
        }
    }
    Ok(())
}

/// Makes `base` if needed and takes its lock, so that no other run sweeps a folder being made.
fn lock_base(base: &Path) -> Result<File> {
    fs::create_dir_all(base).context(format_args!("cannot create {}", base.display()))?;
    let owner = fs::metadata(base)
        .context(format_args!("cannot read {}", base.display()))?
        .uid();
    if owner != rustix::process::geteuid().as_raw() {
        return Err(Failure::new(format!(
            "{} belongs to another user",
            base.display()
        )));
    }
    let lock = open_lock(base)?;
    lock.lock()
        .context(format_args!("cannot lock {}", base.display()))?;
    Ok(lock)
}

fn open_lock(folder: &Path) -> Result<File> {
    let path = folder.join("lock");
    OpenOptions::new()
        .create(true)
        .truncate(false)
        .write(true)
        .open(&path)
        .context(format_args!("cannot open {}", path.display()))
}

/// The first number that no folder in `base` has. Only called under the lock of `base`.
fn unused_name(base: &Path) -> PathBuf {
    let mut number = 1_u32;
    loop {
        let path = base.join(number.to_string());
        match fs::symlink_metadata(&path) {
            Err(error) if error.kind() == ErrorKind::NotFound => return path,
            _ => number += 1,
        }
    }
}

fn refuse_long_socket_path(cluster: &Path) -> Result<()> {
    let socket = socket_folder_in(cluster).join(".s.PGSQL.65535");
    if socket.as_os_str().len() <= LONGEST_SOCKET_PATH {
        return Ok(());
    }
    Err(Failure::new("its path is too long for a Unix socket"))
}

#[cfg(test)]
mod tests {
    use super::*;

    const STARTED: &str =
        "4242\n/w/data\n1700000000\n5433\n/w/socket\n127.0.0.1\n  1 2\nready   \n";

    #[test]
    fn a_server_is_ready_when_it_says_so() {
        let server = Running::parse(STARTED).unwrap();
        assert_eq!(
            (server.pid, server.port.as_str(), server.ready),
            (4242, "5433", true)
        );
        assert!(
            !Running::parse(&STARTED.replace("ready   ", "starting"))
                .unwrap()
                .ready
        );
        assert!(Running::parse("4242\n/w/data\n").is_none());
    }

    #[test]
    fn runs_side_by_side_get_folders_of_their_own() {
        let base = tempfile::tempdir().unwrap();
        let first = Folder::create(base.path(), Account::Own).unwrap();
        let second = Folder::create(base.path(), Account::Own).unwrap();
        assert_ne!(first.path(), second.path());
        assert!(first.path().is_dir() && second.path().is_dir());
    }

    #[test]
    fn a_folder_goes_with_its_run() {
        let base = tempfile::tempdir().unwrap();
        let path = Folder::create(base.path(), Account::Own)
            .unwrap()
            .path()
            .to_path_buf();
        assert!(!path.exists());
    }

    #[test]
    fn leftovers_are_swept_and_living_runs_are_not() {
        let base = tempfile::tempdir().unwrap();
        let living = Folder::create(base.path(), Account::Own).unwrap();
        let leftover = base.path().join("77");
        fs::create_dir_all(leftover.join("data")).unwrap();
        fs::write(leftover.join("lock"), "").unwrap();
        sweep(base.path()).unwrap();
        assert!(living.path().is_dir());
        assert!(!leftover.exists());
    }

    #[test]
    fn a_lock_that_a_guard_shares_outlives_the_run() {
        let cluster = tempfile::tempdir().unwrap();
        let held = open_lock(cluster.path()).unwrap();
        held.lock().unwrap();
        let shared = held.try_clone().unwrap();
        drop(held);
        assert!(!is_leftover(cluster.path()));
        drop(shared);
    }

    #[test]
    fn a_path_too_long_for_a_socket_is_refused() {
        assert!(refuse_long_socket_path(Path::new("/w/target/postgres/1")).is_ok());
        assert!(refuse_long_socket_path(&Path::new("/").join("w".repeat(90))).is_err());
    }
}
