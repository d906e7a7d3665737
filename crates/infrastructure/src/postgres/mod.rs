//! PostgreSQL.
//!
//! A write loads what it must see, lets the domain decide, and stores whole rows if the owner is then
//! still at the version that was loaded: no rule stands in SQL. Statements that do more than the query builder can say are in the room's `sql/`, one a file.
//!
//! - `connection`: how statements reach the server.
//! - `task`, `account`, `user`, `notify`: a room for each concern, with its ports, its rows and
//!   its statements.
//! - `tools`: what is done to the database as a whole: migrations, inspection, tests.

mod account;
pub(crate) mod connection;
mod error;
mod notify;
mod schema;
mod task;
mod tools;
mod user;

use std::sync::Arc;
use std::time::Duration;

use secrecy::{ExposeSecret, SecretString};

use connection::address::Address;
use connection::connections::Connections;
use task::write::TaskWriter;
use tools::{migrate, search_keys};

use crate::statistics::{PoolStats, StoreObserver};

pub use error::{MigrateError, NoCitus, OpenError};
pub use notify::PostgresNotifier;
pub use tools::inspector::{InspectError, PostgresInspector, PostgresServer};
pub use tools::migrate::{Applied, Distributed};
#[cfg(feature = "testing")]
pub use tools::{measuring, testing};

/// How to reach a PostgreSQL server and how to use it.
#[derive(Debug, Clone)]
pub struct PostgresSettings {
    /// `postgres://user:password@host:port/database?parameters`, with libpq's `sslmode` and
    /// `sslrootcert`.
    pub url: SecretString,
    /// The same database without a pooler before it, for migrations; `url`, if `None`.
    pub direct_url: Option<SecretString>,
    /// Most connections at once; readiness has one more.
    pub pool_size: usize,
    /// How long a caller waits for a connection before the store counts as unavailable.
    pub pool_wait: Duration,
    /// Whether connections keep prepared statements. To be switched off behind a pooler that gives
    /// each transaction another session, at the cost of three more round trips a statement.
    pub statement_cache: bool,
}

/// All of the domain's stores on one PostgreSQL database. Clones share the connections.
#[derive(Clone)]
pub struct PostgresStore {
    pub(crate) connections: Connections,
    pub(crate) tasks: TaskWriter,
    /// Where migrations run.
    pub(crate) direct: Address,
}

impl PostgresStore {
    /// Sets up the store. The server need not be up: connections are made when they are needed. They
    /// live on the tokio runtime that this is called on.
    ///
    /// # Errors
    /// The settings are wrong, or there is no runtime.
    pub fn open(settings: &PostgresSettings) -> Result<Self, OpenError> {
        let mut address = Address::parse(settings.url.expose_secret())?;
        address.behind_pooler |= !settings.statement_cache;
        let direct = match &settings.direct_url {
            Some(url) => Address::parse(url.expose_secret())?,
            None => address.clone(),
        };
        address.warn_of_ignored("database.url (DATABASE_URL)");
        if settings.direct_url.is_some() {
            direct.warn_of_ignored("database.direct_url (DIRECT_DATABASE_URL)");
        }
        let connections = Connections::new(&address, settings.pool_size, settings.pool_wait)?;
        Ok(Self {
            tasks: TaskWriter::start(&connections),
            connections,
            direct,
        })
    }

    /// The connections, now; those that listen or migrate are not among them.
    #[must_use]
    pub fn pool_stats(&self) -> PoolStats {
        self.connections.stats()
    }

    /// Writes that wait to be committed together with others; `None` where none is, since a
    /// transaction pooler stands between.
    #[must_use]
    pub fn queued_writes(&self) -> Option<usize> {
        self.tasks.queued()
    }

    /// Tells `observer` from now on what happens; the first that is named stays.
    pub fn observe(&self, observer: Arc<dyn StoreObserver>) {
        self.connections.observation().begin(observer);
    }

    /// Applies the migrations that are pending and gives their names, in order; then makes search
    /// keys again that another version has made. Several processes may do so at once: one does it,
    /// and the others wait for it.
    ///
    /// # Errors
    /// The server cannot be reached, or a migration failed; then none was applied.
    pub async fn migrate(&self) -> Result<Vec<String>, MigrateError> {
        let applied = migrate::apply(&self.direct).await?;
        search_keys::renew(&self.direct).await?;
        Ok(applied)
    }

    /// Applies the migrations that are pending, and spreads the tables over the machines of a Citus
    /// cluster as far as they are not: each user's rows together. Reads and writes of the tables
    /// wait meanwhile.
    ///
    /// # Errors
    /// The server cannot be reached, has no Citus, or could not do it; then nothing was changed.
    pub async fn distribute(&self) -> Result<Distributed, MigrateError> {
        let distributed = migrate::apply_and_distribute(&self.direct).await?;
        search_keys::renew(&self.direct).await?;
        Ok(distributed)
    }

    /// Makes sure that the database's encoding is UTF-8: in another one, texts of users cannot be
    /// stored.
    ///
    /// # Errors
    /// It is not, or the server cannot be reached.
    pub async fn check_encoding(&self) -> Result<(), MigrateError> {
        migrate::check_encoding(&self.direct).await
    }

    /// Reverts every migration: all data is lost.
    ///
    /// # Errors
    /// The server cannot be reached, or a migration could not be reverted; then none was.
    pub async fn revert_all(&self) -> Result<(), MigrateError> {
        migrate::revert(&self.direct).await
    }
}
