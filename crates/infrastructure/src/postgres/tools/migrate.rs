//! Migrations: embedded, applied under a lock, all or none.

use diesel::dsl::sql;
use diesel::migration::{Migration, MigrationSource};
use diesel::pg::Pg;
use diesel::result::Error as QueryError;
use diesel::sql_types::{BigInt, Bool, Text};
use diesel::{Connection, QueryResult, RunQueryDsl};
use diesel_async::AsyncPgConnection;
use diesel_async::async_connection_wrapper::AsyncConnectionWrapper;
use diesel_migrations::{EmbeddedMigrations, MigrationHarness, embed_migrations};
use tasklane_domain::error::with_causes;

use crate::postgres::connection::address::Address;
use crate::postgres::connection::connections::Connections;
use crate::postgres::connection::distribution;
use crate::postgres::connection::pool::connect;
use crate::postgres::error::{MigrateError, PgError};

const MIGRATIONS: EmbeddedMigrations = embed_migrations!("../../migrations/postgres");

/// The advisory lock of a migration: any number that nobody else uses.
const LOCK: i64 = 0x7461_736b_6c61_6e65;

/// What a database and this program know of migrations.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Applied {
    /// The names of those that have yet to be applied, oldest first.
    pub pending: Vec<String>,
    /// The versions of those that were applied and that this program does not know: a newer one
    /// does.
    pub unknown: Vec<String>,
}

/// Whether anything was ever applied.
pub(crate) const IS_MIGRATED: &str = "SELECT to_regclass('__diesel_schema_migrations') IS NOT NULL";
/// The versions of what was applied; only where anything was.
pub(crate) const VERSIONS: &str = "SELECT version FROM __diesel_schema_migrations";

pub(crate) type SyncConnection = AsyncConnectionWrapper<AsyncPgConnection>;

/// What was done to a database, by name.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Distributed {
    /// The migrations that were applied.
    pub migrations: Vec<String>,
    /// The tables that were spread.
    pub tables: Vec<String>,
}

/// Applies what is pending and gives its names. Where the tables are spread, new ones are too.
pub(crate) async fn apply(address: &Address) -> Result<Vec<String>, MigrateError> {
    let looks_pooled = address.looks_pooled();
    run_locked(address, move |connection| {
        let applied = run_pending(connection, looks_pooled)?;
        distribution::complete(connection)?;
        Ok(applied)
    })
    .await
}

/// Applies what is pending and spreads the tables, both or neither.
pub(crate) async fn apply_and_distribute(address: &Address) -> Result<Distributed, MigrateError> {
    let looks_pooled = address.looks_pooled();
    run_locked(address, move |connection| {
        distribution::require_citus(connection)?;
        Ok(Distributed {
            migrations: run_pending(connection, looks_pooled)?,
            tables: distribution::spread(connection)?,
        })
    })
    .await
}

fn run_pending(
    connection: &mut SyncConnection,
    looks_pooled: bool,
) -> Result<Vec<String>, MigrateError> {
    let pending = connection.pending_migrations(MIGRATIONS)?;
    if looks_pooled && !pending.is_empty() {
        tracing::warn!(
            "migrations are about to run through what looks like a pooler; \
             database.direct_url (DIRECT_DATABASE_URL) is for the server itself"
        );
    }
    pending
        .iter()
        .map(|migration| {
            connection.run_migration(migration)?;
            Ok(migration.name().to_string())
        })
        .collect()
}

const ENCODING: &str = "SELECT current_setting('server_encoding')";

/// Fails unless the database's encoding is UTF-8.
pub(crate) async fn check_encoding(address: &Address) -> Result<(), MigrateError> {
    let mut connection = connect(address)
        .await
        .map_err(|error| MigrateError::Connect(error.into()))?;
    let encoding =
        diesel_async::AsyncConnection::transaction(&mut connection, async |connection| {
            let encoding = sql::<Text>(ENCODING);
            diesel_async::RunQueryDsl::get_result::<String>(encoding, connection).await
        });
    require_utf8(encoding.await?)
}

fn require_utf8(encoding: String) -> Result<(), MigrateError> {
    match encoding.as_str() {
        "UTF8" => Ok(()),
        _ => Err(MigrateError::Encoding(encoding)),
    }
}

/// PostgreSQL says in its message alone that a role may not make tables: diesel has no kind for it.
fn explained(error: MigrateError) -> MigrateError {
    match error {
        MigrateError::Failed(cause)
            if with_causes(&*cause).contains("permission denied for schema") =>
        {
            MigrateError::NotOwner(cause)
        }
        other => other,
    }
}

/// Reverts everything that was applied, newest first.
pub(crate) async fn revert(address: &Address) -> Result<(), MigrateError> {
    run_locked(address, |connection| {
        connection.revert_all_migrations(MIGRATIONS)?;
        Ok(())
    })
    .await
}

/// How many migrations are not applied.
pub(crate) async fn count_pending(connections: &Connections) -> Result<usize, PgError> {
    let exists = sql::<Bool>(IS_MIGRATED);
    let mut versions = Vec::new();
    if connections.query::<_, bool>(&exists).await? == [true] {
        let all = sql::<Text>(VERSIONS);
        versions = connections.query::<_, String>(&all).await?;
    }
    Ok(compare(versions)?.pending.len())
}

/// Holds the versions that a database says were applied against those that this program knows.
pub(crate) fn compare(mut applied: Vec<String>) -> QueryResult<Applied> {
    let mut known: Vec<Box<dyn Migration<Pg>>> = MIGRATIONS
        .migrations()
        .map_err(QueryError::DeserializationError)?;
    known.sort_by_key(|migration| migration.name().version().as_owned());
    let mut pending = Vec::new();
    for migration in known {
        let version = migration.name().version().to_string();
        match applied.iter().position(|applied| *applied == version) {
            Some(index) => drop(applied.swap_remove(index)),
            None => pending.push(migration.name().to_string()),
        }
    }
    applied.sort();
    Ok(Applied {
        pending,
        unknown: applied,
    })
}

/// Keeps every other process from migrating until the transaction ends.
pub(super) fn take_lock(connection: &mut SyncConnection) -> QueryResult<()> {
    diesel::sql_query("SELECT pg_advisory_xact_lock($1)")
        .bind::<BigInt, _>(LOCK)
        .execute(connection)?;
    Ok(())
}

/// Runs a job on a connection of its own, in one transaction, while no other process does. The lock
/// ends with the transaction, so that it also works through a transaction pooler.
async fn run_locked<T: Send + 'static>(
    address: &Address,
    job: impl FnOnce(&mut SyncConnection) -> Result<T, MigrateError> + Send + 'static,
) -> Result<T, MigrateError> {
    let connection = connect(address)
        .await
        .map_err(|error| MigrateError::Connect(error.into()))?;
    let result = tokio::task::spawn_blocking(move || {
        SyncConnection::from(connection).transaction(|connection| {
            take_lock(connection)?;
            require_utf8(sql::<Text>(ENCODING).get_result(connection)?)?;
            job(connection)
        })
    });
    result
        .await
        .map_err(|error| MigrateError::Failed(error.into()))?
        .map_err(explained)
}
