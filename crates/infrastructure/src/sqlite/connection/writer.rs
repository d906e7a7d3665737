//! The one thread that writes.
//!
//! `SQLite` lets one connection write at a time, and a durable commit costs a sync of the disk,
//! however little it holds. So all writes go to one thread, which commits those that are waiting
//! together: while one group is being synced, the next gathers. Each write runs inside a savepoint,
//! so that one that fails undoes itself alone; all of them are answered once they are durable.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering};
use std::time::Duration;

use diesel::Connection;
use diesel::connection::SimpleConnection;
use diesel::result::{Error as DieselError, QueryResult};
use diesel::sqlite::SqliteConnection;
use tasklane_domain::error::{Overload, StoreError};
use tokio::sync::mpsc;

use super::checkpoints::Checkpoints;
use super::database::{Database, transaction_depth};
use super::file_identity::FileIdentity;
use super::job::{Job, Undo, pack};
use super::join_on_drop::JoinOnDrop;
use crate::sqlite::error::{OpenError, TxError};
use crate::statistics::Observation;

/// Most writes that wait at once. More would only wait longer than their clients do.
const QUEUE_LENGTH: usize = 1024;
/// Most writes in one commit, so that the first of them does not wait for long.
const MAX_GROUP: usize = 256;

/// How often to look whether the connection is closed.
const LOOK_AGAIN: Duration = Duration::from_millis(5);

type Queue = mpsc::Receiver<Box<dyn Job>>;

/// What the writer has done so far, and what waits for it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct WriterStats {
    /// Writes that wait now.
    pub queued: usize,
    /// Writes in the newest commit.
    pub last_batch: usize,
    /// Writes in all commits, refused ones included.
    pub writes: u64,
    /// Commits that succeeded.
    pub commits: u64,
}

#[derive(Default)]
struct Counters {
    last_batch: AtomicUsize,
    writes: AtomicU64,
    commits: AtomicU64,
}

/// Hands writes to the thread. The thread ends when this is dropped, once it has done what is
/// queued.
pub(crate) struct Writer {
    queue: mpsc::Sender<Box<dyn Job>>,
    wait: Duration,
    counters: Arc<Counters>,
    closing: Arc<AtomicBool>,
    /// Below the queue, which must be closed before the thread is waited for.
    _thread: JoinOnDrop,
}

impl Writer {
    /// Opens the connection, so that a file that cannot be written is noticed here, and starts the
    /// thread.
    pub(crate) fn start(
        database: Database,
        file: FileIdentity,
        wait: Duration,
        observation: Observation,
    ) -> Result<Self, OpenError> {
        let connection = database.connect_writer()?;
        let checkpoints = Checkpoints::start(&database)?;
        let counters = Arc::new(Counters::default());
        let closing = Arc::new(AtomicBool::default());
        let (queue, jobs) = mpsc::channel(QUEUE_LENGTH);
        let desk = WriterLoop {
            database,
            file,
            connection: Some(connection),
            checkpoints,
            counters: counters.clone(),
            observation,
            closing: closing.clone(),
        };
        let thread = JoinOnDrop::spawn("sqlite-writer", move || desk.serve(jobs))?;
        Ok(Self {
            queue,
            wait,
            counters,
            closing,
            _thread: thread,
        })
    }

    /// Runs `work` as one atomic step. When this returns `Ok`, what it wrote is durable; when it
    /// returns an error, nothing of it stays.
    ///
    /// # Errors
    /// Those of the work; [`StoreError::Unavailable`] when the commit fails, or for an [`Overload`]
    /// when the queue stays full for too long.
    pub(crate) async fn run<T, E, W>(&self, work: W) -> Result<T, E>
    where
        W: FnOnce(&mut SqliteConnection) -> Result<T, TxError<E>> + Send + 'static,
        T: Send + 'static,
        E: From<StoreError> + Send + 'static,
    {
        let (job, answer) = pack(work);
        if self.queue.send_timeout(job, self.wait).await.is_err() {
            let overload = Overload("too many writes are waiting");
            return Err(StoreError::unavailable(overload).into());
        }
        answer
            .await
            .unwrap_or_else(|error| Err(StoreError::unavailable(error).into()))
    }

    /// Takes no more writes, and waits until those in the queue are done and the connection is
    /// closed.
    pub(crate) async fn close(&self) {
        self.closing.store(true, Ordering::Release);
        // The thread may be waiting for a job. One that nobody waits for wakes it, and is not done.
        let (job, _) = pack(|_| Ok::<(), TxError<StoreError>>(()));
        let _ = self.queue.send(job).await;
        while Arc::strong_count(&self.closing) > 1 {
            tokio::time::sleep(LOOK_AGAIN).await;
        }
    }

