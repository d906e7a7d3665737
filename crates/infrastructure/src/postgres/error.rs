//! What can go wrong between this process and the server.

use std::sync::Arc;
use std::time::Duration;

use diesel::result::{DatabaseErrorKind, Error as QueryError};
use tasklane_domain::error::{BoxError, StoreError};

/// Why PostgreSQL gave no answer.
#[derive(Debug, thiserror::Error)]
pub(crate) enum PgError {
    /// All connections were busy, or none could be made, for as long as callers wait.
    #[error("no connection to PostgreSQL within {0:?}")]
    NoConnection(Duration),
    /// A connection could not be made.
    #[error("cannot connect to PostgreSQL")]
    Connect(#[source] BoxError),
    /// The server took the statement and fell silent.
    #[error("no answer from PostgreSQL within {0:?}")]
    Silent(Duration),
    /// The task that ran a transaction or a long read was shut down with its runtime.
    #[error("the work was abandoned")]
    Abandoned(#[source] tokio::task::JoinError),
    /// The caller waits no more, and nothing was sent yet.
    #[error("nobody waits for the answer")]
    GivenUp,
    /// The runtime that commits writes was shut down.
    #[error("the store is being closed")]
    Stopped,
    /// The connection ended before the answer came: whether the statement was done is not known.
    #[error("the connection to PostgreSQL was lost")]
    Lost(#[source] QueryError),
    /// A transaction failed that carried the writes of several callers.
    #[error(transparent)]
    Shared(Arc<PgError>),
    /// The statement failed.
    #[error("a statement failed")]
    Query(#[from] QueryError),
}

impl PgError {
    /// The same, of a connection that turned out to have ended.
    pub(crate) fn into_lost(self) -> Self {
        match self {
            Self::Query(error) => Self::Lost(error),
            other => other,
        }
    }

    /// Whether the server answered that it does not do this: for the data, a deadlock and the like,
    /// which says nothing about other statements. Diesel does not tell all of these apart.
    pub(crate) fn is_refusal(&self) -> bool {
        let Self::Query(QueryError::DatabaseError(kind, _)) = self else {
            return false;
        };
        matches!(
            kind,
            DatabaseErrorKind::UniqueViolation
                | DatabaseErrorKind::ForeignKeyViolation
                | DatabaseErrorKind::NotNullViolation
                | DatabaseErrorKind::CheckViolation
                | DatabaseErrorKind::SerializationFailure
                | DatabaseErrorKind::Unknown
        )
    }

    /// Whether the server will never take this data: a character that its encoding lacks. In every
    /// language its message names the encoding that we send.
    pub(crate) fn is_refused_data(&self) -> bool {
        match self {
            Self::Query(QueryError::DatabaseError(DatabaseErrorKind::Unknown, said)) => {
                said.message().contains("\"UTF8\"")
            }
            Self::Shared(failure) => failure.is_refused_data(),
            _ => false,
        }
    }
}

impl From<PgError> for StoreError {
    fn from(failure: PgError) -> Self {
        match failure {
            PgError::Query(QueryError::DeserializationError(error)) => Self::corrupt("row", error),
            refused if refused.is_refused_data() => Self::refused(refused),
            other => Self::unavailable(other),
        }
    }
}

/// Why a store cannot be opened: its settings are wrong, whether or not the server is up.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// The URL does not begin with `postgres://` or `postgresql://`.
    #[error("the database URL must begin with postgres:// or postgresql://")]
    Scheme,
    /// The URL names no server.
    #[error("the database URL names no host")]
    NoHost,
    /// The URL is malformed or has a parameter that is not understood.
    #[error("the database URL is not understood")]
    Url(#[source] tokio_postgres::Error),
    /// A parameter of the URL is malformed or has an unknown value.
    #[error("the database URL's parameter {0} is not understood")]
    Parameter(String),
    /// The certificates of `sslrootcert` cannot be used.
    #[error("the root certificates {path} cannot be used")]
    RootCertificates {
        /// The file, or `system`.
        path: String,
        /// Why.
        source: BoxError,
    },
    /// The pool cannot be set up.
    #[error("the connection pool cannot be set up")]
    Pool(#[source] BoxError),
}

/// Why migrations were not applied or reverted. None was, then.
#[derive(Debug, thiserror::Error)]
pub enum MigrateError {
    /// The server cannot be reached.
    #[error("cannot connect to PostgreSQL to migrate it")]
    Connect(#[source] BoxError),
    /// The database's encoding is not UTF-8.
    #[error(
        "the database's encoding is {0}, and must be UTF8: create another one with \
         CREATE DATABASE … ENCODING 'UTF8' TEMPLATE template0"
    )]
    Encoding(String),
    /// The role may not make tables.
    #[error(
        "the role may not create tables: make it the database's owner, with \
         ALTER DATABASE … OWNER TO …, or run migrations as the owner"
    )]
    NotOwner(#[source] BoxError),
    /// A migration failed.
    #[error("the migration failed")]
    Failed(#[from] BoxError),
    /// The tables cannot be distributed.
    #[error("the tables cannot be distributed")]
    NoCitus(#[from] NoCitus),
}

impl From<QueryError> for MigrateError {
    fn from(error: QueryError) -> Self {
        Self::Failed(error.into())
    }
}

/// The database has no `citus` extension.
#[derive(Debug, thiserror::Error)]
#[error(
    "this database is without the citus extension: install Citus on every server of the cluster, \
     name it in shared_preload_libraries, and run CREATE EXTENSION citus in this database"
)]
pub struct NoCitus;
