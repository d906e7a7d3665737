//! The store that the settings name.

use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

use async_trait::async_trait;
use secrecy::SecretString;
use tasklane_domain::error::StoreError;
use tasklane_domain::service::{ResyncService, TrashService};
use tasklane_infrastructure::copy::{self, Copied, CopyProgress};
use tasklane_infrastructure::local_notifier::LocalNotifier;
use tasklane_infrastructure::postgres::{Distributed, PostgresSettings, PostgresStore};
use tasklane_infrastructure::sqlite::{ServeLock, SqliteSettings, SqliteStore};
use tasklane_infrastructure::statistics::{PoolStats, StoreObserver};
use tasklane_infrastructure::system::SystemClock;

use super::StartError;
use super::inspection::Inspector;
use super::ports::Ports;
use crate::config::{DatabaseSettings, DatabaseUrl, Settings};
use crate::database::Database;

/// How often to look whether another process still serves from the file.
const LOCK_PAUSE: Duration = Duration::from_millis(100);

/// How long a copy waits for a program that has the file open.
const FILE_WAIT: Duration = Duration::from_secs(2);

/// An open store. Clones share it.
#[derive(Clone)]
pub struct Store(Adapter);

#[derive(Clone)]
enum Adapter {
    Sqlite(SqliteStore),
    Postgres(Box<PostgresStore>),
}

impl Store {
    /// Opens the store that the settings name. A `PostgreSQL` server that is down is no error: it is
    /// connected to on demand.
    ///
    /// # Errors
    /// The file cannot be opened, or the URL is malformed.
    pub fn open(settings: &Settings) -> Result<Self, StartError> {
        let database = &settings.database;
        let adapter = match &database.url {
            DatabaseUrl::Sqlite(path) => {
                Adapter::Sqlite(SqliteStore::open(&sqlite_settings(database, path))?)
            }
            DatabaseUrl::Postgres(url) => {
                let store = PostgresStore::open(&postgres_settings(database, url))?;
                Adapter::Postgres(Box::new(store))
            }
        };
        Ok(Self(adapter))
    }

    /// Opens the store for a command that makes none: it is there, and its schema is this program's.
    ///
    /// # Errors
    /// There is no such store, or it cannot be opened; or migrations are pending.
    pub async fn open_existing(settings: &Settings) -> Result<Self, StartError> {
        let Some(inspector) = Inspector::of(settings)? else {
            let file = settings.database.url.file().unwrap_or(Path::new(""));
            return Err(StartError::NoDatabase(file.to_owned()));
        };
        let migrations = inspector.migrations().await.map_err(StartError::Inspect)?;
        match migrations.newer {
            Some(newer) => Err(StartError::Newer(newer)),
            None if migrations.pending.is_empty() => Self::open(settings),
            None => Err(StartError::NotMigrated),
        }
    }

    /// Makes sure that the database can hold every text. A file always can.
    ///
    /// # Errors
    /// It cannot, or the server cannot be reached.
    pub async fn check(&self) -> Result<(), StartError> {
        match &self.0 {
            Adapter::Sqlite(_) => Ok(()),
            Adapter::Postgres(store) => Ok(store.check_encoding().await?),
        }
    }

    /// Whether anybody has a local account that is not disabled.
    ///
    /// # Errors
    /// The store cannot be asked.
    pub async fn has_account(&self) -> Result<bool, StoreError> {
        self.ports().directory.has_account().await
    }

    /// Applies pending migrations; gives their names.
    ///
    /// # Errors
    /// The store cannot be reached, or a migration failed.
    pub async fn migrate(&self) -> Result<Vec<String>, StartError> {
        Ok(match &self.0 {
            Adapter::Sqlite(store) => store.migrate().await?,
            Adapter::Postgres(store) => store.migrate().await?,
        })
    }

    /// The database, to be watched and closed.
    #[must_use]
    pub fn database(&self) -> Arc<dyn Database> {
        match self.0.clone() {
            Adapter::Sqlite(store) => Arc::new(store),
            Adapter::Postgres(store) => Arc::new(*store),
        }
    }

    /// Keeps the trash of this store no longer than the settings say.
    #[must_use]
    pub fn trash_service(&self, settings: &Settings) -> TrashService {
        let purger = self.ports().trash;
        TrashService::new(purger, Arc::new(SystemClock), settings.trash.retention)
    }

