//! What can go wrong, and how diesel's errors become the domain's.

use std::path::PathBuf;

use diesel::result::Error as DieselError;
use tasklane_domain::error::{BoxError, StoreError};

/// Why a store was not opened.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// The path cannot name a database file.
    #[error("{path:?} cannot be a database file: {reason}")]
    Path {
        /// What was asked for.
        path: PathBuf,
        /// What is wrong with it.
        reason: &'static str,
    },
    /// The folder that the file is in does not exist and cannot be made.
    #[error("the folder {path:?} for the database file cannot be made")]
    Folder {
        /// The folder.
        path: PathBuf,
        /// Why.
        #[source]
        source: std::io::Error,
    },
    /// The file does not exist and cannot be made.
    #[error("the database file {path:?} cannot be made")]
    File {
        /// The file.
        path: PathBuf,
        /// Why.
        #[source]
        source: std::io::Error,
    },
    /// The file is no `SQLite` database, is locked for too long, or cannot be read and written.
    #[error("the database file {path:?} cannot be opened")]
    Database {
        /// The file.
        path: PathBuf,
        /// Why.
        #[source]
        source: BoxError,
    },
    /// The operating system gives no thread for the writer.
    #[error("the writer cannot be started")]
    Thread(#[source] std::io::Error),
}

/// Why the schema was not brought up to date. Nothing was changed.
#[derive(Debug, thiserror::Error)]
pub enum MigrateError {
    /// A newer Tasklane has changed the schema already.
    #[error("the database was changed by a newer version of Tasklane (migration {version})")]
    Newer {
        /// The first migration that this program does not know.
        version: String,
    },
    /// A migration failed.
    #[error("a migration failed")]
    Failed(#[source] BoxError),
    /// The store cannot do it.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// A port's error on its way out of a transaction, which has to hold diesel's errors as well.
#[derive(Debug)]
pub(crate) struct TxError<E = StoreError>(pub(crate) E);

impl<E: From<StoreError>> From<DieselError> for TxError<E> {
    fn from(error: DieselError) -> Self {
        Self(to_store_error(error).into())
    }
}

impl<E: From<StoreError>> From<StoreError> for TxError<E> {
    fn from(error: StoreError) -> Self {
        Self(error.into())
    }
}

/// A value that does not parse is corrupt; all else is an outage: busy, full, read-only, broken.
fn to_store_error(error: DieselError) -> StoreError {
    match error {
        DieselError::DeserializationError(source) => StoreError::Corrupt("row", source),
        other => StoreError::unavailable(other),
    }
}
