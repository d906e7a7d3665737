//! Connections: made on demand, kept for a while, never waited for without bound.

use std::sync::Arc;
use std::time::Duration;

use deadpool::managed::{Hook, HookError, Metrics, Object as Pooled, QueueMode};
use diesel::connection::CacheSize;
use diesel::result::{ConnectionError, ConnectionResult};
use diesel_async::pooled_connection::deadpool::{Object, Pool};
use diesel_async::pooled_connection::{
    AsyncDieselConnectionManager, ManagerConfig, RecyclingMethod,
};
use diesel_async::{AsyncConnection, AsyncPgConnection, SimpleAsyncConnection};
use futures::FutureExt;

use super::address::Address;
use super::error::{Failure, OpenError};
use super::sweeper::Sweeper;

/// After which time without use a connection is given up: hosted databases drop idle ones, or put
/// the server to sleep, after five minutes.
const IDLE: Duration = Duration::from_mins(4);
/// After which age a connection is given up, so that a server that was added or moved is found.
const OLD: Duration = Duration::from_mins(30);

/// Settings of a session: bounds on what the server does for one statement, and on how long it waits
/// for the next one of a transaction.
const SESSION_SETTINGS: &str =
    "SET statement_timeout = '10s'; SET idle_in_transaction_session_timeout = '20s'";

pub(super) type Manager = AsyncDieselConnectionManager<AsyncPgConnection>;

/// A bounded number of connections to one server.
#[derive(Clone)]
pub(super) struct ConnectionPool {
    pool: Pool<AsyncPgConnection>,
    wait: Duration,
}

impl ConnectionPool {
    /// A pool of at most `size` connections, none of which is made yet. Callers wait for one up to
    /// `wait`.
    pub(super) fn new(address: Address, size: usize, wait: Duration) -> Result<Self, OpenError> {
        let sweeper = Sweeper::default();
        let make = Maker {
            address: Arc::new(address),
            sweeper: sweeper.clone(),
        };
        let mut config = ManagerConfig::default();
        config.recycling_method = RecyclingMethod::Fast;
        config.custom_setup = Box::new(move |_| {
            let make = make.clone();
            async move { make.connection().await }.boxed()
        });
        let pool = Pool::builder(Manager::new_with_config(String::new(), config))
            .max_size(size)
            // The rest can grow old and be given up.
            .queue_mode(QueueMode::Lifo)
            .pre_recycle(Hook::sync_fn(|_, metrics| {
                if is_fresh(metrics) { Ok(()) } else { Err(HookError::message("too old")) }
            }))
            .build()
            .map_err(|error| OpenError::Pool(error.into()))?;
        sweeper.watch(&pool);
        Ok(Self { pool, wait })
    }

    /// A connection that was not dead a moment ago; dead ones are thrown away on the way.
    pub(super) async fn get(&self) -> Result<Object<AsyncPgConnection>, Failure> {
        match tokio::time::timeout(self.wait, self.pool.get()).await {
            Ok(Ok(connection)) => Ok(connection),
            Ok(Err(error)) => Err(Failure::Connect(error.into())),
            Err(_) => Err(Failure::NoConnection(self.wait)),
        }
    }
}

/// Whether a connection was waiting in the pool before, and so may have died there.
pub(super) fn is_reused(connection: &Object<AsyncPgConnection>) -> bool {
    Pooled::metrics(connection).recycle_count > 0
}

/// Whether a connection may still be used.
pub(super) fn is_fresh(metrics: &Metrics) -> bool {
    metrics.last_used() < IDLE && metrics.age() < OLD
}

/// Makes connections.
#[derive(Clone)]
struct Maker {
    address: Arc<Address>,
    sweeper: Sweeper,
}

impl Maker {
    async fn connection(&self) -> ConnectionResult<AsyncPgConnection> {
        let mut connection = connect(&self.address).await?;
        if !self.address.behind_pooler {
            connection
                .batch_execute(SESSION_SETTINGS)
                .await
                .map_err(couldnt_set_up)?;
        }
        self.sweeper.start();
        Ok(connection)
    }
}

/// A connection with diesel's settings and none of ours.
pub(super) async fn connect(address: &Address) -> ConnectionResult<AsyncPgConnection> {
    if address.behind_pooler {
        return connect_through_pooler(address).await;
    }
    let (client, connection) = address.connect().await.map_err(|error| refused(&error))?;
    AsyncPgConnection::try_from_client_and_connection(client, connection).await
}

/// A connection through a transaction pooler, which may give each transaction another session of the
/// server: diesel's own settings are prepared statements, so they need one transaction around them.
async fn connect_through_pooler(address: &Address) -> ConnectionResult<AsyncPgConnection> {
    let (client, connection) = address.connect().await.map_err(|error| refused(&error))?;
    tokio::spawn(async move {
        if let Err(error) = connection.await {
            tracing::debug!(%error, "a connection to PostgreSQL ended");
        }
    });
    client
        .batch_execute("BEGIN")
        .await
        .map_err(|error| refused(&error))?;
    let mut connection = AsyncPgConnection::try_from(client).await?;
    connection
        .batch_execute("COMMIT")
        .await
        .map_err(couldnt_set_up)?;
    connection.set_prepared_statement_cache_size(CacheSize::Disabled);
    Ok(connection)
}

fn refused(error: &tokio_postgres::Error) -> ConnectionError {
    let mut text = error.to_string();
    let mut cause = std::error::Error::source(error);
    while let Some(error) = cause {
        text = format!("{text}: {error}");
        cause = error.source();
    }
    ConnectionError::BadConnection(text)
}

fn couldnt_set_up(error: diesel::result::Error) -> ConnectionError {
    ConnectionError::CouldntSetupConfiguration(error)
}
