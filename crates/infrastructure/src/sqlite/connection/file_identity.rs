//! Whether the file that is open is still the one at its path.

use std::fs;
use std::io;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

/// The file that was opened. One that is removed or replaced stays open and takes writes that nobody
/// will ever read, so it has to be asked for. Clones share what was found.
#[derive(Debug, Clone)]
pub(crate) struct FileIdentity {
    path: PathBuf,
    device_and_inode: (u64, u64),
    lost: Arc<AtomicBool>,
}

/// The file is not where it was opened.
#[derive(Debug, Clone, thiserror::Error)]
#[error("the database file {0:?} was removed or replaced while it was open: stop the service")]
pub(crate) struct FileLost(PathBuf);

impl FileIdentity {
    /// The file at the path.
    ///
    /// # Errors
    /// The file is missing, or the system does not tell.
    pub(crate) fn of(path: &Path) -> io::Result<Self> {
        Ok(Self {
            path: path.to_owned(),
            device_and_inode: device_and_inode(path)?,
            lost: Arc::default(),
        })
    }

    /// Makes sure that the file is still there. The first failure in a row is logged.
    ///
    /// # Errors
    /// The path is free, or names another file.
    pub(crate) fn check(&self) -> Result<(), FileLost> {
        let is_there = device_and_inode(&self.path).ok() == Some(self.device_and_inode);
        let was_lost = self.lost.swap(!is_there, Ordering::Relaxed);
        if is_there {
            return Ok(());
        }
        let lost = FileLost(self.path.clone());
        if !was_lost {
            tracing::error!(
                "{lost}; nothing is written any more, and what was written since is lost"
            );
        }
        Err(lost)
    }
}

fn device_and_inode(path: &Path) -> io::Result<(u64, u64)> {
    let metadata = fs::metadata(path)?;
    Ok((metadata.dev(), metadata.ino()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_is_known_by_itself_and_not_by_its_name() {
        let folder = tempfile::tempdir().unwrap();
        let (path, aside) = (folder.path().join("t.db"), folder.path().join("aside"));
        fs::write(&path, "first").unwrap();
        let identity = FileIdentity::of(&path).unwrap();
        identity.check().unwrap();
        fs::write(&path, "changed").unwrap();
        identity.check().unwrap();

        fs::rename(&path, &aside).unwrap();
        identity.check().unwrap_err();
        fs::write(&path, "another").unwrap();
        identity.check().unwrap_err();
        fs::rename(&aside, &path).unwrap();
        identity.check().unwrap();
    }
}
