//! The composition root: the one place that names concrete adapters.

pub mod copying;
mod identity;
mod inspection;

use std::path::Path;
use std::sync::Arc;

use actix_web::web::Bytes;
use secrecy::SecretString;
use tasklane_domain::clock::Clock;
use tasklane_domain::id::IdGenerator;
use tasklane_domain::port::{
    AccountStore, ChangeNotifier, Readiness, SessionStore, TaskRepository, TrashPurger,
    UserRepository,
};
use tasklane_domain::service::{
    AccessService, AccountPolicy, AccountPorts, AccountService, LoginError, TaskService,
    TrashService, UserService,
};
use tasklane_domain::task::WriteRules;
use tasklane_infrastructure::copy;
use tasklane_infrastructure::hints::LocalNotifier;
use tasklane_infrastructure::postgres::{self, Distributed, PostgresSettings, PostgresStore};
use tasklane_infrastructure::sqlite::{self, SqliteSettings, SqliteStore};
use tasklane_infrastructure::system::{RandomIds, SystemClock};

use crate::config::{DatabaseSettings, DatabaseUrl, RegistrationPolicy, Settings};
use crate::health::Health;
use crate::housekeeping::Usage;
use crate::shutdown::Closing;

pub(crate) use tasklane_infrastructure::sqlite::BackupError;

use identity::Identity;
pub(crate) use identity::{check_signing_key, inspect_issuer};
pub(crate) use inspection::{Inspector, Migrations, StoreFacts, back_up, now};

pub use tasklane_infrastructure::statistics::{PoolStats, StoreObserver};

