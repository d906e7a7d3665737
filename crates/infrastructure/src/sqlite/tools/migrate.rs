//! The schema: bringing it up to date, and taking it away again.
//!
//! Each of these is one write like any other: the writer's transaction is the lock that keeps
//! processes that start at once from applying a migration twice.

use std::collections::HashSet;

use diesel::migration::{Migration, MigrationConnection, MigrationSource};
use diesel::prelude::*;
use diesel::sqlite::{Sqlite, SqliteConnection};
use diesel_migrations::{EmbeddedMigrations, MigrationHarness, embed_migrations};
use tasklane_domain::error::BoxError;

use crate::sqlite::SqliteStore;
use crate::sqlite::error::{MigrateError, TxError};
use crate::sqlite::schema::{__diesel_schema_migrations as applied_migrations, sqlite_schema};

const MIGRATIONS: EmbeddedMigrations = embed_migrations!("../../migrations/sqlite");

impl SqliteStore {
    /// Applies the migrations that are pending, all or none, and gives their names; then makes search
    /// keys again that another version has made. Safe to run on several processes at once.
    ///
    /// # Errors
    /// The database was changed by a newer version, a migration failed, or the store cannot do it.
    pub async fn migrate(&self) -> Result<Vec<String>, MigrateError> {
        let applied = self
            .writer()
            .run(|connection| {
                let pending = find_pending(connection)?;
                connection.setup()?;
                for migration in &pending {
                    connection.run_migration(migration).map_err(failed)?;
                }
                Ok(names(&pending))
            })
            .await?;
        self.renew_keys().await?;
        Ok(applied)
    }

    /// The names of the migrations that have yet to be applied.
    ///
    /// # Errors
    /// The database was changed by a newer version, or the store cannot do it.
    pub async fn pending_migrations(&self) -> Result<Vec<String>, MigrateError> {
        self.readers().run(name_pending).await
    }

    /// Reverts every migration, newest first, and so deletes all data: for tests of the migrations.
    ///
    /// # Errors
    /// As [`SqliteStore::migrate`].
    pub async fn revert_all(&self) -> Result<(), MigrateError> {
        self.writer()
            .run(|connection| {
                connection
                    .revert_all_migrations(MIGRATIONS)
                    .map_err(failed)?;
                Ok(())
            })
            .await
    }
}

/// The names of the migrations that have yet to be applied, oldest first. Reads only.
pub(crate) fn name_pending(
    connection: &mut SqliteConnection,
) -> Result<Vec<String>, TxError<MigrateError>> {
    Ok(names(&find_pending(connection)?))
}

pub(crate) type Pending = Vec<Box<dyn Migration<Sqlite>>>;

/// The migrations that have yet to be applied, oldest first. Reads only.
pub(crate) fn find_pending(
    connection: &mut SqliteConnection,
) -> Result<Pending, TxError<MigrateError>> {
    let mut applied = find_applied(connection)?;
    let mut known: Pending = MIGRATIONS.migrations().map_err(failed)?;
    known.sort_by_key(|migration| migration.name().version().as_owned());
    known.retain(|migration| !applied.remove(&migration.name().version().to_string()));
    match applied.into_iter().min() {
        Some(version) => Err(TxError(MigrateError::Newer { version })),
        None => Ok(known),
    }
}

fn find_applied(connection: &mut SqliteConnection) -> QueryResult<HashSet<String>> {
    let table = sqlite_schema::table
        .filter(sqlite_schema::name.eq("__diesel_schema_migrations"))
        .count()
        .get_result::<i64>(connection)?;
    if table == 0 {
        return Ok(HashSet::new());
    }
    let versions = applied_migrations::table.select(applied_migrations::version);
    Ok(versions.load(connection)?.into_iter().collect())
}

fn names(migrations: &Pending) -> Vec<String> {
    migrations
        .iter()
        .map(|migration| migration.name().to_string())
        .collect()
}

fn failed(error: BoxError) -> TxError<MigrateError> {
    TxError(MigrateError::Failed(error))
}
