//! Writes of several owners that wait at the same time are committed together: a transaction costs
//! the server as much as the statements in it.
//!
//! Nothing waits for company. While a transaction is under way others arrive, and what has arrived by
//! its end is the next one. Nobody is told of a write before it is durable, and a write that is
//! refused is done again by itself, so that it takes nobody else's with it.

use std::num::NonZero;
use std::ops::RangeInclusive;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::available_parallelism;
use std::time::Duration;

use diesel::QueryResult;
use diesel_async::{AsyncConnection, AsyncPgConnection};
use futures::future::{BoxFuture, try_join_all};
use tokio::sync::{mpsc, oneshot};
use tokio::time::timeout;
use uuid::Uuid;

use super::connections::{STATEMENT_TIMEOUT, TRANSACTION_TIMEOUT};
use super::pool::ConnectionPool;
use super::statement::{Load, Statement};
use crate::postgres::error::PgError;

/// The fewest and the most transactions that are under way at once; between these, as many as this
/// process may use cores. Each one more makes all of them smaller, and costs more than it gains when
/// the cores are busy.
const WORKERS: RangeInclusive<usize> = 2..=8;
/// The most writes in one transaction: no owner's row is to stay locked for long.
const MOST_TOGETHER: usize = 30;
/// The most writes that wait in one worker.
const MOST_WAITING: usize = 1024;

/// Takes writes, each a statement about one owner.
#[derive(Clone)]
pub(crate) struct GroupCommit {
    workers: Arc<[mpsc::Sender<Box<dyn Write>>]>,
    wait: Duration,
}

impl GroupCommit {
    /// Begins to take writes, for connections of this pool. They wait for their turn up to `wait`.
    pub(crate) fn start(pool: &ConnectionPool, wait: Duration) -> Self {
        let start_lane = |_| {
            let (sender, waiting) = mpsc::channel(MOST_WAITING);
            let pool = pool.clone();
            pool.home().clone().spawn(Worker { waiting, pool }.run());
            sender
        };
        let cores = available_parallelism().map_or(1, NonZero::get);
        let workers = cores.clamp(*WORKERS.start(), *WORKERS.end());
        Self {
            workers: (0..workers).map(start_lane).collect(),
            wait,
        }
    }

    /// Runs a statement that locks the owner's row before anything else, and gives its rows when they
    /// are durable.
    pub(crate) async fn write<S, Row>(&self, owner: Uuid, statement: S) -> Result<Vec<Row>, PgError>
    where
        S: Statement + Load<Row>,
        Row: Send + 'static,
    {
        let (answer, mut answered) = oneshot::channel();
        let claim = Cancelable::default();
        let write = Box::new(Waiting {
            owner,
            statement,
            rows: Vec::new(),
            answer,
            claim: claim.clone(),
        });
        if self.worker(owner).try_send(write).is_err() {
            return Err(PgError::NoConnection(Duration::ZERO));
        }
        let result = match timeout(self.wait, &mut answered).await {
            Ok(result) => result,
            Err(_) if claim.take() => return Err(PgError::NoConnection(self.wait)),
            // It is under way, and its end is bounded there.
            Err(_) => answered.await,
        };
        result.unwrap_or(Err(PgError::Stopped))
    }

    /// Writes that wait for their turn, now.
    pub(crate) fn queued(&self) -> usize {
        let queued = |worker: &mpsc::Sender<_>| worker.max_capacity() - worker.capacity();
        self.workers.iter().map(queued).sum()
    }

    /// An owner's writes always go the same way, so that they do not wait for each other's locks in
    /// two transactions.
    fn worker(&self, owner: Uuid) -> &mpsc::Sender<Box<dyn Write>> {
        let [.., last] = owner.into_bytes();
        &self.workers[usize::from(last) % self.workers.len()]
    }
}

/// Who decides about a write that waits: the worker that begins it, or the caller who gives up.
#[derive(Clone, Default)]
struct Cancelable(Arc<AtomicBool>);

impl Cancelable {
    /// Whether nobody had taken it.
    fn take(&self) -> bool {
        !self.0.swap(true, Ordering::AcqRel)
    }
}

