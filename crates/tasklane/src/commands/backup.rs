//! `tasklane backup`.

use std::time::Instant;

use tasklane_infrastructure::sqlite::BackupError;

use super::{CommandError, complain, print};
use crate::cli::BackupOptions;
use crate::composition;
use crate::config::Settings;
use crate::size::Size;

const NO_BACKUP_OF_POSTGRES: &str = "backup copies SQLite files; back PostgreSQL up with \
     `pg_dump --format=custom`, or by your provider's point-in-time recovery";

pub(super) fn back_up(settings: &Settings, options: &BackupOptions) -> Result<(), CommandError> {
    let started = Instant::now();
    let Some(copied) = composition::back_up(settings, &options.file, options.force) else {
        return Err(NO_BACKUP_OF_POSTGRES.into());
    };
    let size = match copied {
        Err(BackupError::Exists(file)) => {
            return Err(format!("{} already exists; --force replaces it", file.display()).into());
        }
        copied => Size(copied?),
    };
    let seconds = started.elapsed().as_secs_f32();
    complain(&format!("{size} copied and checked in {seconds:.1} s"));
    print(format!("{}\n", options.file.display()).as_bytes())
}
