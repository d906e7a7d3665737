//! The two stores, and a place for the data of one test on each of them.

use std::path::{Path, PathBuf};

use tempfile::TempDir;

use crate::postgres::Database;
use crate::program::Program;

/// Which store keeps the data.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// A file in the test's own folder.
    Sqlite,
    /// A database of the test's own, on the server that `TEST_DATABASE_URL` names.
    Postgres,
}

/// A place for data that no other test sees, and that goes away with it.
#[derive(Debug)]
pub struct Store {
    database: Option<Database>,
    folder: TempDir,
}

impl Store {
    /// Makes the place. On PostgreSQL the schema is there already.
    pub async fn create(kind: Kind) -> Self {
        let folder = TempDir::new().expect("a temporary folder can be made");
        let database = match kind {
            Kind::Sqlite => None,
            Kind::Postgres => Some(Database::migrated().await),
        };
        Self { database, folder }
    }

    /// A database without a schema, or a file that does not exist.
    pub async fn create_empty(kind: Kind) -> Self {
        let folder = TempDir::new().expect("a temporary folder can be made");
        let database = match kind {
            Kind::Sqlite => None,
            Kind::Postgres => Some(Database::empty().await),
        };
        Self { database, folder }
    }

    /// Which store it is.
    #[must_use]
    pub fn kind(&self) -> Kind {
        if self.database.is_some() {
            Kind::Postgres
        } else {
            Kind::Sqlite
        }
    }

    /// What the setting `database.url` takes.
    #[must_use]
    pub fn url(&self) -> String {
        match &self.database {
            Some(database) => database.url().to_owned(),
            None => format!("sqlite:{}", self.file().display()),
        }
    }

    /// The database file.
    #[must_use]
    pub fn file(&self) -> PathBuf {
        assert_eq!(self.kind(), Kind::Sqlite, "only SQLite is a file");
        self.folder.path().join("data/tasklane.db")
    }

    /// A store of its own on a file, which is put where a new installation would make one.
    pub fn restore(backup: &Path) -> Self {
        let folder = TempDir::new().expect("a temporary folder can be made");
        let store = Self {
            database: None,
            folder,
        };
        let data = store.folder.path().join("data");
        std::fs::create_dir(&data).expect("a folder can be made");
        std::fs::copy(backup, store.file()).expect("a backup can be copied");
        store
    }

    /// The program with the tests' settings, on this data.
    #[must_use]
    pub fn program(&self) -> Program {
        Program::for_tests(self.folder.path()).variable("DATABASE_URL", &self.url())
    }
}