/// A write, whatever its statement.
trait Write: Send {
    fn owner(&self) -> Uuid;

    /// Whether it is still wanted. From then on it is done to its end.
    fn begin(&self) -> bool;

    /// Runs the statement, and keeps its rows.
    fn run<'a>(&'a mut self, client: &'a AsyncPgConnection) -> BoxFuture<'a, QueryResult<()>>;

    /// Tells the caller.
    fn end(self: Box<Self>, result: Result<(), PgError>);
}

struct Waiting<S, Row> {
    owner: Uuid,
    statement: S,
    rows: Vec<Row>,
    answer: oneshot::Sender<Result<Vec<Row>, PgError>>,
    claim: Cancelable,
}

impl<S, Row> Write for Waiting<S, Row>
where
    S: Statement + Load<Row>,
    Row: Send + 'static,
{
    fn owner(&self) -> Uuid {
        self.owner
    }

    fn begin(&self) -> bool {
        self.claim.take() && !self.answer.is_closed()
    }

    fn run<'a>(&'a mut self, client: &'a AsyncPgConnection) -> BoxFuture<'a, QueryResult<()>> {
        let rows = self.statement.load(client);
        let kept = &mut self.rows;
        Box::pin(async move {
            *kept = rows.await?;
            Ok(())
        })
    }

    fn end(self: Box<Self>, result: Result<(), PgError>) {
        let rows = self.rows;
        // A caller who has gone does not want to know.
        let _ = self.answer.send(result.map(|()| rows));
    }
}

/// One transaction after another.
struct Worker {
    waiting: mpsc::Receiver<Box<dyn Write>>,
    pool: ConnectionPool,
}

impl Worker {
    async fn run(mut self) {
        let mut writes = Vec::with_capacity(MOST_TOGETHER);
        while self.waiting.recv_many(&mut writes, MOST_TOGETHER).await > 0 {
            writes.retain(|write| write.begin());
            self.commit(&mut writes).await;
        }
    }

    /// Does these writes and tells their callers.
    async fn commit(&self, writes: &mut Vec<Box<dyn Write>>) {
        if writes.len() > 1 {
            // Whoever else locks several owners locks them in this order too.
            writes.sort_by_key(|write| write.owner());
            match self.together(writes).await {
                Err(failure) if failure.is_refusal() => {}
                Err(failure) => {
                    let failure = Arc::new(failure);
                    for write in writes.drain(..) {
                        write.end(Err(PgError::Shared(Arc::clone(&failure))));
                    }
                }
                Ok(()) => writes.drain(..).for_each(|write| write.end(Ok(()))),
            }
        }
        for mut write in writes.drain(..) {
            let result = self.alone(write.as_mut()).await;
            write.end(result);
        }
    }

    /// All of them or none.
    async fn together(&self, writes: &mut [Box<dyn Write>]) -> Result<(), PgError> {
        loop {
            let mut connection = self.pool.get().await?;
            let transaction = connection.client().transaction(async |client| {
                let client = &*client;
                try_join_all(writes.iter_mut().map(|write| write.run(client))).await
            });
            match timeout(TRANSACTION_TIMEOUT, transaction).await {
                Ok(Err(_)) if connection.died_in_pool() => {}
                Ok(result) => {
                    let rows = result?;
                    self.pool.observation().committed(rows.len());
                    return Ok(());
                }
                Err(_) => {
                    connection.end();
                    return Err(PgError::Silent(TRANSACTION_TIMEOUT));
                }
            }
        }
    }

    /// One by itself: its statement is its transaction.
    async fn alone(&self, write: &mut dyn Write) -> Result<(), PgError> {
        loop {
            let mut connection = self.pool.get().await?;
            match timeout(STATEMENT_TIMEOUT, write.run(connection.client())).await {
                Ok(Err(_)) if connection.died_in_pool() => {}
                Ok(result) => {
                    result?;
                    self.pool.observation().committed(1);
                    return Ok(());
                }
                Err(_) => {
                    connection.end();
                    return Err(PgError::Silent(STATEMENT_TIMEOUT));
                }
            }
        }
    }
}
