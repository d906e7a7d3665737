//! The store as it is, for commands that look at it or copy it while others use it.

use std::path::Path;
use std::sync::Arc;

use tasklane_domain::clock::{Clock, Timestamp};
use tasklane_domain::error::BoxError;
use tasklane_infrastructure::postgres::PostgresInspector;
use tasklane_infrastructure::sqlite::{self, BackupError, MigrateError, SqliteInspector};
use tasklane_infrastructure::system::SystemClock;

use super::StartError;
use super::store::{postgres_settings, sqlite_settings};
use crate::config::{DatabaseUrl, Settings};
use crate::size::Size;

/// How much is told of what is wrong with a file.
const MOST_DAMAGE: u32 = 5;

/// Looks at the store and changes nothing.
pub(crate) enum Inspector {
    Sqlite(Arc<SqliteInspector>),
    Postgres(Box<PostgresInspector>),
}

/// What a store says of itself. What is `None` means nothing to that store.
pub(crate) struct StoreFacts {
    /// Which version and how large, for people.
    pub(crate) description: String,
    /// Whether it takes no writes.
    pub(crate) read_only: bool,
    /// The permission bits of its file.
    pub(crate) mode: Option<u32>,
    /// The size in bytes of the log beside its file.
    pub(crate) log_size: Option<u64>,
    /// How many connections it takes in all.
    pub(crate) max_connections: Option<u32>,
    /// The encoding of its texts, where there are several.
    pub(crate) encoding: Option<String>,
}

/// How the schema differs from the one that this program works with.
pub(crate) struct Migrations {
    /// The names of those that have yet to be applied.
    pub(crate) pending: Vec<String>,
    /// Why the schema is not for this program: a newer one has changed it.
    pub(crate) newer: Option<String>,
}

impl Inspector {
    /// An inspector of the store that the settings name; `None` for a file that is not there.
    pub(crate) fn of(settings: &Settings) -> Result<Option<Self>, StartError> {
        let database = &settings.database;
        match &database.url {
            DatabaseUrl::Sqlite(path) => {
                let inspector = SqliteInspector::of(&sqlite_settings(database, path))?;
                Ok(inspector.map(Arc::new).map(Self::Sqlite))
            }
            DatabaseUrl::Postgres(url) => {
                let inspector = PostgresInspector::of(&postgres_settings(database, url))?;
                Ok(Some(Self::Postgres(Box::new(inspector))))
            }
        }
    }

    /// Whether the store is there, and what it says of itself.
    pub(crate) async fn facts(&self) -> Result<StoreFacts, BoxError> {
        match self {
            Self::Sqlite(file) => {
                ask(file, |file| {
                    file.try_writing()?;
                    let files = file.files()?;
                    Ok(StoreFacts {
                        description: format!(
                            "SQLite, {} and {} of log",
                            Size(files.size),
                            Size(files.log_size)
                        ),
                        read_only: false,
                        mode: files.mode,
                        log_size: Some(files.log_size),
                        max_connections: None,
                        encoding: None,
                    })
                })
                .await
            }
            Self::Postgres(database) => {
                let server = database.server().await?;
                Ok(StoreFacts {
                    description: format!("PostgreSQL {}", server.version),
                    read_only: server.read_only,
                    mode: None,
                    log_size: None,
                    max_connections: Some(server.max_connections),
                    encoding: Some(server.encoding),
                })
            }
        }
    }

    /// Reads the whole file and gives what is wrong with it; `None` for a store that sees to that
    /// itself.
    pub(crate) async fn find_damage(&self) -> Result<Option<Vec<String>>, BoxError> {
        match self {
            Self::Sqlite(file) => ask(file, |file| Ok(Some(file.find_damage(MOST_DAMAGE)?))).await,
            Self::Postgres(_) => Ok(None),
        }
    }

    /// Which migrations stand between the store and this program.
    pub(crate) async fn migrations(&self) -> Result<Migrations, BoxError> {
        match self {
            Self::Sqlite(file) => {
                ask(file, |file| match file.pending_migrations() {
                    Ok(pending) => Ok(Migrations {
                        pending,
                        newer: None,
                    }),
                    Err(newer @ MigrateError::Newer { .. }) => Ok(Migrations {
                        pending: Vec::new(),
                        newer: Some(newer.to_string()),
                    }),
                    Err(error) => Err(error.into()),
                })
                .await
            }
            Self::Postgres(database) => {
                let applied = database.migrations().await?;
                let newer = applied.unknown.first().map(|version| {
                    MigrateError::Newer {
                        version: version.clone(),
                    }
                    .to_string()
                });
                Ok(Migrations {
                    pending: applied.pending,
                    newer,
                })
            }
        }
    }

    /// The store's own clock, if it has one.
    pub(crate) async fn clock(&self) -> Result<Option<Timestamp>, BoxError> {
        match self {
            Self::Sqlite(_) => Ok(None),
            Self::Postgres(database) => Ok(Some(database.clock().await?)),
        }
    }

    /// When anything was changed last, by the clock of that time. The schema must be up to date.
    pub(crate) async fn newest_entry(&self) -> Result<Option<Timestamp>, BoxError> {
        match self {
            Self::Sqlite(file) => ask(file, |file| Ok(file.newest_entry()?)).await,
            Self::Postgres(database) => Ok(database.newest_entry().await?),
        }
    }

    /// Whether anybody has a local account that is not disabled. The schema must be up to date.
    pub(crate) async fn has_account(&self) -> Result<bool, BoxError> {
        match self {
            Self::Sqlite(file) => ask(file, |file| Ok(file.has_account()?)).await,
            Self::Postgres(database) => Ok(database.has_account().await?),
        }
    }

    /// Whether migrations would run through what looks like a pooler.
    pub(crate) fn migrates_through_pooler(&self) -> bool {
        match self {
            Self::Sqlite(_) => false,
            Self::Postgres(database) => database.migrates_through_pooler(),
        }
    }
}

/// Asks a file on a thread that may block.
async fn ask<T: Send + 'static>(
    file: &Arc<SqliteInspector>,
    question: impl FnOnce(&SqliteInspector) -> Result<T, BoxError> + Send + 'static,
) -> Result<T, BoxError> {
    let file = Arc::clone(file);
    tokio::task::spawn_blocking(move || question(&file)).await?
}

/// This machine's clock.
pub(crate) fn now() -> Timestamp {
    SystemClock.now()
}

/// Copies the database file; see [`sqlite::back_up`]. `None` where the store is no file.
pub(crate) fn back_up(
    settings: &Settings,
    target: &Path,
    replace: bool,
) -> Option<Result<u64, BackupError>> {
    match &settings.database.url {
        DatabaseUrl::Sqlite(path) => {
            let source = sqlite_settings(&settings.database, path);
            Some(sqlite::back_up(&source, target, replace))
        }
        DatabaseUrl::Postgres(_) => None,
    }
}
