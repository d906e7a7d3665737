//! What can be known of a server without changing anything.

use chrono::{DateTime, Utc};
use diesel::dsl::sql;
use diesel::result::{ConnectionError, Error as QueryError};
use diesel::sql_types::{Bool, Integer, Nullable, Text, Timestamptz};
use diesel_async::{AsyncConnection, AsyncPgConnection, RunQueryDsl};
use secrecy::ExposeSecret;
use tasklane_domain::clock::Timestamp;

use super::migrate::{Applied, IS_MIGRATED, VERSIONS, compare};
use crate::postgres::PostgresSettings;
use crate::postgres::connection::address::Address;
use crate::postgres::connection::pool::{Plans, connect, set_up_session};
use crate::postgres::error::OpenError;

const SERVER: &str = "SELECT current_setting('server_version'), \
     current_setting('transaction_read_only')::bool, current_setting('max_connections')::int, \
     current_setting('server_encoding')";

/// The tables in which something changes with every write.
const NEWEST: &str = "SELECT max(at) FROM (\
     SELECT max(updated_at) AS at FROM users \
     UNION ALL SELECT max(last_used_at) FROM sessions \
     UNION ALL SELECT max(updated_at) FROM tasks) AS newest";

/// Whether anybody has a local account that is not disabled.
const HAS_ACCOUNT: &str = "SELECT EXISTS (\
     SELECT FROM accounts JOIN users ON users.id = accounts.user_id \
     WHERE users.erased_at IS NULL AND users.disabled_at IS NULL)";

/// Looks at a database. Nothing is changed or migrated; each question is asked on a connection of its
/// own, so that none waits for another, and may take as long as any statement.
#[derive(Debug, Clone)]
pub struct PostgresInspector {
    address: Address,
    direct: Option<Address>,
}

/// What a server says of itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PostgresServer {
    /// Its version, such as `15.14 (Debian 15.14-0+deb12u1)`.
    pub version: String,
    /// Whether it takes no writes, because it is a standby or was told so.
    pub read_only: bool,
    /// How many connections it takes in all.
    pub max_connections: u32,
    /// The database's encoding, such as `UTF8`.
    pub encoding: String,
}

/// Why a question was not answered.
#[derive(Debug, thiserror::Error)]
pub enum InspectError {
    /// The server cannot be reached, or does not let us in.
    #[error("cannot connect to PostgreSQL")]
    Connect(#[from] ConnectionError),
    /// The server refused the question, or gave up on it.
    #[error("PostgreSQL does not answer")]
    Query(#[from] QueryError),
}

impl PostgresInspector {
    /// An inspector of the database that the settings name. The server need not be up.
    ///
    /// # Errors
    /// The settings are wrong.
    pub fn of(settings: &PostgresSettings) -> Result<Self, OpenError> {
        let mut address = Address::parse(settings.url.expose_secret())?;
        address.behind_pooler |= !settings.statement_cache;
        let direct = settings.direct_url.as_ref();
        Ok(Self {
            address,
            direct: direct
                .map(|url| Address::parse(url.expose_secret()))
                .transpose()?,
        })
    }

    /// Whether migrations would run through what looks like a pooler.
    #[must_use]
    pub fn migrates_through_pooler(&self) -> bool {
        self.direct.as_ref().unwrap_or(&self.address).looks_pooled()
    }

    /// Asks the server that requests go to about itself.
    ///
    /// # Errors
    /// It cannot be reached or does not answer.
    pub async fn server(&self) -> Result<PostgresServer, InspectError> {
        let (version, read_only, max_connections, encoding) = connect(&self.address)
            .await?
            .transaction(async |connection| {
                sql::<(Text, Bool, Integer, Text)>(SERVER)
                    .get_result::<(String, bool, i32, String)>(connection)
                    .await
            })
            .await?;
        Ok(PostgresServer {
            version,
            read_only,
            max_connections: max_connections.unsigned_abs(),
            encoding,
        })
    }

    /// Which migrations were applied and which were not, by the connection that migrations take.
    ///
    /// # Errors
    /// The server cannot be reached or does not answer.
    pub async fn migrations(&self) -> Result<Applied, InspectError> {
        let mut connection = connect(self.direct.as_ref().unwrap_or(&self.address)).await?;
        let applied = connection.transaction(async |connection| {
            let exists = sql::<Bool>(IS_MIGRATED);
            let mut versions = Vec::new();
            if exists.get_result::<bool>(connection).await? {
                let all = sql::<Text>(VERSIONS);
                versions = all.load::<String>(connection).await?;
            }
            compare(versions)
        });
        Ok(applied.await?)
    }

    /// The server's clock.
    ///
    /// # Errors
    /// The server cannot be reached or does not answer.
    pub async fn clock(&self) -> Result<Timestamp, InspectError> {
        let mut connection = connect(&self.address).await?;
        let now = connection.transaction(async |connection| {
            sql::<Timestamptz>("SELECT clock_timestamp()")
                .get_result::<DateTime<Utc>>(connection)
                .await
        });
        Ok(Timestamp::new(now.await?))
    }

    /// Whether anybody has a local account that is not disabled. The schema must be up to date.
    ///
    /// # Errors
    /// The server cannot be reached or does not answer.
    pub async fn has_account(&self) -> Result<bool, InspectError> {
        let mut connection = connect(&self.address).await?;
        let found = connection.transaction(async |connection| {
            let found = sql::<Bool>(HAS_ACCOUNT);
            found.get_result::<bool>(connection).await
        });
        Ok(found.await?)
    }

    /// The latest instant at which anything was changed, by the clocks of that time. The schema must
    /// be up to date. Reads every task.
    ///
    /// # Errors
    /// The server cannot be reached, or gives up on that many tasks.
    pub async fn newest_entry(&self) -> Result<Option<Timestamp>, InspectError> {
        let mut session = set_up_session(&self.address, Plans::Auto).await?;
        let newest = session
            .client()
            .transaction(async |connection: &mut AsyncPgConnection| {
                sql::<Nullable<Timestamptz>>(NEWEST)
                    .get_result::<Option<DateTime<Utc>>>(connection)
                    .await
            });
        Ok(newest.await?.map(Timestamp::new))
    }
}
