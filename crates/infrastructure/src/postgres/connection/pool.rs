//! Connections: made on demand, kept for a while, never waited for without bound.

use std::sync::Arc;
use std::time::Duration;

use deadpool::managed::{self, Metrics, Object, Pool, QueueMode, RecycleError, RecycleResult};
use diesel::connection::CacheSize;
use diesel::result::{ConnectionError, ConnectionResult};
use diesel_async::pooled_connection::PoolableConnection;
use diesel_async::{AsyncConnection, AsyncPgConnection, SimpleAsyncConnection};
use tokio::runtime::Handle;
use tokio_postgres::Client;

use super::address::Address;
use super::driver::Driver;
use super::sweeper::Sweeper;
use crate::postgres::error::{OpenError, PgError};
use crate::statistics::{Observation, PoolStats};

/// After which time without use a connection is given up: hosted databases drop idle ones, or put
/// the server to sleep, after five minutes.
const IDLE: Duration = Duration::from_mins(4);
/// After which age a connection is given up, so that a server that was added or moved is found.
const OLD: Duration = Duration::from_mins(30);

/// Settings of a session: bounds on what the server does for one statement, and on how long it waits
/// for the next one of a transaction; and the isolation level that statements are written for,
/// whatever the server's default is.
const SESSION_SETTINGS: &str = "SET statement_timeout = '10s'; \
     SET idle_in_transaction_session_timeout = '20s'; \
     SET default_transaction_isolation = 'read committed'";

/// Statements that find all rows by their keys: they are planned once, since to plan one of many
/// arrays takes longer than to run it, and never read a whole table, however few rows it has. So
/// owners are also locked in the order in which they are named.
const BY_KEYS: &str = "SET plan_cache_mode = force_generic_plan; SET enable_seqscan = off; \
    SET enable_hashjoin = off; SET enable_mergejoin = off";

/// How the server plans prepared statements.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Plans {
    /// Each time for its values, where the server believes that this pays.
    Auto,
    /// Once, for statements that find all rows by their keys.
    ByKeys,
}

/// A bounded number of connections to one server.
#[derive(Clone)]
pub(crate) struct ConnectionPool {
    pool: Pool<Manager>,
    wait: Duration,
    home: Handle,
    observation: Observation,
}

impl ConnectionPool {
    /// A pool of at most `size` connections, none of which is made yet. Callers wait for one up to
    /// `wait`.
    pub(crate) fn new(
        address: Address,
        size: usize,
        wait: Duration,
        plans: Plans,
        observation: Observation,
    ) -> Result<Self, OpenError> {
        let home = Handle::try_current().map_err(|error| OpenError::Pool(error.into()))?;
        let sweeper = Sweeper::default();
        let manager = Manager {
            address: Arc::new(address),
            plans,
            sweeper: sweeper.clone(),
            home: home.clone(),
        };
        let pool = Pool::builder(manager)
            .max_size(size)
            // The rest can grow old and be given up.
            .queue_mode(QueueMode::Lifo)
            .build()
            .map_err(|error| OpenError::Pool(error.into()))?;
        sweeper.watch(&pool);
        Ok(Self {
            pool,
            wait,
            home,
            observation,
        })
    }

    /// Where the server is.
    pub(super) fn address(&self) -> &Address {
        &self.pool.manager().address
    }

    /// Where connections live. Whoever uses one may be on a runtime that ends sooner, as the workers
    /// of a web server are; what must outlive them runs here.
    pub(crate) fn home(&self) -> &Handle {
        &self.home
    }

    /// Where an observer can be named.
    pub(crate) fn observation(&self) -> &Observation {
        &self.observation
    }

    /// How long callers wait for a connection.
    pub(crate) fn wait(&self) -> Duration {
        self.wait
    }

    pub(crate) fn stats(&self) -> PoolStats {
        PoolStats::of(&self.pool.status())
    }

    /// A connection that was not dead a moment ago; dead ones are thrown away on the way.
    pub(crate) async fn get(&self) -> Result<Pooled, PgError> {
        let connection = tokio::time::timeout(self.wait, self.pool.get());
        match self.observation.wait(connection).await {
            Ok(Ok(connection)) => Ok(Pooled(connection)),
            Ok(Err(error)) => Err(PgError::Connect(error.into())),
            Err(_) => Err(PgError::NoConnection(self.wait)),
        }
    }
}

/// A connection on loan.
pub(crate) struct Pooled(Object<Manager>);

impl Pooled {
    /// The connection itself.
    pub(crate) fn client(&mut self) -> &mut AsyncPgConnection {
        &mut self.0.client
    }

    /// Whether it is dead or in the middle of something.
    pub(crate) fn is_broken(&mut self) -> bool {
        self.0.client.is_broken()
    }

    /// Whether it was waiting in the pool before, and so may have died there.
    pub(crate) fn is_reused(&self) -> bool {
        Object::metrics(&self.0).recycle_count > 0
    }

