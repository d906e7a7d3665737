//! What can be known of a database file without changing it.

use std::ffi::OsString;
use std::fs::{self, Metadata};
use std::io;

use diesel::dsl::{max, sql};
use diesel::prelude::*;
use diesel::sql_types::Text;
use tasklane_domain::clock::Timestamp;

use super::migrate::name_pending;
use crate::sqlite::SqliteSettings;
use crate::sqlite::column::Instant;
use crate::sqlite::connection::database::Database;
use crate::sqlite::error::{MigrateError, OpenError, TxError};
use crate::sqlite::schema::{sessions, tasks, users};
use crate::sqlite::user::directory::has_account;

/// Looks at a database file that others may be using. Nothing is made, changed or migrated. Each
/// question opens a connection of its own, and blocks.
#[derive(Debug, Clone)]
pub struct SqliteInspector(Database);

/// What the file system says of a database file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SqliteFiles {
    /// The file's size in bytes.
    pub size: u64,
    /// The size in bytes of the write-ahead log beside it.
    pub log_size: u64,
    /// The file's permission bits, where there are such.
    pub mode: Option<u32>,
}

impl SqliteInspector {
    /// An inspector of the file that the settings name; `None` when the file is not there yet.
    ///
    /// # Errors
    /// The path cannot name a database file, or whether there is one cannot be told.
    pub fn of(settings: &SqliteSettings) -> Result<Option<Self>, OpenError> {
        let database = Database::named(settings)?;
        match fs::metadata(database.path()) {
            Ok(_) => Ok(Some(Self(database))),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
            Err(error) => Err(database.unopened(error)),
        }
    }

    /// Sizes and permissions.
    ///
    /// # Errors
    /// The system does not tell.
    pub fn files(&self) -> io::Result<SqliteFiles> {
        let file = fs::metadata(self.0.path())?;
        let mut log = OsString::from(self.0.path());
        log.push("-wal");
        let log_size = match fs::metadata(log) {
            Ok(log) => log.len(),
            Err(error) if error.kind() == io::ErrorKind::NotFound => 0,
            Err(error) => return Err(error),
        };
        Ok(SqliteFiles {
            size: file.len(),
            log_size,
            mode: mode_of(&file),
        })
    }

    /// Makes sure that the file is a database that can be written, by beginning a write and ending
    /// it at once.
    ///
    /// # Errors
    /// It is not a database, cannot be read or written, or somebody else writes for longer than the settings'
    /// wait.
    pub fn try_writing(&self) -> Result<(), OpenError> {
        self.0
            .connect()?
            .immediate_transaction(|_| QueryResult::Ok(()))
            .map_err(|error| self.0.unopened(error))
    }

    /// Reads the whole file and gives what is wrong with it, at most `most` findings.
    ///
    /// # Errors
    /// So much is wrong that the file cannot be looked through.
    pub fn find_damage(&self, most: u32) -> Result<Vec<String>, OpenError> {
        find_damage(&mut self.0.connect_reader()?, most).map_err(|error| self.0.unopened(error))
    }

    /// The names of the migrations that have yet to be applied.
    ///
    /// # Errors
    /// The database was changed by a newer version of Tasklane, or cannot be read.
    pub fn pending_migrations(&self) -> Result<Vec<String>, MigrateError> {
        let opened = self.0.connect_reader();
        let mut connection = opened.map_err(|error| MigrateError::Failed(error.into()))?;
        name_pending(&mut connection).map_err(|TxError(error)| error)
    }

    /// Whether anybody has a local account that is not disabled. The schema must be up to date.
    ///
    /// # Errors
    /// The database cannot be read.
    pub fn has_account(&self) -> Result<bool, OpenError> {
        let mut connection = self.0.connect_reader()?;
        let found = has_account(&mut connection);
        found.map_err(|error| self.0.unopened(error))
    }

    /// The latest instant at which anything was changed, by the clock of that time. The schema must
    /// be up to date. Reads every task.
    ///
    /// # Errors
    /// The database cannot be read.
    pub fn newest_entry(&self) -> Result<Option<Timestamp>, OpenError> {
        let mut connection = self.0.connect_reader()?;
        let newest = [
            users::table
                .select(max(users::updated_at))
                .get_result::<Option<Instant>>(&mut connection),
            sessions::table
                .select(max(sessions::last_used_at))
                .get_result(&mut connection),
            tasks::table
                .select(max(tasks::updated_at))
                .get_result(&mut connection),
        ];
        let newest: Vec<_> = newest
            .into_iter()
            .collect::<QueryResult<_>>()
            .map_err(|error| self.0.unopened(error))?;
        Ok(newest.into_iter().flatten().map(|Instant(at)| at).max())
    }
}

/// What is wrong with the database, at most `most` findings.
pub(crate) fn find_damage(
    connection: &mut SqliteConnection,
    most: u32,
) -> QueryResult<Vec<String>> {
    let findings: Vec<String> =
        sql::<Text>(&format!("PRAGMA integrity_check({most})")).load(connection)?;
    Ok(if findings == ["ok"] {
        Vec::new()
    } else {
        findings
    })
}

#[cfg(unix)]
#[expect(
    clippy::unnecessary_wraps,
    reason = "the shape it has where files have no modes"
)]
fn mode_of(file: &Metadata) -> Option<u32> {
    use std::os::unix::fs::PermissionsExt;

    Some(file.permissions().mode() & 0o7777)
}

#[cfg(not(unix))]
fn mode_of(_: &Metadata) -> Option<u32> {
    None
}
