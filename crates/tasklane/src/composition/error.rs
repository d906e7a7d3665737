use std::io;
use std::path::PathBuf;

use tasklane_domain::error::{BoxError, StoreError};
use tasklane_domain::port::HashError;
use tasklane_domain::service::{LoginError, PasswordError, RegistrationError};
use tasklane_infrastructure::{copy, postgres, sqlite};

use crate::config::{ListenAddress, SigningSecretError};

/// Why the program cannot do what it was started for.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// The signing key of local tokens cannot be obtained.
    #[error(transparent)]
    SigningSecret(#[from] SigningSecretError),
    /// A file that the settings name cannot be read.
    #[error("{setting}: cannot read {}", path.display())]
    File {
        /// The setting, and its variable if it has one.
        setting: String,
        /// The file.
        path: PathBuf,
        /// Why it cannot.
        source: io::Error,
    },
    /// The identity settings do not fit together.
    #[error("{0}")]
    Identity(String),
    /// Mail cannot be sent as the settings say.
    #[error("{setting} cannot be used")]
    Mail {
        /// The setting, and its variable.
        setting: String,
        /// Why it cannot.
        source: BoxError,
    },
    /// The password hasher cannot be set up.
    #[error(transparent)]
    Hasher(#[from] HashError),
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
    /// The database to copy into is a SQLite file.
    #[error("--to must name a PostgreSQL database")]
    NotCopiedInto,
    /// One file cannot be spread over machines.
    #[error(
        "--distribute is for PostgreSQL with Citus, and database.url (DATABASE_URL) names an \
         SQLite file"
    )]
    OneFile,
    /// There is no database file, and only `serve` and `migrate` make one.
    #[error(
        "there is no database file {0:?}: correct database.url (DATABASE_URL), or make one with \
         `tasklane migrate`"
    )]
    NoDatabase(PathBuf),
    /// The schema is not this program's.
    #[error("the database is not migrated: run `tasklane migrate` first")]
    NotMigrated,
    /// The schema is a newer program's.
    #[error("{0}")]
    Newer(String),
    /// Another process serves from the database file.
    #[error("another `tasklane serve` is using the database file {0:?}")]
    InUse(PathBuf),
    /// The store cannot be looked at.
    #[error("the store cannot be used")]
    Inspect(#[source] BoxError),
    /// The trash cannot be purged.
    #[error("the trash cannot be purged")]
    Purge(#[source] StoreError),
    /// Not everybody's copies have been made to begin again.
    #[error("not all users were resynced; run the command again")]
    Resync(#[source] StoreError),
    /// A user cannot be looked up or changed.
    #[error("the user cannot be looked up or changed")]
    User(#[source] StoreError),
    /// Nobody was signed in.
    #[error(transparent)]
    Login(#[from] LoginError),
    /// No account was made.
    #[error(transparent)]
    Registration(#[from] RegistrationError),
    /// No password was set.
    #[error(transparent)]
    Password(#[from] PasswordError),
    /// The threads cannot be started.
    #[error("the runtime cannot be started")]
    Runtime(#[source] io::Error),
    /// The address cannot be listened on.
    #[error("{setting}: cannot listen on {address}")]
    Listen {
        /// The setting and its variable.
        setting: String,
        /// Which address.
        address: ListenAddress,
        /// Why not.
        source: io::Error,
    },
    /// The OpenAPI document cannot be written.
    #[error("the OpenAPI document cannot be written")]
    Document(#[from] serde_json::Error),
    /// The metrics cannot be set up.
    #[error("metrics cannot be set up")]
    Metrics(#[from] metrics_exporter_prometheus::BuildError),
    /// The server ended with an error.
    #[error("the server failed")]
    Server(#[source] io::Error),
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