    /// Whether it died there, so that nothing was sent over it this time.
    pub(crate) fn died_in_pool(&self) -> bool {
        self.is_reused() && self.0.driver.ended_idle()
    }

    /// Ends it, whatever it is at; nobody is given it again.
    pub(crate) fn end(&mut self) {
        self.0.ended = true;
        self.0.driver.stop();
    }
}

/// A transaction that was given up half-way is over at once, with its locks.
impl Drop for Pooled {
    fn drop(&mut self) {
        if self.is_broken() {
            self.end();
        }
    }
}

/// A connection with what drives it.
pub(crate) struct Session {
    client: AsyncPgConnection,
    driver: Driver,
    ended: bool,
}

impl Session {
    /// The connection itself.
    pub(crate) fn client(&mut self) -> &mut AsyncPgConnection {
        &mut self.client
    }

    /// The connection itself, for statements that follow each other without waiting for answers.
    pub(crate) fn shared_client(&self) -> &AsyncPgConnection {
        &self.client
    }

    /// Whether nothing drives it any more.
    pub(crate) fn has_ended(&self) -> bool {
        self.driver.has_ended()
    }

    /// Ends it, whatever it is at.
    pub(crate) fn stop(&self) {
        self.driver.stop();
    }
}

/// Makes connections, and looks at them before they are used again.
pub(crate) struct Manager {
    address: Arc<Address>,
    plans: Plans,
    sweeper: Sweeper,
    home: Handle,
}

impl managed::Manager for Manager {
    type Type = Session;
    type Error = ConnectionError;

    async fn create(&self) -> ConnectionResult<Session> {
        // What waits for its turn ends with its caller; what connects does not.
        self.address.backoff.attempt(self.make()).await
    }

    async fn recycle(
        &self,
        session: &mut Session,
        metrics: &Metrics,
    ) -> RecycleResult<ConnectionError> {
        // Nothing is sent: a dead connection mostly shows on its own.
        if session.ended || session.client.is_broken() || !is_fresh(metrics) {
            return Err(RecycleError::message("dead or old"));
        }
        Ok(())
    }
}

impl Manager {
    async fn make(&self) -> ConnectionResult<Session> {
        let (address, sweeper) = (Arc::clone(&self.address), self.sweeper.clone());
        let plans = self.plans;
        let making = self.home.spawn(async move {
            let session = set_up_session(&address, plans).await?;
            sweeper.start();
            Ok(session)
        });
        making
            .await
            .unwrap_or_else(|error| Err(ConnectionError::BadConnection(error.to_string())))
    }
}

/// Whether a connection may still be used.
pub(crate) fn is_fresh(metrics: &Metrics) -> bool {
    is_young(metrics.last_used(), metrics.age())
}

/// Whether a connection that was unused for so long and is so old may still be used.
pub(crate) fn is_young(unused: Duration, age: Duration) -> bool {
    unused < IDLE && age < OLD
}

/// A connection outside any pool, with diesel's settings and none of ours.
pub(crate) async fn connect(address: &Address) -> ConnectionResult<AsyncPgConnection> {
    let session = start_session(address, async |_| Ok(())).await?;
    Ok(session.client)
}

/// A connection with diesel's settings and ours.
pub(crate) async fn set_up_session(address: &Address, plans: Plans) -> ConnectionResult<Session> {
    start_session(address, async |client| {
        if !address.behind_pooler {
            client.batch_execute(SESSION_SETTINGS).await?;
            if plans == Plans::ByKeys {
                client.batch_execute(BY_KEYS).await?;
            }
            address.distribution.look(client).await?;
        }
        Ok(())
    })
    .await
}

async fn start_session(
    address: &Address,
    prepare: impl AsyncFnOnce(&Client) -> Result<(), tokio_postgres::Error>,
) -> ConnectionResult<Session> {
    let (client, connection) = address
        .connect()
        .await
        .map_err(|error| refused(address, &error))?;
    let driver = Driver::start(connection);
    prepare(&client)
        .await
        .map_err(|error| refused(address, &error))?;
    if !address.behind_pooler {
        let client = AsyncPgConnection::try_from(client).await?;
        return Ok(Session {
            client,
            driver,
            ended: false,
        });
    }
    // Each transaction may get another session of the server, and diesel's settings are statements
    // that it prepares and then runs: they need one transaction around both.
    client
        .batch_execute("BEGIN")
        .await
        .map_err(|error| refused(address, &error))?;
    let mut client = AsyncPgConnection::try_from(client).await?;
    client
        .batch_execute("COMMIT")
        .await
        .map_err(couldnt_set_up)?;
    client.set_prepared_statement_cache_size(CacheSize::Disabled);
    Ok(Session {
        client,
        driver,
        ended: false,
    })
}

fn refused(address: &Address, error: &tokio_postgres::Error) -> ConnectionError {
    ConnectionError::BadConnection(address.explain(error))
}

fn couldnt_set_up(error: diesel::result::Error) -> ConnectionError {
    ConnectionError::CouldntSetupConfiguration(error)
}
