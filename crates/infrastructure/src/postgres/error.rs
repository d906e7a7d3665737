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
    /// The task that ran a transaction was shut down with its runtime.
    #[error("the transaction was abandoned")]
    Abandoned(#[source] tokio::task::JoinError),
    /// The runtime that commits writes was shut down.
    #[error("the store is being closed")]
    Stopped,
    /// A transaction failed that carried the writes of several callers.
    #[error(transparent)]
    Shared(Arc<PgError>),
    /// The statement failed.
    #[error("a statement failed")]
    Query(#[from] QueryError),
}

impl PgError {
    /// Whether a unique key refused a row. Which one is not asked: the name does not come through
    /// from the machines of a Citus cluster.
    pub(crate) fn is_duplicate(&self) -> bool {
        matches!(
            self,
            Self::Query(QueryError::DatabaseError(
                DatabaseErrorKind::UniqueViolation,
                _
            ))
        )
    }

    /// Whether a rule of the database was broken, which says nothing about other statements.
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
        )
    }
}

impl From<PgError> for StoreError {
    fn from(failure: PgError) -> Self {
        match failure {
            PgError::Query(QueryError::DeserializationError(error)) => Self::corrupt("row", error),
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
