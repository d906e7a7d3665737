//! Runs statements: on which connection, how often, and for how long.

use std::sync::Arc;
use std::time::Duration;

use diesel::QueryResult;
use diesel::result::{DatabaseErrorKind, Error as QueryError};
use diesel_async::methods::LoadQuery;
use diesel_async::{AsyncConnection, AsyncPgConnection, RunQueryDsl, SimpleAsyncConnection};
use futures::FutureExt;
use futures::future::BoxFuture;
use tasklane_domain::error::StoreError;
use tasklane_domain::id::OwnerId;
use tasklane_domain::work::current_account;
use tokio::runtime::Handle;
use tokio::sync::oneshot;
use tokio::time::timeout;
use tracing::Instrument;

use super::address::Address;
use super::distribution::Distribution;
use super::pool::{ConnectionPool, Plans, Pooled};
use super::reading::Reading;
use super::shared_connections::SharedConnections;
use super::statement::Load;
use crate::lane::Lane;
use crate::postgres::error::{OpenError, PgError};
use crate::statistics::{Observation, PoolStats};

/// How long one statement may take, a little more than the server allows it: beyond that the server
/// is not just slow, and the connection is given up.
pub(crate) const STATEMENT_TIMEOUT: Duration = Duration::from_secs(12);
/// How long a connection is waited for that may have ended.
const PING_TIMEOUT: Duration = Duration::from_secs(1);
/// How long a transaction may take in all.
pub(crate) const TRANSACTION_TIMEOUT: Duration = Duration::from_secs(25);

/// Where connections come from.
#[derive(Clone)]
pub(crate) struct Connections {
    pool: ConnectionPool,
    /// Those of the workers that write for many; `None` where there are too few for that.
    writers: Option<ConnectionPool>,
    /// What readers share; `None` where each statement needs a transaction of its own, together with
    /// its preparation: a transaction pooler stands between, and gives each transaction another
    /// session of the server.
    readers: Option<Arc<SharedConnections>>,
    /// The one that readiness has to itself.
    probe: ConnectionPool,
    /// All places in the pool but one, for what may take long.
    lane: Arc<Lane>,
    distribution: Arc<Distribution>,
}

/// The rows that a statement gives.
type Answer<'a, Row> = BoxFuture<'a, Result<Vec<Row>, PgError>>;

/// Several statements that happen together or not at all.
pub(crate) trait Work: Clone + Send + 'static {
    /// What comes of it.
    type Output: Send + 'static;
    /// Why it did not happen. Everything is rolled back then.
    type Error: From<PgError> + From<QueryError> + Send + 'static;

    /// Does it, inside a transaction.
    fn run(
        self,
        connection: &mut AsyncPgConnection,
    ) -> impl Future<Output = Result<Self::Output, Self::Error>> + Send;
}

impl Connections {
    /// At most `size` connections and one for readiness, none of which is made yet. Half of them are for readers to share,
    /// and a quarter for workers that write for many. Callers wait for one up to `wait`.
    pub(crate) fn new(address: &Address, size: usize, wait: Duration) -> Result<Self, OpenError> {
        let (for_readers, for_writers) = if address.behind_pooler {
            (0, 0)
        } else {
            (size / 2, (size - size / 2) / 2)
        };
        let observation = Observation::default();
        let pool = |size, plans| {
            ConnectionPool::new(address.clone(), size, wait, plans, observation.clone())
        };
        let readers = || {
            let (address, observation) = (address.clone(), observation.clone());
            Arc::new(SharedConnections::new(
                address,
                for_readers,
                wait,
                observation,
            ))
        };
        let for_others = size - for_readers - for_writers;
        Ok(Self {
            pool: pool(for_others, Plans::Auto)?,
            writers: match for_writers {
                0 => None,
                size => Some(pool(size, Plans::ByKeys)?),
            },
            readers: (!address.behind_pooler).then(readers),
            probe: pool(1, Plans::Auto)?,
            lane: Lane::new(for_others.saturating_sub(1), wait),
            distribution: Arc::clone(&address.distribution),
        })
    }

    /// The same for workers that write for many; `None` behind a transaction pooler, where each
    /// statement is alone.
    pub(crate) fn for_writers(&self) -> Option<Self> {
        self.readers.as_ref()?;
        let pool = self.writers.as_ref().unwrap_or(&self.pool).clone();
        Some(Self {
            pool,
            ..self.clone()
        })
    }

    /// The same for readiness, which waits for nobody's work.
    pub(crate) fn for_readiness(&self) -> Self {
        Self {
            pool: self.probe.clone(),
            ..self.clone()
        }
    }

    /// How long callers wait for a connection.
    pub(crate) fn wait(&self) -> Duration {
        self.pool.wait()
    }

    /// Where connections live.
    pub(crate) fn home(&self) -> &Handle {
        self.pool.home()
    }