    /// Whether the thread still takes writes.
    pub(crate) fn is_running(&self) -> bool {
        !self.queue.is_closed()
    }

    pub(crate) fn stats(&self) -> WriterStats {
        WriterStats {
            queued: self.queue.max_capacity() - self.queue.capacity(),
            last_batch: self.counters.last_batch.load(Ordering::Relaxed),
            writes: self.counters.writes.load(Ordering::Relaxed),
            commits: self.counters.commits.load(Ordering::Relaxed),
        }
    }
}

/// The thread's side.
struct WriterLoop {
    database: Database,
    file: FileIdentity,
    /// `None` after a commit that failed, until the next one needs a new connection.
    connection: Option<SqliteConnection>,
    checkpoints: Checkpoints,
    counters: Arc<Counters>,
    observation: Observation,
    closing: Arc<AtomicBool>,
}

impl WriterLoop {
    fn serve(mut self, mut jobs: Queue) {
        let mut group = Vec::with_capacity(MAX_GROUP);
        while jobs.blocking_recv_many(&mut group, MAX_GROUP) > 0 {
            if self.closing.load(Ordering::Acquire) {
                jobs.close();
            }
            group.retain(|job| !job.is_abandoned());
            if group.is_empty() {
                continue;
            }
            let committed = self.commit(&mut group);
            group
                .drain(..)
                .for_each(|job| job.answer(committed.clone()));
            self.tend_log();
        }
        self.close();
    }

    fn commit(&mut self, group: &mut [Box<dyn Job>]) -> Result<(), Arc<DieselError>> {
        if let Err(lost) = self.file.check() {
            return Err(Arc::new(DieselError::QueryBuilderError(Box::new(lost))));
        }
        let committed = self
            .connected()
            .and_then(|connection| commit(connection, group));
        if let Err(error) = &committed {
            tracing::error!(%error, writes = group.len(), "a commit failed");
            self.connection = None;
        } else {
            self.counters
                .last_batch
                .store(group.len(), Ordering::Relaxed);
            self.counters
                .writes
                .fetch_add(group.len() as u64, Ordering::Relaxed);
            self.counters.commits.fetch_add(1, Ordering::Relaxed);
            self.observation.committed(group.len());
        }
        committed.map_err(Arc::new)
    }

    fn connected(&mut self) -> QueryResult<&mut SqliteConnection> {
        let connection = match self.connection.take() {
            Some(connection) => connection,
            None => self
                .database
                .connect_writer()
                .map_err(|error| DieselError::QueryBuilderError(Box::new(error)))?,
        };
        Ok(self.connection.insert(connection))
    }

    fn tend_log(&mut self) {
        let Some(connection) = &mut self.connection else {
            return;
        };
        // The commit stands. What could not be copied now is so another time.
        if let Err(error) = self.checkpoints.after_commit(connection) {
            tracing::debug!(%error, "the log was not looked after");
        }
    }

    fn close(self) {
        let file = self.checkpoints.close();
        // The last connection to be closed, which leaves one tidy file behind.
        let Some(mut connection) = self.connection else {
            return;
        };
        // Keeps the planner's statistics fresh; it decides itself whether there is anything to do.
        if let Err(error) = connection.batch_execute("PRAGMA optimize") {
            tracing::debug!(%error, "the statistics were not brought up to date");
        }
        drop(connection);
        drop(file);
        // That the thread is done.
        drop(self.closing);
    }
}

fn commit(connection: &mut SqliteConnection, group: &mut [Box<dyn Job>]) -> QueryResult<()> {
    connection.immediate_transaction(|connection| {
        group
            .iter_mut()
            .try_for_each(|job| run_in_savepoint(connection, job.as_mut()))
    })
}

/// Fails only when the whole transaction is lost: then no job of the group may go on.
fn run_in_savepoint(connection: &mut SqliteConnection, job: &mut dyn Job) -> QueryResult<()> {
    if let Err(Undo::Savepoint(error)) = connection.transaction(|connection| job.run(connection)) {
        return Err(error);
    }
    // A full disk, say, may make SQLite roll back everything. What followed would then be committed
    // statement by statement.
    match transaction_depth(connection) {
        Some(1) => Ok(()),
        _ => Err(DieselError::RollbackTransaction),
    }
}
