//! Runs statements: on which connection, how often, and for how long.

use std::time::Duration;

use deadpool::managed::Object as Pooled;
use diesel::QueryResult;
use diesel::result::{DatabaseErrorKind, Error as QueryError};
use diesel_async::methods::LoadQuery;
use diesel_async::pooled_connection::PoolableConnection;
use diesel_async::pooled_connection::deadpool::Object;
use diesel_async::{AsyncConnection, AsyncPgConnection, RunQueryDsl};
use futures::FutureExt;
use futures::future::BoxFuture;
use tokio::time::timeout;
use tracing::Instrument;

use super::error::Failure;
use super::pool::{ConnectionPool, is_reused};

/// How long one statement may take, a little more than the server allows it: beyond that the server
/// is not just slow, and the connection is given up.
const STATEMENT_TIMEOUT: Duration = Duration::from_secs(12);
/// How long a transaction may take in all.
const TRANSACTION_TIMEOUT: Duration = Duration::from_secs(25);

/// Where connections for reads and for writes come from: one pool at present. Reads may later share
/// connections, since they can be pipelined; a write wants one to itself.
#[derive(Clone)]
pub(super) struct Connections {
    reads: ConnectionPool,
    writes: ConnectionPool,
    /// Whether a statement and its preparation must share a transaction: a transaction pooler stands
    /// between, and gives each transaction another session of the server.
    one_transaction_each: bool,
}

/// The rows that a statement gives.
type Answer<'a, Row> = BoxFuture<'a, Result<Vec<Row>, Failure>>;

/// Several statements that happen together or not at all.
pub(super) trait Work: Send + 'static {
    /// What comes of it.
    type Output: Send + 'static;
    /// Why it did not happen. Everything is rolled back then.
    type Error: From<Failure> + From<QueryError> + Send + 'static;

    /// Does it, inside a transaction.
    fn run(
        self,
        connection: &mut AsyncPgConnection,
    ) -> impl Future<Output = Result<Self::Output, Self::Error>> + Send;
}

impl Connections {
    pub(super) fn new(pool: ConnectionPool, behind_pooler: bool) -> Self {
        Self {
            reads: pool.clone(),
            writes: pool,
            one_transaction_each: behind_pooler,
        }
    }

    /// Runs a statement that only reads. When the connection turns out to be dead it is run again on
    /// another one, until that is a new one: after a restart of the server all old ones are dead.
    pub(super) fn read<'a, Q, Row>(&'a self, query: &'a Q) -> Answer<'a, Row>
    where
        Q: Sync,
        &'a Q: LoadQuery<'a, AsyncPgConnection, Row> + Send,
        Row: Send + 'a,
    {
        async move {
            loop {
                let mut connection = self.reads.get().await?;
                match self.load(&mut connection, query).await {
                    Err(failure) if is_lost(&mut connection, &failure).await => {
                        let may_try_again = is_reused(&connection);
                        drop(Pooled::take(connection));
                        if !may_try_again {
                            return Err(failure);
                        }
                    }
                    answer => return answer,
                }
            }
        }
        .boxed()
    }

    /// Runs a statement that writes, once: when its connection dies meanwhile, nobody can tell
    /// whether it was done.
    pub(super) fn write<'a, Q, Row>(&'a self, query: &'a Q) -> Answer<'a, Row>
    where
        Q: Sync,
        &'a Q: LoadQuery<'a, AsyncPgConnection, Row> + Send,
        Row: Send + 'a,
    {
        async move {
            let mut connection = self.writes.get().await?;
            let answer = self.load(&mut connection, query).await;
            if matches!(answer, Err(Failure::Silent(_))) {
                drop(Pooled::take(connection));
            }
            answer
        }
        .boxed()
    }

    /// Runs a transaction, to its end even when the caller gives up.
    pub(super) async fn transact<W: Work>(&self, work: W) -> Result<W::Output, W::Error> {
        let connection = self.writes.get().await?;
        let transaction = tokio::spawn(transact_on(connection, work).in_current_span());
        transaction
            .await
            .unwrap_or_else(|error| Err(Failure::Abandoned(error).into()))
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
        let in_transaction = self.one_transaction_each;
        let rows = async move {
            if in_transaction {
                connection
                    .transaction(async |connection| query.load(connection).await)
                    .await
            } else {
                query.load(connection).await
            }
        };
        within(STATEMENT_TIMEOUT, rows).boxed()
    }
}

async fn transact_on<W: Work>(
    mut connection: Object<AsyncPgConnection>,
    work: W,
) -> Result<W::Output, W::Error> {
    let transaction = (*connection).transaction(async |connection| work.run(connection).await);
    if let Ok(result) = timeout(TRANSACTION_TIMEOUT, transaction).await {
        return result;
    }
    drop(Pooled::take(connection));
    Err(Failure::Silent(TRANSACTION_TIMEOUT).into())
}

async fn within<T>(
    bound: Duration,
    query: impl Future<Output = QueryResult<T>>,
) -> Result<T, Failure> {
    match timeout(bound, query).await {
        Ok(answer) => Ok(answer?),
        Err(_) => Err(Failure::Silent(bound)),
    }
}

/// Whether the connection died. A server that ends one says why first, and hangs up a moment later.
async fn is_lost(connection: &mut AsyncPgConnection, failure: &Failure) -> bool {
    let kind = match failure {
        Failure::Query(QueryError::DatabaseError(kind, _)) => kind,
        // It may live, but whoever used it next would wait for the answer to this.
        Failure::Silent(_) => return true,
        _ => return connection.is_broken(),
    };
    match kind {
        DatabaseErrorKind::UnableToSendCommand | DatabaseErrorKind::ClosedConnection => true,
        DatabaseErrorKind::Unknown => {
            for _ in 0..5 {
                if connection.is_broken() {
                    return true;
                }
                tokio::time::sleep(Duration::from_millis(1)).await;
            }
            false
        }
        _ => connection.is_broken(),
    }
}