    /// Whether the tables are spread over machines. Whoever asks first makes a connection to find
    /// out. Not asked behind a pooler, where statements share nothing anyhow.
    pub(crate) async fn is_distributed(&self) -> Result<bool, PgError> {
        if self.readers.is_some() && !self.distribution.is_known() {
            drop(self.pool.get().await?);
        }
        Ok(self.distribution.is_in_place())
    }

    /// All connections, now.
    pub(crate) fn stats(&self) -> PoolStats {
        let writers = self.writers.as_ref().map(ConnectionPool::stats);
        let readers = self.readers.as_ref().map(|readers| readers.stats());
        let others = [writers, readers].into_iter().flatten();
        others.fold(self.pool.stats(), |all, some| PoolStats {
            idle: all.idle + some.idle,
            used: all.used + some.used,
            waiting: all.waiting + some.waiting,
        })
    }

    /// Where an observer can be named.
    pub(crate) fn observation(&self) -> &Observation {
        self.pool.observation()
    }

    /// Runs a statement that reads a few rows by an index. Others may be waiting behind it on the
    /// same connection, so it must be quick whatever the data. It is run again as a read is.
    pub(crate) fn pipelined<'a, Q, Row>(&'a self, query: &'a Q) -> Answer<'a, Row>
    where
        Q: Sync,
        &'a Q: LoadQuery<'a, AsyncPgConnection, Row>
            + for<'c> LoadQuery<'a, &'c AsyncPgConnection, Row>
            + Send,
        Row: Send + 'a,
    {
        let Some(readers) = &self.readers else {
            return self.query(query);
        };
        if self.distribution.is_in_place() {
            // It would wait there for one machine after another.
            return self.query(query);
        }
        async move {
            loop {
                let Some(connection) = readers.get().await? else {
                    return self.query(query).await;
                };
                let mut client = connection.client();
                match with_timeout(STATEMENT_TIMEOUT, query.load(&mut client)).await {
                    Ok(rows) => {
                        connection.note_answer();
                        return Ok(rows);
                    }
                    Err(failure @ PgError::Silent(_)) => {
                        readers.end(&connection);
                        return Err(failure);
                    }
                    Err(failure) => {
                        let lost = is_lost(&failure, connection.client()).await;
                        if !lost || !connection.has_answered() {
                            return Err(failure);
                        }
                        readers.end(&connection);
                    }
                }
            }
        }
        .boxed()
    }

    /// Runs a statement that only reads. When the connection turns out to be dead it is run again on
    /// another one, until that is a new one: after a restart of the server all old ones are dead.
    pub(crate) fn query<'a, Q, Row>(&'a self, query: &'a Q) -> Answer<'a, Row>
    where
        Q: Sync,
        &'a Q: LoadQuery<'a, AsyncPgConnection, Row> + Send,
        Row: Send + 'a,
    {
        async move {
            loop {
                let mut connection = self.pool.get().await?;
                let answer = self.load(connection.client(), query).await;
                let Err(failure) = answer else { return answer };
                if let Some(failure) = final_failure(connection, failure).await {
                    return Err(failure);
                }
            }
        }
        .boxed()
    }

    /// Runs a statement that only reads, and may take long, as [`Self::query`] does. It is charged to
    /// the account of the caller, and stops when the caller waits no more. Until then the account is
    /// held, the connection, and the place among the owner's reads.
    pub(crate) async fn query_long<S, Row>(
        &self,
        owner: OwnerId,
        statement: S,
    ) -> Result<Vec<Row>, StoreError>
    where
        S: Load<Row> + Send + 'static,
        Row: Send + 'static,
    {
        let account = current_account();
        let place = self.lane.enter(owner).await?;
        // Dropped with this future.
        let (_caller, gone) = oneshot::channel::<()>();
        let connections = self.clone();
        let reading = async move {
            let reading = Reading::default();
            let rows = connections.read(&statement, &reading);
            let address = connections.pool.address();
            let rows = reading.unless_given_up(rows, gone, address).await;
            if let Some(account) = account {
                account.charge(reading.spent());
            }
            drop(place);
            rows
        };
        let reading = self.pool.home().spawn(reading.in_current_span());
        let rows = reading.await;
        Ok(rows.unwrap_or_else(|error| Err(PgError::Abandoned(error)))?)
    }