    /// Makes everybody who keeps a copy of tasks read them again.
    #[must_use]
    pub fn resync_service(&self) -> ResyncService {
        ResyncService::new(self.ports().resync)
    }

    /// Copies everything in a SQLite file into this store, which must be PostgreSQL, and migrates it
    /// first. With `resume`, it goes on with what an earlier attempt left here.
    ///
    /// # Errors
    /// Those of [`copy::CopyError`]; or this store is not PostgreSQL.
    pub async fn copy_from(
        &self,
        file: &Path,
        resume: bool,
        progress: &mut dyn CopyProgress,
    ) -> Result<Copied, StartError> {
        let Adapter::Postgres(store) = &self.0 else {
            return Err(StartError::NotCopiedInto);
        };
        let file = SqliteSettings {
            path: file.to_owned(),
            readers: 1,
            wait: FILE_WAIT,
        };
        Ok(copy::copy(&file, store, resume, progress).await?)
    }

    pub(super) fn ports(&self) -> Ports {
        match self.0.clone() {
            Adapter::Sqlite(store) => Ports::of(store, LocalNotifier::default()),
            Adapter::Postgres(store) => {
                let changes = store.notifier();
                Ports::of(*store, changes)
            }
        }
    }
}

#[async_trait]
impl Database for SqliteStore {
    fn pool_stats(&self) -> PoolStats {
        Self::pool_stats(self)
    }

    fn queued_writes(&self) -> Option<usize> {
        Some(self.writer_stats().queued)
    }

    fn observe(&self, observer: Arc<dyn StoreObserver>) {
        Self::observe(self, observer);
    }

    async fn close(&self) {
        Self::close(self).await;
    }
}

#[async_trait]
impl Database for PostgresStore {
    fn pool_stats(&self) -> PoolStats {
        Self::pool_stats(self)
    }

    fn queued_writes(&self) -> Option<usize> {
        Self::queued_writes(self)
    }

    fn observe(&self, observer: Arc<dyn StoreObserver>) {
        Self::observe(self, observer);
    }

    async fn close(&self) {}
}

/// Waits until no other process serves from the settings' database file, for `limit` at most, and
/// keeps others from it until the lock is dropped. `None` where the database is not a file.
///
/// # Errors
/// Another process still has the file, or it cannot be locked.
pub async fn serve_lock(
    settings: &Settings,
    limit: Duration,
) -> Result<Option<ServeLock>, StartError> {
    let DatabaseUrl::Sqlite(path) = &settings.database.url else {
        return Ok(None);
    };
    let file = sqlite_settings(&settings.database, path);
    let deadline = Instant::now() + limit;
    let mut warned = false;
    loop {
        if let Some(lock) = ServeLock::try_acquire(&file)? {
            return Ok(Some(lock));
        }
        if Instant::now() >= deadline {
            return Err(StartError::InUse(path.clone()));
        }
        if !warned {
            tracing::warn!(file = %path.display(), "waiting for another `tasklane serve` to stop");
            warned = true;
        }
        tokio::time::sleep(LOCK_PAUSE).await;
    }
}

/// Applies pending migrations, and spreads the tables over the machines of a Citus cluster.
///
/// # Errors
/// The store is not a Citus cluster, cannot be reached, or could not do it. Nothing was changed then.
pub async fn distribute(settings: &Settings) -> Result<Distributed, StartError> {
    let database = &settings.database;
    match &database.url {
        DatabaseUrl::Sqlite(_) => Err(StartError::OneFile),
        DatabaseUrl::Postgres(url) => {
            let store = PostgresStore::open(&postgres_settings(database, url))?;
            Ok(store.distribute().await?)
        }
    }
}

pub(super) fn sqlite_settings(database: &DatabaseSettings, path: &Path) -> SqliteSettings {
    SqliteSettings {
        path: path.to_owned(),
        readers: database.pool_size,
        wait: database.pool_wait,
    }
}

pub(super) fn postgres_settings(
    database: &DatabaseSettings,
    url: &SecretString,
) -> PostgresSettings {
    let direct_url = match &database.direct_url {
        Some(DatabaseUrl::Postgres(url)) => Some(url.clone()),
        _ => None,
    };
    PostgresSettings {
        url: url.clone(),
        direct_url,
        pool_size: database.pool_size,
        pool_wait: database.pool_wait,
        statement_cache: database.statement_cache,
    }
}
