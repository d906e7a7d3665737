//! Runs statements: on which connection, how often, and for how long.

use std::time::Duration;

use diesel::QueryResult;
use diesel::result::{DatabaseErrorKind, Error as QueryError};
use diesel_async::methods::LoadQuery;
use diesel_async::{AsyncConnection, AsyncPgConnection, RunQueryDsl};
use futures::FutureExt;
use futures::future::BoxFuture;
use tokio::time::timeout;
use tracing::Instrument;

use super::error::Failure;
use super::pool::{ConnectionPool, Pooled};

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
pub(super) trait Work: Clone + Send + 'static {
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
                let answer = self.load(connection.client(), query).await;
                let Err(failure) = answer else { return answer };
                if !is_lost(&mut connection, &failure).await || !connection.is_reused() {
                    return Err(give_up(connection, failure));
                }
            }
        }
        .boxed()
    }

    /// Runs a statement that writes. It is run again on another connection only when it was not sent
    /// over the first one: when a connection dies later, nobody can tell whether it was done.
    pub(super) fn write<'a, Q, Row>(&'a self, query: &'a Q) -> Answer<'a, Row>
    where
        Q: Sync,
        &'a Q: LoadQuery<'a, AsyncPgConnection, Row> + Send,
        Row: Send + 'a,
    {
        async move {
            loop {
                let mut connection = self.writes.get().await?;
                let answer = self.load(connection.client(), query).await;
                let Err(failure) = answer else { return answer };
                if !connection.died_in_pool() {
                    return Err(give_up(connection, failure));
                }
            }
        }
        .boxed()
    }

    /// Runs a transaction, to its end even when the caller gives up. It is run again as a write is.
    pub(super) async fn transact<W: Work>(&self, work: W) -> Result<W::Output, W::Error> {
        loop {
            let connection = self.writes.get().await?;
            let transaction = transact_on(connection, work.clone()).in_current_span();
            match self.writes.home().spawn(transaction).await {
                Ok(Some(result)) => return result,
                Ok(None) => {}
                Err(error) => return Err(Failure::Abandoned(error).into()),
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

/// `None` when the connection had died before the transaction could do anything that lasts.
async fn transact_on<W: Work>(
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
            Failure::Silent(TRANSACTION_TIMEOUT),
        )
        .into())),
    }
}

/// Gives a connection back, unless whoever used it next would wait for the answer to this.
fn give_up(mut connection: Pooled, failure: Failure) -> Failure {
    if matches!(failure, Failure::Silent(_)) {
        connection.end();
    }
    failure
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
async fn is_lost(connection: &mut Pooled, failure: &Failure) -> bool {
    let Failure::Query(QueryError::DatabaseError(kind, _)) = failure else {
        return false;
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
        _ => false,
    }
}
