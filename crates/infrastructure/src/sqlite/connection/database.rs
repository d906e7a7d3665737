//! The database file, and connections to it.

use std::fs::{self, File, OpenOptions};
use std::io;
use std::path::{Path, PathBuf};
use std::time::Duration;

use diesel::connection::{AnsiTransactionManager, SimpleConnection, TransactionManager};
use diesel::dsl::sql;
use diesel::prelude::*;
use diesel::sql_types::Text;
use diesel::sqlite::SqliteConnection;
use tasklane_domain::error::BoxError;

use super::wanted;
use crate::sqlite::SqliteSettings;
use crate::sqlite::error::OpenError;

/// Attempts to switch a new file to its write-ahead log. `SQLite` does not wait when two processes
/// do so at once, but fails one of them.
const WAL_ATTEMPTS: u32 = 20;
const WAL_PAUSE: Duration = Duration::from_millis(10);

/// Where the database is, and how long to wait for it.
#[derive(Debug, Clone)]
pub(crate) struct Database {
    path: PathBuf,
    url: String,
    wait: Duration,
}

impl Database {
    /// Makes sure that the file exists. A new one is for its owner alone (mode 0600), and so are the
    /// files that `SQLite` puts beside it, which take their mode from it.
    pub(crate) fn at(settings: &SqliteSettings) -> Result<Self, OpenError> {
        let database = Self::named(settings)?;
        database.make_folder()?;
        match make_file(&database.path) {
            Err(error) if error.kind() != io::ErrorKind::AlreadyExists => Err(OpenError::File {
                path: database.path,
                source: error,
            }),
            _ => Ok(database),
        }
    }

    /// Makes the folder that the file is in, and none above it: where those are missing, the path
    /// is wrong, or a disk is not mounted. The folder's own entry is synced, since the way to the
    /// file must survive a power failure too. (The file's entry is synced with its log's.)
    pub(crate) fn make_folder(&self) -> Result<(), OpenError> {
        let Some(folder) = self.path.parent() else {
            return Ok(());
        };
        let made = match fs::create_dir(folder) {
            Ok(()) => sync_parent(folder),
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => Ok(()),
            Err(error) => Err(error),
        };
        made.map_err(|source| OpenError::Folder {
            path: folder.to_owned(),
            source,
        })
    }

    /// The file, whether or not it exists.
    pub(crate) fn named(settings: &SqliteSettings) -> Result<Self, OpenError> {
        let invalid = |reason| OpenError::Path {
            path: settings.path.clone(),
            reason,
        };
        if settings.path.as_os_str() == ":memory:" {
            return Err(invalid(
                "the readers could not see what the writer writes to memory",
            ));
        }
        let path = std::path::absolute(&settings.path).map_err(|_| invalid("it is empty"))?;
        let url = path.to_str().ok_or_else(|| invalid("it is not UTF-8"))?;
        let url = existing(url);
        Ok(Self {
            path,
            url,
            wait: settings.wait,
        })
    }

    /// The file.
    pub(crate) fn path(&self) -> &Path {
        &self.path
    }

    /// The connection that writes.
    ///
    /// `synchronous = FULL` syncs the log at each commit: what was acknowledged survives a power
    /// failure (`fullfsync` makes that true on macOS too, and means nothing elsewhere).
    /// `Checkpoints` keeps the log short; should that fail, `wal_autocheckpoint` does at twice the
    /// length.
    pub(crate) fn connect_writer(&self) -> Result<SqliteConnection, OpenError> {
        let mut connection = self.connect()?;
        set_up_writer(&mut connection).map_err(|source| self.unopened(source))?;
        Ok(connection)
    }

    /// A connection that cannot write.
    ///
    /// Its cache stays at the default of 2 MiB: each commit by the writer voids it. Memory mapping
    /// stays off: it would make an I/O error a crash of the process.
    pub(crate) fn connect_reader(&self) -> Result<SqliteConnection, OpenError> {
        let mut connection = self.connect()?;
        let set_up = connection.batch_execute("PRAGMA query_only = ON");
        set_up
            .and_then(|()| wanted::register(&connection))
            .map_err(|source| self.unopened(source))?;
        Ok(connection)
    }

    /// A connection with what all of them have in common.
    pub(crate) fn connect(&self) -> Result<SqliteConnection, OpenError> {
        let mut connection =
            SqliteConnection::establish(&self.url).map_err(|source| self.unopened(source))?;
        let wait = self.wait.as_millis().min(i32::MAX.unsigned_abs().into());
        let set_up = connection.batch_execute(&format!(
            "PRAGMA busy_timeout = {wait};
             PRAGMA foreign_keys = ON;
             PRAGMA trusted_schema = OFF;
             PRAGMA temp_store = MEMORY;"
        ));
        set_up.map_err(|source| self.unopened(source))?;
        Ok(connection)
    }

    /// Why the file cannot be used.
    pub(crate) fn unopened(&self, source: impl Into<BoxError>) -> OpenError {
        OpenError::Database {
            path: self.path.clone(),
            source: source.into(),
        }
    }
}

/// A URI by which `SQLite` opens the file, and does not make it.
fn existing(path: &str) -> String {
    let path = path
        .replace('%', "%25")
        .replace('?', "%3f")
        .replace('#', "%23");
    format!("file:{path}?mode=rw")
}

/// How many transactions are open, one inside the other; `None` when that is unknown.
pub(crate) fn transaction_depth(connection: &mut SqliteConnection) -> Option<u32> {
    let status = AnsiTransactionManager::transaction_manager_status_mut(connection);
    let depth = status.transaction_depth().ok()?;
    Some(depth.map_or(0, std::num::NonZero::get))
}

fn set_up_writer(connection: &mut SqliteConnection) -> Result<(), BoxError> {
    enter_wal(connection)?;
    connection.batch_execute(
        "PRAGMA synchronous = FULL;
         PRAGMA fullfsync = ON;
         PRAGMA checkpoint_fullfsync = ON;
         PRAGMA wal_autocheckpoint = 32000;
         PRAGMA journal_size_limit = 100663296;
         PRAGMA cache_size = -16384;",
    )?;
    Ok(())
}

fn enter_wal(connection: &mut SqliteConnection) -> Result<(), BoxError> {
    for attempt in 1.. {
        match sql::<Text>("PRAGMA journal_mode = WAL").get_result::<String>(connection) {
            Ok(mode) if mode == "wal" => break,
            Ok(mode) => return Err(format!("its journal stays in mode {mode}").into()),
            Err(error) if attempt == WAL_ATTEMPTS => return Err(error.into()),
            Err(_) => std::thread::sleep(WAL_PAUSE),
        }
    }
    Ok(())
}

fn sync_parent(folder: &Path) -> io::Result<()> {
    match folder.parent() {
        Some(parent) if cfg!(unix) => File::open(parent)?.sync_all(),
        _ => Ok(()),
    }
}

fn make_file(path: &Path) -> io::Result<File> {
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path)
}
