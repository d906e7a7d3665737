//! One process at a time serves from a database file.

use std::fs::{self, File, OpenOptions, TryLockError};
use std::io;
use std::os::unix::fs::{MetadataExt, OpenOptionsExt};
use std::path::{Path, PathBuf};

use crate::sqlite::SqliteSettings;
use crate::sqlite::connection::database::Database;
use crate::sqlite::error::OpenError;

/// Held by the process that serves from a database file, and freed when it is dropped or the process
/// ends, however it ends. Other programs may use the file meanwhile: only the processes that serve
/// would not hear of each other's changes.
///
/// It is a file beside the database's, since a lock on that one could come in the way of `SQLite`'s
/// own.
#[derive(Debug)]
pub struct ServeLock {
    path: PathBuf,
    _file: File,
}

impl ServeLock {
    /// Takes the lock of the settings' file, which need not exist yet; its folder must, or it is
    /// made. `None` while another process has it.
    ///
    /// # Errors
    /// The lock file cannot be made or locked.
    pub fn try_acquire(settings: &SqliteSettings) -> Result<Option<Self>, OpenError> {
        let database = Database::named(settings)?;
        database.make_folder()?;
        let mut path = database.path().as_os_str().to_owned();
        path.push("-lock");
        let path = PathBuf::from(path);
        try_lock(&path).map_err(|source| OpenError::File { path, source })
    }
}

fn try_lock(path: &Path) -> io::Result<Option<ServeLock>> {
    loop {
        let mut options = OpenOptions::new();
        options.write(true).create(true).truncate(false).mode(0o600);
        let file = options.open(path)?;
        match file.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => return Ok(None),
            Err(TryLockError::Error(error)) => return Err(error),
        }
        // Its last owner may have removed it after it was opened here.
        if is_at(&file, path)? {
            return Ok(Some(ServeLock {
                path: path.to_owned(),
                _file: file,
            }));
        }
    }
}

fn is_at(file: &File, path: &Path) -> io::Result<bool> {
    let mine = file.metadata()?;
    match fs::metadata(path) {
        Ok(there) => Ok((mine.dev(), mine.ino()) == (there.dev(), there.ino())),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(false),
        Err(error) => Err(error),
    }
}

/// While it is still locked, so that nobody else's is removed.
impl Drop for ServeLock {
    fn drop(&mut self) {
        // One that stays behind does no harm.
        let _ = fs::remove_file(&self.path);
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[test]
    fn one_at_a_time_has_the_lock_and_nothing_of_it_stays() {
        let folder = tempfile::tempdir().unwrap();
        let settings = SqliteSettings {
            path: folder.path().join("data/t.db"),
            readers: 1,
            wait: Duration::ZERO,
        };
        let acquire = || ServeLock::try_acquire(&settings).unwrap();
        let first = acquire().unwrap();
        assert!(acquire().is_none());
        drop(first);
        drop(acquire().unwrap());
        let left = fs::read_dir(folder.path().join("data")).unwrap().count();
        assert_eq!(left, 0);
    }
}
