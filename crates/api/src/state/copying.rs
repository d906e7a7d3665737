//! A copy from one store into the other.

use std::path::Path;
use std::time::Duration;

use super::{SqliteSettings, StartError, Store, copy};

pub use super::copy::{Copied, CopyProgress};

/// How long to wait for whoever has the file: a service that uses it does not go away by itself.
const FILE_WAIT: Duration = Duration::from_secs(2);

impl Store {
    /// Copies everything in a SQLite file into this store, which must be PostgreSQL, and migrates it
    /// first. With `resume`, it goes on with what an earlier attempt left here.
    ///
    /// # Errors
    /// What [`copy::CopyError`] says; or this store is no PostgreSQL.
    pub async fn copy_from(
        &self,
        file: &Path,
        resume: bool,
        progress: &mut dyn CopyProgress,
    ) -> Result<Copied, StartError> {
        let Self::Postgres(store) = self else {
            return Err(StartError::NotCopiedInto);
        };
        let file = SqliteSettings {
            path: file.to_owned(),
            readers: 1,
            wait: FILE_WAIT,
        };
        Ok(copy::copy(&file, store, resume, progress).await?)
    }
}
