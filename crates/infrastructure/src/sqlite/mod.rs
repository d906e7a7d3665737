//! Tasklane's store in one `SQLite` file: one writer that commits waiting writes together, readers
//! beside it.
//!
//! - `connection`: the thread that writes, and the connections that read.
//! - `task`, `account`, `user`: a room for each concern, with its ports and its rows.
//! - `tools`: what is done to the file as a whole: migrations, inspection, backups.
//! - [`column`]: how the domain's values lie in columns.
//!
//! Whatever was acknowledged is on the disk, and survives the end of the process and of the power.

mod account;
pub(crate) mod column;
pub(crate) mod connection;
pub(crate) mod error;
pub(crate) mod schema;
mod task;
#[cfg(test)]
mod tests;
pub(crate) mod tools;
mod user;

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

pub use connection::writer::WriterStats;
pub use error::{MigrateError, OpenError};
pub use tools::backup::{BackupError, back_up};
pub use tools::inspector::{SqliteFiles, SqliteInspector};
pub use tools::serve_lock::ServeLock;

use connection::database::Database;
use connection::file_identity::FileIdentity;
use connection::readers::Readers;
use connection::writer::Writer;

use crate::statistics::{Observation, PoolStats, StoreObserver};

/// Which file, and how much may wait for it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SqliteSettings {
    /// The database file. It is made when it does not exist, with the folder that it is in.
    pub path: PathBuf,
    /// Most connections that read at once, at least one; readiness has one more.
    pub readers: usize,
    /// How long to wait for a connection that reads, for a place in the writer's queue, or for
    /// another process that writes.
    pub wait: Duration,
}

/// A store in one file. Clones share their connections; with the last of them the store is closed.
#[derive(Clone)]
pub struct SqliteStore(Arc<Connections>);

struct Connections {
    readers: Readers,
    /// The reader that readiness has to itself.
    probe: Readers,
    observation: Observation,
    file: FileIdentity,
    /// Last, so that it closes last and leaves one tidy file behind.
    writer: Writer,
}

impl SqliteStore {
    /// Opens the file, and makes it (mode 0600) when it does not exist. The schema is
    /// [`SqliteStore::migrate`]'s.
    ///
    /// # Errors
    /// The file cannot be made, opened or written, or is no `SQLite` database.
    pub fn open(settings: &SqliteSettings) -> Result<Self, OpenError> {
        let database = Database::at(settings)?;
        let observation = Observation::default();
        let file = FileIdentity::of(database.path()).map_err(|source| database.unopened(source))?;
        let writer = Writer::start(
            database.clone(),
            file.clone(),
            settings.wait,
            observation.clone(),
        )?;
        let readers =
            |count| Readers::new(database.clone(), count, settings.wait, observation.clone());
        Ok(Self(Arc::new(Connections {
            readers: readers(settings.readers)?,
            probe: readers(1)?,
            observation,
            file,
            writer,
        })))
    }

    /// Closes the store, for all of its clones: what was asked for before is done, what is asked for
    /// later is refused, and one tidy file is left. Waits for reads under way.
    pub async fn close(&self) {
        self.readers().close().await;
        self.probe().close().await;
        self.writer().close().await;
    }

    /// What the writer has done, for metrics.
    #[must_use]
    pub fn writer_stats(&self) -> WriterStats {
        self.writer().stats()
    }

    /// The connections that read, now.
    #[must_use]
    pub fn pool_stats(&self) -> PoolStats {
        self.readers().stats()
    }

    /// Tells `observer` from now on what happens; the first that is named stays.
    pub fn observe(&self, observer: Arc<dyn StoreObserver>) {
        self.0.observation.begin(observer);
    }

    pub(crate) fn file(&self) -> &FileIdentity {
        &self.0.file
    }

    pub(crate) fn readers(&self) -> &Readers {
        &self.0.readers
    }

    pub(crate) fn probe(&self) -> &Readers {
        &self.0.probe
    }

    pub(crate) fn writer(&self) -> &Writer {
        &self.0.writer
    }
}
