//! Copying the log into the database file.
//!
//! That takes the disk a while, and while the writer does it, all writes wait. So once the log is
//! long a thread of its own copies it, and the writer goes on; what it wrote meanwhile, which is
//! little, it copies itself, and then the log starts over.

use std::fs::{File, OpenOptions};
use std::sync::Arc;
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};

use diesel::dsl::sql;
use diesel::prelude::*;
use diesel::sql_types::Integer;
use diesel::sqlite::SqliteConnection;

use super::database::Database;
use super::join_on_drop::JoinOnDrop;
use crate::sqlite::error::OpenError;

/// Pages in a log that should start over: 64 MiB.
const LONG: i32 = 16_000;
/// Pages that the writer copies itself, in two or three milliseconds.
const LITTLE: i32 = 250;

/// Wakes the thread that copies.
pub(crate) struct Checkpoints {
    wake: SyncSender<()>,
    /// Below what wakes it.
    thread: JoinOnDrop,
    file: Arc<File>,
}

impl Checkpoints {
    pub(crate) fn start(database: &Database) -> Result<Self, OpenError> {
        let connection = database.connect_writer()?;
        let file = OpenOptions::new().write(true).open(database.path());
        let file = Arc::new(file.map_err(|source| database.unopened(source))?);
        let (wake, woken) = sync_channel(1);
        let mut copier = CheckpointThread {
            connection,
            file: file.clone(),
        };
        Ok(Self {
            wake,
            thread: JoinOnDrop::spawn("sqlite-copier", move || copier.serve(&woken))?,
            file,
        })
    }

    /// Has a long log copied. For the writer, after each commit.
    pub(crate) fn after_commit(&self, connection: &mut SqliteConnection) -> QueryResult<()> {
        let log = Log::look(connection)?;
        if log.pages < LONG {
            return Ok(());
        }
        if log.pages - log.copied > LITTLE {
            // Should the thread be busy, it is woken after another commit.
            let _ = self.wake.try_send(());
        } else {
            Log::copy(connection)?;
        }
        Ok(())
    }

    /// Ends the thread, and gives what must outlive all connections to the file: when a process
    /// closes a file, POSIX takes from it the locks that its connections hold.
    pub(crate) fn close(self) -> Arc<File> {
        drop(self.wake);
        drop(self.thread);
        self.file
    }
}

struct CheckpointThread {
    connection: SqliteConnection,
    file: Arc<File>,
}

impl CheckpointThread {
    fn serve(&mut self, woken: &Receiver<()>) {
        while woken.recv().is_ok() {
            if let Err(error) = self.copy() {
                tracing::warn!(%error, "the log was not copied into the database file, and grows");
            }
        }
    }

    /// `SQLite` syncs the file only after copying all of the log, and so would leave that to the
    /// writer. Where a long read keeps everything from being copied there is nothing to sync, and a
    /// sync would only hold up the writer's own.
    fn copy(&mut self) -> Result<(), Box<dyn std::error::Error>> {
        let before = Log::look(&mut self.connection)?;
        let after = Log::copy(&mut self.connection)?;
        if after.copied != before.copied {
            self.file.sync_data()?;
        }
        Ok(())
    }
}

struct Log {
    pages: i32,
    /// Those of them that are in the file too.
    copied: i32,
}

impl Log {
    fn look(connection: &mut SqliteConnection) -> QueryResult<Self> {
        Self::checkpoint(connection, "PRAGMA wal_checkpoint(NOOP)")
    }

    /// Copies what no reader still needs as it was, unless somebody else is copying.
    fn copy(connection: &mut SqliteConnection) -> QueryResult<Self> {
        Self::checkpoint(connection, "PRAGMA wal_checkpoint(PASSIVE)")
    }

    fn checkpoint(connection: &mut SqliteConnection, statement: &str) -> QueryResult<Self> {
        let row = sql::<(Integer, Integer, Integer)>(statement);
        let (_, pages, copied) = row.get_result::<(i32, i32, i32)>(connection)?;
        Ok(Self { pages, copied })
    }
}
