//! Connections that read, beside the writer and each other.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::time::{Duration, Instant};

use deadpool::managed::{
    Manager, Metrics, Object, Pool, PoolError, QueueMode, RecycleResult, TimeoutType,
};
use diesel::sqlite::SqliteConnection;
use tasklane_domain::error::{Overload, StoreError};
use tasklane_domain::id::OwnerId;
use tasklane_domain::work::current_account;

use super::database::{Database, transaction_depth};
use super::wanted::Waiter;
use crate::lane::Lane;
use crate::sqlite::error::{OpenError, TxError};
use crate::statistics::{Observation, PoolStats};

/// How often to look whether the last connection is closed.
const LOOK_AGAIN: Duration = Duration::from_millis(5);

/// A bounded number of connections. Each read has one for as many statements as it has.
///
/// A blocking closure owns its connection, so that a cancelled request does not give it back to the
/// pool while a statement is still running on it (as diesel-async's wrapper would).
#[derive(Clone)]
pub(crate) struct Readers {
    pool: Pool<Connector>,
    /// Half of the connections, for what may take long.
    lane: Arc<Lane>,
    observation: Observation,
}

impl Readers {
    pub(crate) fn new(
        database: Database,
        count: usize,
        wait: Duration,
        observation: Observation,
    ) -> Result<Self, OpenError> {
        let path = database.path().to_owned();
        Pool::builder(Connector(database))
            .max_size(count.max(1))
            .wait_timeout(Some(wait))
            // The one used last has the warmest cache.
            .queue_mode(QueueMode::Lifo)
            .runtime(deadpool::Runtime::Tokio1)
            .build()
            .map(|pool| Self {
                pool,
                lane: Lane::new(count / 2, wait),
                observation,
            })
            .map_err(|source| OpenError::Database { path, source: source.into() })
    }

    /// Runs `work` on a connection, here and now: it reads a few rows by an index, so that a change of
    /// threads would cost more than it does.
    ///
    /// # Errors
    /// As [`Self::run`].
    pub(crate) async fn look_up<T, E, W>(&self, work: W) -> Result<T, E>
    where
        W: FnOnce(&mut SqliteConnection) -> Result<T, TxError<E>>,
        E: From<StoreError>,
    {
        let connection = self.connection().await?;
        read(connection, work)
    }

    /// Runs `work` on a connection, on a thread that may block.
    ///
    /// # Errors
    /// Those of the work; [`StoreError::Unavailable`] for an [`Overload`] when no connection becomes
    /// free in time.
    pub(crate) async fn run<T, E, W>(&self, work: W) -> Result<T, E>
    where
        W: FnOnce(&mut SqliteConnection) -> Result<T, TxError<E>> + Send + 'static,
        T: Send + 'static,
        E: From<StoreError> + Send + 'static,
    {
        let connection = self.connection().await?;
        let reading = tokio::task::spawn_blocking(move || read(connection, work));
        reading
            .await
            .unwrap_or_else(|error| Err(StoreError::unavailable(error).into()))
    }

    /// Runs `work`, which may take long, as [`Self::run`] does. It is charged to the account of the
    /// caller, and stops when the caller waits no more. Until then the account is held, and the place
    /// among the owner's reads.
    ///
    /// # Errors
    /// As [`Self::run`]; [`StoreError::Busy`] when other reads of the owner take too long.
    pub(crate) async fn run_long<T, E, W>(&self, owner: OwnerId, work: W) -> Result<T, E>
    where
        W: FnOnce(&mut SqliteConnection) -> Result<T, TxError<E>> + Send + 'static,
        T: Send + 'static,
        E: From<StoreError> + Send + 'static,
    {
        let account = current_account();
        let place = self.lane.enter(owner).await?;
        let connection = self.connection().await?;
        let (_waiter, wanted) = Waiter::new();
        let reading = tokio::task::spawn_blocking(move || {
            if !wanted.is_wanted() {
                return Err(StoreError::unavailable("nobody waits for the answer").into());
            }
            let started = Instant::now();
            let answer = wanted.during(|| read(connection, work));
            if let Some(account) = account {
                account.charge(started.elapsed());
            }
            drop(place);
            answer
        });
        reading
            .await
            .unwrap_or_else(|error| Err(StoreError::unavailable(error).into()))
    }

    pub(crate) fn stats(&self) -> PoolStats {
        PoolStats::of(&self.pool.status())
    }

    async fn connection(&self) -> Result<Object<Connector>, StoreError> {
        let connection = self.observation.wait(self.pool.get()).await;
        connection.map_err(|error| match error {
            PoolError::Timeout(TimeoutType::Wait) => {
                StoreError::unavailable(Overload("too many reads are under way"))
            }
            other => StoreError::unavailable(other),
        })
    }

    /// Takes no more reads, and waits until the last connection is closed.
    pub(crate) async fn close(&self) {
        self.pool.close();
        while self.pool.status().size > 0 {
            tokio::time::sleep(LOOK_AGAIN).await;
        }
    }
}

fn read<T, E, W>(mut connection: Object<Connector>, work: W) -> Result<T, E>
where
    W: FnOnce(&mut SqliteConnection) -> Result<T, TxError<E>>,
    E: From<StoreError>,
{
    let outcome = catch_unwind(AssertUnwindSafe(|| work(&mut connection)));
    if outcome.is_err() || transaction_depth(&mut connection) != Some(0) {
        // It may still be inside a transaction: nobody shall get it.
        drop(Object::take(connection));
    }
    match outcome {
        Ok(outcome) => outcome.map_err(|TxError(error)| error),
        Err(_) => Err(StoreError::unavailable("a read panicked").into()),
    }
}

struct Connector(Database);

impl Manager for Connector {
    type Type = SqliteConnection;
    type Error = OpenError;

    async fn create(&self) -> Result<SqliteConnection, OpenError> {
        let database = self.0.clone();
        tokio::task::spawn_blocking(move || database.connect_reader())
            .await
            .unwrap_or_else(|error| Err(OpenError::Thread(error.into())))
    }

    async fn recycle(&self, _: &mut SqliteConnection, _: &Metrics) -> RecycleResult<OpenError> {
        // There is no peer that could have gone away.
        Ok(())
    }
}
