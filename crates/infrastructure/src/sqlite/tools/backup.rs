//! A copy of the database, taken while others use it.

use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};

use diesel::prelude::*;
use diesel::sql_query;
use diesel::sql_types::Text;
use tasklane_domain::error::BoxError;
use tempfile::NamedTempFile;

use super::inspector::find_damage;
use crate::sqlite::SqliteSettings;
use crate::sqlite::connection::database::Database;
use crate::sqlite::error::OpenError;

/// What `SQLite` keeps beside a file that is in use, or was when its process was killed. Whatever is
/// put in the file's place is taken for the one that they belong to, and changed by them.
const COMPANIONS: [&str; 2] = ["-wal", "-journal"];

/// Why there is no backup. The file that it was to be is as it was before.
#[derive(Debug, thiserror::Error)]
pub enum BackupError {
    /// There is nothing to copy.
    #[error("there is no database file {0:?}")]
    NoDatabase(PathBuf),
    /// There is a file of that name.
    #[error("{0:?} already exists")]
    Exists(PathBuf),
    /// The name is a folder's.
    #[error("{0:?} is a folder: name a file in it")]
    IsFolder(PathBuf),
    /// There is no such folder.
    #[error("there is no folder {0:?}")]
    NoFolder(PathBuf),
    /// The copy would replace a database that is in use.
    #[error("{path:?} is in use as a database: {companion:?} lies beside it")]
    InUse {
        /// The file that was to be written.
        path: PathBuf,
        /// How that is known.
        companion: PathBuf,
    },
    /// The database cannot be opened.
    #[error(transparent)]
    Open(#[from] OpenError),
    /// The copy cannot be written there, or cannot be given its name.
    #[error("the backup {path:?} cannot be written")]
    File {
        /// The file that was to be written.
        path: PathBuf,
        /// Why.
        #[source]
        source: io::Error,
    },
    /// The database cannot be read or the copy cannot be written.
    #[error("the database cannot be copied to {path:?}")]
    Copy {
        /// The file that was to be written.
        path: PathBuf,
        /// Why.
        #[source]
        source: BoxError,
    },
    /// The copy was written and is not sound, most likely because the database is not.
    #[error("the copy is damaged, and the database may be, too: {0}")]
    Damaged(String),
}

/// Copies the database of the settings to `target`, as it is at one instant, and gives the copy's
/// size in bytes. Others may read and write meanwhile, in this process or another. It blocks.
///
/// The copy is a database file of its own with nothing beside it, for its owner alone (mode 0600).
/// It is written under another name in the same folder, synced to the disk and checked as a whole
/// before it gets its name. A process that is killed on the way leaves files behind whose names begin
/// with `.tasklane-backup-`.
///
/// # Errors
/// There is no database or a damaged one, `target` exists and shall not be replaced, or it is or was
/// in use as a database itself, or it cannot be written.
pub fn back_up(
    settings: &SqliteSettings,
    target: &Path,
    replace: bool,
) -> Result<u64, BackupError> {
    let database = Database::named(settings)?;
    if !database.path().is_file() {
        return Err(BackupError::NoDatabase(settings.path.clone()));
    }
    refuse_place(&database, target, replace)?;
    let failed = |source| BackupError::File {
        path: target.to_owned(),
        source,
    };
    let folder = folder_of(target);
    let draft = tempfile::Builder::new()
        .prefix(".tasklane-backup-")
        .tempfile_in(&folder)
        .map_err(failed)?;
    copy(&database, draft.path()).map_err(|source| BackupError::Copy {
        path: target.to_owned(),
        source,
    })?;
    draft.as_file().sync_all().map_err(failed)?;
    check(draft.path())?;
    let size = draft.as_file().metadata().map_err(failed)?.len();
    publish(draft, target, replace)?;
    if cfg!(unix) {
        File::open(&folder)
            .and_then(|folder| folder.sync_all())
            .map_err(failed)?;
    }
    Ok(size)
}

fn folder_of(target: &Path) -> PathBuf {
    match target.parent() {
        Some(folder) if folder != Path::new("") => folder.to_owned(),
        _ => PathBuf::from("."),
    }
}

fn refuse_place(database: &Database, target: &Path, replace: bool) -> Result<(), BackupError> {
    let in_use = |companion| BackupError::InUse {
        path: target.to_owned(),
        companion,
    };
    for companion in COMPANIONS {
        let mut name = target.as_os_str().to_owned();
        name.push(companion);
        let companion = PathBuf::from(name);
        if companion.exists() {
            return Err(in_use(companion));
        }
    }
    let is_itself = matches!(
        (fs::canonicalize(database.path()), fs::canonicalize(target)),
        (Ok(database), Ok(target)) if database == target
    );
    if is_itself {
        return Err(in_use(database.path().to_owned()));
    }
    if target.is_dir() {
        return Err(BackupError::IsFolder(target.to_owned()));
    }
    let folder = folder_of(target);
    if !folder.is_dir() {
        return Err(BackupError::NoFolder(folder));
    }
    if !replace && fs::symlink_metadata(target).is_ok() {
        return Err(BackupError::Exists(target.to_owned()));
    }
    Ok(())
}

/// `VACUUM INTO` reads within one transaction and writes as it reads, so that it needs no more memory
/// for a large database than for a small one.
fn copy(database: &Database, draft: &Path) -> Result<(), BoxError> {
    // An absolute path cannot be taken for a URI.
    let draft = std::path::absolute(draft)?;
    let draft = draft.to_str().ok_or("its path is not UTF-8")?;
    let mut connection = database.connect()?;
    sql_query("VACUUM INTO ?")
        .bind::<Text, _>(draft)
        .execute(&mut connection)?;
    Ok(())
}

fn check(draft: &Path) -> Result<(), BackupError> {
    let copy = Database::named(&SqliteSettings {
        path: draft.to_owned(),
        readers: 1,
        wait: std::time::Duration::ZERO,
    })?;
    let damage = find_damage(&mut copy.connect_reader()?, 1)
        .map_err(|error| BackupError::Damaged(error.to_string()))?;
    match damage.into_iter().next() {
        Some(first) => Err(BackupError::Damaged(first)),
        None => Ok(()),
    }
}

fn publish(draft: NamedTempFile, target: &Path, replace: bool) -> Result<(), BackupError> {
    let published = if replace {
        draft.persist(target)
    } else {
        draft.persist_noclobber(target)
    };
    match published {
        Ok(_) => Ok(()),
        Err(refused) if !replace && refused.error.kind() == io::ErrorKind::AlreadyExists => {
            Err(BackupError::Exists(target.to_owned()))
        }
        Err(refused) => Err(BackupError::File {
            path: target.to_owned(),
            source: refused.error,
        }),
    }
}