    fn read<'a, Row: Send + 'a>(
        &'a self,
        statement: &'a impl Load<Row>,
        reading: &'a Reading,
    ) -> Answer<'a, Row> {
        async move {
            loop {
                let mut connection = self.pool.get().await?;
                reading.begin(connection.client());
                let answer = self.load_once(connection.client(), statement).await;
                reading.end();
                let Err(failure) = answer else { return answer };
                if let Some(failure) = final_failure(connection, failure).await {
                    return Err(failure);
                }
            }
        }
        .boxed()
    }

    fn load_once<'a, Row: Send + 'a>(
        &self,
        client: &'a mut AsyncPgConnection,
        statement: &'a impl Load<Row>,
    ) -> Answer<'a, Row> {
        let in_transaction = self.readers.is_none();
        let rows = async move {
            if in_transaction {
                let transaction = client.transaction(async |client| statement.load(client).await);
                transaction.await
            } else {
                statement.load(client).await
            }
        };
        with_timeout(STATEMENT_TIMEOUT, rows).boxed()
    }

    /// Runs a statement that writes. It is run again on another connection only when it was not sent
    /// over the first one: when a connection dies later, nobody can tell whether it was done.
    pub(crate) fn execute<'a, Q, Row>(&'a self, query: &'a Q) -> Answer<'a, Row>
    where
        Q: Sync,
        &'a Q: LoadQuery<'a, AsyncPgConnection, Row> + Send,
        Row: Send + 'a,
    {
        async move {
            loop {
                let mut connection = self.pool.get().await?;
                let answer = self.load(connection.client(), query).await;
                let Err(failure) = answer else { return answer };
                if connection.died_in_pool() {
                    continue;
                }
                if !is_lost(&failure, connection.client()).await {
                    return Err(give_up(connection, failure));
                }
                connection.end();
                return Err(failure.into_lost());
            }
        }
        .boxed()
    }

    /// Runs a transaction, to its end even when the caller gives up. It is run again as a write is.
    pub(crate) async fn transaction<W: Work>(&self, work: W) -> Result<W::Output, W::Error> {
        loop {
            let connection = self.pool.get().await?;
            let transaction = run_transaction(connection, work.clone()).in_current_span();
            match self.pool.home().spawn(transaction).await {
                Ok(Some(result)) => return result,
                Ok(None) => {}
                Err(error) => return Err(PgError::Abandoned(error).into()),
            }
        }
    }

    fn load<'c, 'q: 'c, Q, Row>(
        &self,
        connection: &'c mut AsyncPgConnection,
        query: &'q Q,
    ) -> Answer<'c, Row>
    where
        Q: Sync,
        &'q Q: LoadQuery<'q, AsyncPgConnection, Row> + Send,
        Row: Send + 'c,
    {
        let in_transaction = self.readers.is_none();
        let rows = async move {
            if in_transaction {
                connection
                    .transaction(async |connection| query.load(connection).await)
                    .await
            } else {
                query.load(connection).await
            }
        };
        with_timeout(STATEMENT_TIMEOUT, rows).boxed()
    }
}

/// `None` when the connection had died before the transaction could do anything that lasts.
async fn run_transaction<W: Work>(
    mut connection: Pooled,
    work: W,
) -> Option<Result<W::Output, W::Error>> {
    let client = connection.client();
    let transaction = client.transaction(async |client| work.run(client).await);
    let result = timeout(TRANSACTION_TIMEOUT, transaction).await;
    match result {
        Ok(Err(_)) if connection.died_in_pool() => None,
        Ok(result) => Some(result),
        Err(_) => Some(Err(give_up(
            connection,
            PgError::Silent(TRANSACTION_TIMEOUT),
        )
        .into())),
    }
}

/// What a read fails with; `None` when another connection may serve it.
async fn final_failure(mut connection: Pooled, failure: PgError) -> Option<PgError> {
    if !is_lost(&failure, connection.client()).await {
        return Some(give_up(connection, failure));
    }
    connection.end();
    (!connection.is_reused()).then_some(failure)
}

/// Gives a connection back, unless its next user would wait for the answer to this.
fn give_up(mut connection: Pooled, failure: PgError) -> PgError {
    if matches!(failure, PgError::Silent(_)) {
        connection.end();
    }
    failure
}

async fn with_timeout<T>(
    bound: Duration,
    query: impl Future<Output = QueryResult<T>>,
) -> Result<T, PgError> {
    match timeout(bound, query).await {
        Ok(answer) => Ok(answer?),
        Err(_) => Err(PgError::Silent(bound)),
    }
}

/// Whether the connection has ended. A server that ends one says why first, and hangs up a moment
/// later, so the connection is asked.
async fn is_lost(failure: &PgError, mut client: &AsyncPgConnection) -> bool {
    let PgError::Query(QueryError::DatabaseError(kind, _)) = failure else {
        return false;
    };
    match kind {
        DatabaseErrorKind::UnableToSendCommand | DatabaseErrorKind::ClosedConnection => true,
        DatabaseErrorKind::Unknown => {
            let asked = timeout(PING_TIMEOUT, client.batch_execute("SELECT 1")).await;
            !matches!(asked, Ok(Ok(())))
        }
        _ => false,
    }
}
