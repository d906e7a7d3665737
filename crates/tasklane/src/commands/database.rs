//! `tasklane migrate`, `tasklane purge` and `tasklane resync`.

use super::{CommandError, block_on, print};
use crate::composition::{self, StartError, Store};
use crate::config::Settings;
use crate::telemetry;

pub(super) fn migrate(settings: &Settings) -> Result<(), CommandError> {
    let _guard = telemetry::init(&settings.log)?;
    let applied = block_on(async { Store::open(settings)?.migrate().await })?;
    print_lines(applied, "nothing to migrate")
}

pub(super) fn distribute(settings: &Settings) -> Result<(), CommandError> {
    let _guard = telemetry::init(&settings.log)?;
    let done = block_on(composition::distribute(settings))?;
    let tables = done.tables.iter();
    let distributed = tables.map(|table| format!("{table} distributed"));
    let lines = done.migrations.iter().cloned().chain(distributed).collect();
    print_lines(lines, "nothing to distribute")
}

pub(super) fn purge(settings: &Settings) -> Result<(), CommandError> {
    let _guard = telemetry::init(&settings.log)?;
    let removed = block_on(async {
        let trash = Store::open_existing(settings)
            .await?
            .trash_service(settings);
        trash.purge_expired().await.map_err(StartError::Purge)
    })?;
    print(format!("{removed} purged\n").as_bytes())
}

pub(super) fn resync(settings: &Settings) -> Result<(), CommandError> {
    let _guard = telemetry::init(&settings.log)?;
    let owners = block_on(async {
        let resync = Store::open_existing(settings).await?.resync_service();
        resync.resync_all().await.map_err(StartError::Resync)
    })?;
    print(format!("{owners} resynced\n").as_bytes())
}

fn print_lines(mut lines: Vec<String>, if_none: &str) -> Result<(), CommandError> {
    if lines.is_empty() {
        lines.push(if_none.to_owned());
    }
    print((lines.join("\n") + "\n").as_bytes())
}
