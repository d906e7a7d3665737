//! The folder of one throw-away cluster: where it may lie, and how to tell leftovers from clusters in
//! use.
//!
//! Each cluster has a folder of its own, `<base>/<number>`, with a lock file that is held as long as
//! the command that runs it, or its guard, lives. A folder whose lock is free is a leftover.

use std::fs::{self, File, OpenOptions};
use std::os::unix::fs::{MetadataExt, PermissionsExt};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use anyhow::{Context, Result, ensure};

use super::account::Account;
use crate::process;

/// The longest path of a Unix socket on the systems we know, without the final NUL.
const LONGEST_SOCKET_PATH: usize = 103;

const GUARD: &str = include_str!("guard.sh");

/// The folder of one cluster. Its guard removes it.
pub(super) struct Folder {
    path: PathBuf,
    lock: File,
}

impl Folder {
    /// Makes a new folder in `base` for `account`, and removes what killed commands have left there.
    pub(super) fn create(base: &Path, account: Account) -> Result<Self> {
        let _one_at_a_time = lock_base(base)?;
        sweep(base)?;
        let path = unused_name(base);
        let socket = path.join("socket").join(".s.PGSQL.65535");
        ensure!(
            socket.as_os_str().len() <= LONGEST_SOCKET_PATH,
            "its path is too long for a Unix socket"
        );
        fs::create_dir(&path).with_context(|| format!("cannot create {}", path.display()))?;
        let lock = open_lock(&path)?;
        lock.lock().context("cannot lock the cluster's folder")?;
        let folder = Self { path, lock };
        folder.hand_over(account)?;
        Ok(folder)
    }

    fn hand_over(&self, account: Account) -> Result<()> {
        fs::create_dir(self.sockets()).context("cannot create the socket's folder")?;
        for folder in [self.path.clone(), self.sockets()] {
            account.own(&folder)?;
            fs::set_permissions(&folder, fs::Permissions::from_mode(0o700))
                .context("cannot protect the cluster's folder")?;
        }
        ensure!(
            account.can_write_to(&self.path),
            "the account that PostgreSQL runs under cannot get there"
        );
        Ok(())
    }

    /// The folder itself.
    pub(super) fn path(&self) -> &Path {
        &self.path
    }

    /// PostgreSQL's data folder.
    pub(super) fn data(&self) -> PathBuf {
        self.path.join("data")
    }

    /// Where the server puts its Unix socket.
    pub(super) fn sockets(&self) -> PathBuf {
        self.path.join("socket")
    }

    /// The server's log.
    pub(super) fn log(&self) -> PathBuf {
        self.path.join("log")
    }

    /// A process that ends the server and removes the folder once its standard input ends. Its
    /// standard output is the lock, which it thereby keeps as long as it lives.
    pub(super) fn guard(&self) -> Result<Command> {
        let lock = self.lock.try_clone();
        let mut guard = guard_of(&self.path);
        guard.stdin(Stdio::piped());
        guard.stdout(lock.context("cannot share the lock of the cluster's folder")?);
        Ok(guard)
    }
}

fn guard_of(cluster: &Path) -> Command {
    let mut guard = Command::new("sh");
    guard.args(["-c", GUARD, "tasklane-postgres-guard"]);
    guard.arg(cluster);
    guard
}

/// Ends the servers and removes the folders of commands that were killed together with their guards.
fn sweep(base: &Path) -> Result<()> {
    let reading = || format!("cannot read {}", base.display());
    for entry in fs::read_dir(base).with_context(reading)? {
        let path = entry.with_context(reading)?.path();
        if path.is_dir() && is_leftover(&path) {
            process::run_quietly(&mut guard_of(&path))
                .with_context(|| format!("cannot remove the leftover {}", path.display()))?;
        }
    }
    Ok(())
}

fn is_leftover(cluster: &Path) -> bool {
    open_lock(cluster).is_ok_and(|lock| lock.try_lock().is_ok())
}

/// Makes `base` if needed and takes its lock, so that no other command sweeps a folder being made.
fn lock_base(base: &Path) -> Result<File> {
    let name = base.display();
    fs::create_dir_all(base).with_context(|| format!("cannot create {name}"))?;
    let owner = fs::metadata(base).with_context(|| format!("cannot read {name}"))?;
    ensure!(
        owner.uid() == rustix::process::geteuid().as_raw(),
        "{name} belongs to another user"
    );
    let lock = open_lock(base)?;
    lock.lock().with_context(|| format!("cannot lock {name}"))?;
    Ok(lock)
}

fn open_lock(folder: &Path) -> Result<File> {
    let path = folder.join("lock");
    let mut options = OpenOptions::new();
    options.create(true).truncate(false).write(true);
    options
        .open(&path)
        .with_context(|| format!("cannot open {}", path.display()))
}

/// The first number that nothing in `base` has. Only called under the lock of `base`.
fn unused_name(base: &Path) -> PathBuf {
    let mut names = (1_u32..).map(|number| base.join(number.to_string()));
    let unused = names.find(|path| fs::symlink_metadata(path).is_err());
    unused.unwrap_or_else(|| base.join("0"))
}

#[cfg(test)]
mod tests {
    use super::super::account::tests::OWN;
    use super::*;

    #[test]
    fn clusters_side_by_side_get_folders_of_their_own() {
        let base = tempfile::tempdir().unwrap();
        let first = Folder::create(base.path(), OWN).unwrap();
        let second = Folder::create(base.path(), OWN).unwrap();
        assert_ne!(first.path(), second.path());
        assert!(first.path().is_dir() && second.path().is_dir());
    }

    #[test]
    fn leftovers_are_removed_and_clusters_in_use_are_not() {
        let base = tempfile::tempdir().unwrap();
        let in_use = Folder::create(base.path(), OWN).unwrap();
        let leftover = base.path().join("77");
        fs::create_dir_all(leftover.join("data")).unwrap();
        fs::write(leftover.join("lock"), "").unwrap();
        sweep(base.path()).unwrap();
        assert!(in_use.path().is_dir());
        assert!(!leftover.exists());
    }

    #[test]
    fn a_guard_keeps_the_lock_until_it_has_removed_the_folder() {
        let base = tempfile::tempdir().unwrap();
        let folder = Folder::create(base.path(), OWN).unwrap();
        let path = folder.path().to_owned();
        let mut guard = folder.guard().unwrap().spawn().unwrap();
        drop(folder);
        assert!(path.is_dir() && !is_leftover(&path));
        drop(guard.stdin.take());
        assert!(guard.wait().unwrap().success());
        assert!(!path.exists());
    }

    #[test]
    fn a_guard_ends_only_the_server_of_its_cluster() {
        let base = tempfile::tempdir().unwrap();
        let folder = Folder::create(base.path(), OWN).unwrap();
        fs::create_dir(folder.data()).unwrap();
        let mut other = Command::new("sleep").arg("60").spawn().unwrap();
        fs::write(
            folder.data().join("postmaster.pid"),
            format!("{}\n", other.id()),
        )
        .unwrap();
        process::run_quietly(&mut guard_of(folder.path())).unwrap();
        assert!(!folder.path().exists());
        assert!(other.try_wait().unwrap().is_none());
        other.kill().unwrap();
        other.wait().unwrap();
    }

    #[test]
    fn a_path_too_long_for_a_socket_is_refused() {
        let base = tempfile::tempdir().unwrap();
        let base = base.path().join("w".repeat(90));
        assert!(Folder::create(&base, OWN).is_err());
    }
}
