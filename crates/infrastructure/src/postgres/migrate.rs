//! Migrations: embedded, applied under a lock, all or none.

use diesel::migration::{Migration, MigrationSource, MigrationVersion};
use diesel::pg::Pg;
use diesel::sql_types::{BigInt, Bool, Text};
use diesel::{Connection, RunQueryDsl};
use diesel_async::AsyncPgConnection;
use diesel_async::async_connection_wrapper::AsyncConnectionWrapper;
use diesel_migrations::{EmbeddedMigrations, MigrationHarness, embed_migrations};
use tasklane_domain::error::Source;

use super::address::Address;
use super::connections::Connections;
use super::error::{Failure, MigrateError};
use super::pool::connect;

const MIGRATIONS: EmbeddedMigrations = embed_migrations!("../../migrations/postgres");

/// The advisory lock that whoever migrates holds; any number that nobody else uses.
const LOCK: i64 = 0x7461_736b_6c61_6e65;

type SyncConnection = AsyncConnectionWrapper<AsyncPgConnection>;

/// Applies what is pending and gives its names.
pub(super) async fn apply(address: &Address) -> Result<Vec<String>, MigrateError> {
    let looks_pooled = address.looks_pooled();
    run_locked(address, move |connection| {
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
    })
    .await
}

/// Reverts everything that was applied, newest first.
pub(super) async fn revert(address: &Address) -> Result<(), MigrateError> {
    run_locked(address, |connection| {
        connection.revert_all_migrations(MIGRATIONS).map(drop)
    })
    .await
}

/// How many migrations are not applied.
pub(super) async fn count_pending(connections: &Connections) -> Result<usize, Failure> {
    let exists = diesel::select(diesel::dsl::sql::<Bool>(
        "to_regclass('__diesel_schema_migrations') IS NOT NULL",
    ));
    let mut applied = Vec::new();
    if connections.read::<_, bool>(&exists).await? == [true] {
        let versions = diesel::dsl::sql::<Text>("SELECT version FROM __diesel_schema_migrations");
        applied = connections
            .read::<_, MigrationVersion<'static>>(&versions)
            .await?;
    }
    let known: Vec<Box<dyn Migration<Pg>>> = MIGRATIONS
        .migrations()
        .map_err(diesel::result::Error::DeserializationError)?;
    Ok(known
        .iter()
        .filter(|migration| !applied.contains(&migration.name().version()))
        .count())
}

/// Runs a job on a connection of its own, in one transaction, while no other process does. The lock
/// ends with the transaction, so that it also works through a transaction pooler.
async fn run_locked<T: Send + 'static>(
    address: &Address,
    job: impl FnOnce(&mut SyncConnection) -> Result<T, Source> + Send + 'static,
) -> Result<T, MigrateError> {
    let connection = connect(address)
        .await
        .map_err(|error| MigrateError::Connect(error.into()))?;
    let result = tokio::task::spawn_blocking(move || {
        SyncConnection::from(connection).transaction(|connection| {
            diesel::sql_query("SELECT pg_advisory_xact_lock($1)")
                .bind::<BigInt, _>(LOCK)
                .execute(connection)?;
            job(connection)
        })
    });
    result
        .await
        .map_err(|error| MigrateError::Failed(error.into()))?
        .map_err(MigrateError::Failed)
}
