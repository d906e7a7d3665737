use std::io;
use std::net::SocketAddr;

use tasklane_domain::error::StoreError;
use tasklane_domain::port::HashError;
use tasklane_domain::service::LoginError;
use tasklane_infrastructure::{copy, postgres, sqlite};

use crate::config::SigningSecretError;

/// Why the program cannot do what it was started for.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// The signing key of local tokens cannot be obtained.
    #[error(transparent)]
    SigningSecret(#[from] SigningSecretError),
    /// A file that the settings name cannot be read.
    #[error("{key} names a file that cannot be read")]
    File {
        /// The setting.
        key: String,
        /// Why it cannot.
        source: io::Error,
    },
    /// The identity settings do not fit together.
    #[error("{0}")]
    Identity(String),
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
    /// The trash cannot be purged.
    #[error("the trash cannot be purged")]
    Purge(#[source] StoreError),
    /// A user cannot be looked up or changed.
    #[error("the user cannot be looked up or changed")]
    User(#[source] StoreError),
    /// Nobody was signed in.
    #[error(transparent)]
    Login(#[from] LoginError),
    /// The threads cannot be started.
    #[error("the runtime cannot be started")]
    Runtime(#[source] io::Error),
    /// The address cannot be listened on.
    #[error("cannot listen on {address}")]
    Listen {
        /// Which address.
        address: SocketAddr,
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