/// Why the process cannot begin its work.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// The signing key of local tokens cannot be had.
    #[error(transparent)]
    SigningSecret(#[from] crate::config::SigningSecretError),
    /// A file that the settings name cannot be read.
    #[error("{key} names a file that cannot be read")]
    File {
        /// The setting.
        key: String,
        /// Why it cannot.
        source: std::io::Error,
    },
    /// The identity settings do not fit together.
    #[error("{0}")]
    Identity(String),
    /// The password hasher cannot be set up.
    #[error(transparent)]
    Hasher(#[from] tasklane_domain::port::HashError),
    /// The `SQLite` file cannot be opened.
    #[error("database.url (DATABASE_URL) cannot be used")]
    Sqlite(#[from] sqlite::OpenError),
    /// The `PostgreSQL` settings cannot be used.
    #[error("database.url (DATABASE_URL) cannot be used")]
    Postgres(#[from] postgres::OpenError),
    /// The `SQLite` file cannot be migrated.
    #[error(transparent)]
    SqliteMigration(#[from] sqlite::MigrateError),
    /// The `PostgreSQL` database cannot be migrated.
    #[error(transparent)]
    PostgresMigration(#[from] postgres::MigrateError),
    /// The copy ended early.
    #[error(transparent)]
    Copy(#[from] copy::CopyError),
    /// Only PostgreSQL is copied into.
    #[error("the database to copy into is no PostgreSQL database")]
    NotCopiedInto,
    /// One file cannot be spread over machines.
    #[error(
        "--distribute is for PostgreSQL with Citus, and database.url (DATABASE_URL) names an \
         SQLite file"
    )]
    OneFile,
    /// The trash cannot be purged.
    #[error("the trash cannot be purged")]
    Purge(#[source] tasklane_domain::error::StoreError),
    /// A user cannot be looked up or changed.
    #[error("the user cannot be looked up or changed")]
    User(#[source] tasklane_domain::error::StoreError),
    /// Nobody was signed in.
    #[error(transparent)]
    Login(#[from] LoginError),
    /// The threads cannot be started.
    #[error("the runtime cannot be started")]
    Runtime(#[source] std::io::Error),
    /// The address cannot be listened on.
    #[error("cannot listen on {address}")]
    Listen {
        /// Which address.
        address: std::net::SocketAddr,
        /// Why not.
        source: std::io::Error,
    },
    /// The OpenAPI document cannot be written.
    #[error("the OpenAPI document cannot be written")]
    Document(#[from] serde_json::Error),
    /// The metrics cannot be set up.
    #[error("metrics cannot be set up: {0}")]
    Metrics(String),
    /// The server ended with an error.
    #[error("the server failed")]
    Server(#[source] std::io::Error),
}

impl StartError {
    /// Whether waiting may help: the database cannot be reached at present.
    #[must_use]
    pub fn is_outage(&self) -> bool {
        matches!(
            self,
            Self::PostgresMigration(postgres::MigrateError::Connect(_))
        )
    }
}

/// The store that the settings name.
#[derive(Clone)]
pub enum Store {
    /// One file.
    Sqlite(SqliteStore),
    /// A database server.
    Postgres(Box<PostgresStore>),
}

impl Store {
    /// Opens the store. A `PostgreSQL` that is down is no error: it is connected to on demand.
    ///
    /// # Errors
    /// The file cannot be opened, or the URL is malformed.
    pub fn open(settings: &Settings) -> Result<Self, StartError> {
        let database = &settings.database;
        match &database.url {
            DatabaseUrl::Sqlite(path) => {
                let settings = sqlite_settings(database, path);
                Ok(Self::Sqlite(SqliteStore::open(&settings)?))
            }
            DatabaseUrl::Postgres(url) => {
                let settings = postgres_settings(database, url);
                Ok(Self::Postgres(Box::new(PostgresStore::open(&settings)?)))
            }
        }
    }

    /// Applies pending migrations; gives their names.
    ///
    /// # Errors
    /// The store cannot be reached, or a migration failed.
    pub async fn migrate(&self) -> Result<Vec<String>, StartError> {
        Ok(match self {
            Self::Sqlite(store) => store.migrate().await?,
            Self::Postgres(store) => store.migrate().await?,
        })
    }

    /// Its connections, now.
    #[must_use]
    pub fn pool_stats(&self) -> PoolStats {
        match self {
            Self::Sqlite(store) => store.pool_stats(),
            Self::Postgres(store) => store.pool_stats(),
        }
    }

    /// Writes that wait to be committed together; `None` where each is committed by itself.
    #[must_use]
    pub fn queued_writes(&self) -> Option<usize> {
        match self {
            Self::Sqlite(store) => Some(store.writer_stats().queued),
            Self::Postgres(store) => store.queued_writes(),
        }
    }

    /// Tells `observer` from now on what happens in the store.
    pub fn observe(&self, observer: Arc<dyn StoreObserver>) {
        match self {
            Self::Sqlite(store) => store.observe(observer),
            Self::Postgres(store) => store.observe(observer),
        }
    }

    /// Closes the store, so that the file is left tidy. A database server needs no farewell.
    pub async fn close(&self) {
        match self {
            Self::Sqlite(store) => store.close().await,
            Self::Postgres(_) => {}
        }
    }

    /// Keeps the trash of this store no longer than the settings say.
    #[must_use]
    pub fn trash_service(self, settings: &Settings) -> TrashService {
        let purger: Arc<dyn TrashPurger> = match self {
            Self::Sqlite(store) => Arc::new(store),
            Self::Postgres(store) => Arc::new(*store),
        };
        TrashService::new(purger, Arc::new(SystemClock), settings.trash.retention)
    }

    fn ports(self) -> Ports {
        match self {
            Self::Sqlite(store) => Ports::of(store, LocalNotifier::default()),
            Self::Postgres(store) => Ports::of((*store).clone(), store.hints()),
        }
    }
}

/// Applies pending migrations, and spreads the tables over the machines of a Citus cluster.
///
/// # Errors
/// The store is no Citus cluster, cannot be reached, or could not do it. Nothing was changed then.
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

fn sqlite_settings(database: &DatabaseSettings, path: &Path) -> SqliteSettings {
    SqliteSettings {
        path: path.to_owned(),
        readers: database.pool_size,
        wait: database.pool_wait,
    }
}

fn postgres_settings(database: &DatabaseSettings, url: &SecretString) -> PostgresSettings {
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

/// A store, behind the ports that it implements.
struct Ports {
    tasks: Arc<dyn TaskRepository>,
    hints: Arc<dyn ChangeNotifier>,
    users: Arc<dyn UserRepository>,
    accounts: Arc<dyn AccountStore>,
    sessions: Arc<dyn SessionStore>,
    readiness: Arc<dyn Readiness>,
}

impl Ports {
    fn of<S>(store: S, hints: impl ChangeNotifier + 'static) -> Self
    where
        S: TaskRepository
            + UserRepository
            + AccountStore
            + SessionStore
            + TrashPurger
            + Readiness
            + Clone
            + 'static,
    {
        let store = Arc::new(store);
        Self {
            tasks: store.clone(),
            hints: Arc::new(hints),
            users: store.clone(),
            accounts: store.clone(),
            sessions: store.clone(),
            readiness: store,
        }
    }
}

/// What handlers hold.
#[derive(Clone)]
pub struct AppState {
    /// What users do with tasks.
    pub tasks: TaskService,
    /// What happens to deleted tasks in the end.
    pub trash: TrashService,
    /// What people do with local accounts.
    pub accounts: AccountService,
    /// What users do with their own profile.
    pub users: UserService,
    /// Who calls.
    pub access: AccessService,
    /// Whether the server can serve.
    pub health: Health,
    /// Whether the server is used.
    pub usage: Usage,
    /// Whether the server stops.
    pub closing: Closing,
    /// Makes request ids.
    pub ids: Arc<dyn IdGenerator>,
    /// The JWK set of local tokens, as JSON.
    pub signing_keys: Bytes,
}

impl AppState {
    /// Puts everything together.
    ///
    /// # Errors
    /// A key or secret cannot be had or used.
    pub fn build(settings: &Settings, store: Store) -> Result<Self, StartError> {
        let trash = store.clone().trash_service(settings);
        let ports = store.ports();
        let clock: Arc<dyn Clock> = Arc::new(SystemClock);
        let ids: Arc<dyn IdGenerator> = Arc::new(RandomIds);
        let identity = Identity::build(settings, ports.users.clone())?;
        let accounts = AccountService::new(
            AccountPorts {
                accounts: ports.accounts,
                sessions: ports.sessions,
                hasher: identity.hasher,
                tokens: identity.signer,
                gate: identity.gate.clone(),
                ids: ids.clone(),
                secrets: identity.secrets,
                clock: clock.clone(),
            },
            account_policy(settings),
        );
        let rules = write_rules(settings);
        Ok(Self {
            tasks: TaskService::new(ports.tasks, ports.hints, clock.clone(), ids.clone(), rules),
            trash,
            users: UserService::new(
                ports.users,
                accounts.clone(),
                identity.gate.clone(),
                clock.clone(),
            ),
            access: AccessService::new(identity.verifier, identity.gate, clock),
            accounts,
            health: Health::new(ports.readiness),
            usage: Usage::default(),
            closing: Closing::default(),
            ids,
            signing_keys: identity.signing_keys.into(),
        })
    }
}

fn account_policy(settings: &Settings) -> AccountPolicy {
    AccountPolicy {
        registration_open: settings.auth.registration == RegistrationPolicy::Open,
        access_lifetime: settings.auth.access_ttl,
        session_lifetime: settings.auth.refresh_ttl,
    }
}

pub(crate) fn write_rules(settings: &Settings) -> WriteRules {
    WriteRules {
        quota: Some(settings.quota.tasks_per_user).filter(|quota| *quota > 0),
        require_precondition: settings.api.require_if_match,
    }
}
