//! `tasklane copy`: from SQLite to PostgreSQL.

mod progress;

use std::fmt::Write;
use std::path::PathBuf;
use std::time::{Duration, Instant};

use secrecy::{ExposeSecret, SecretString};
use tasklane_infrastructure::copy::Copied;

use self::progress::Progress;
use super::{CommandError, block_on, print};
use crate::cli::CopyOptions;
use crate::composition::Store;
use crate::config::{DatabaseUrl, Settings};
use crate::telemetry;

pub(super) fn copy(settings: Settings, options: &CopyOptions) -> Result<(), CommandError> {
    let _guard = telemetry::init(&settings.log)?;
    let file = source(options)?;
    let settings = with_target(settings, options)?;
    let started = Instant::now();
    let copied = block_on(async {
        let mut progress = Progress::default();
        let store = Store::open(&settings)?;
        store.copy_from(&file, options.resume, &mut progress).await
    })?;
    print(summary(&copied, started.elapsed()).as_bytes())
}

fn source(options: &CopyOptions) -> Result<PathBuf, CommandError> {
    match parse("--from", &options.from)? {
        DatabaseUrl::Sqlite(file) => Ok(file),
        DatabaseUrl::Postgres(_) => Err("--from must be a SQLite database (sqlite:<file>): \
            copying from PostgreSQL is not supported"
            .into()),
    }
}

/// The settings with the target as their database.
fn with_target(mut settings: Settings, options: &CopyOptions) -> Result<Settings, CommandError> {
    let Some(to) = &options.to else {
        return match settings.database.url {
            DatabaseUrl::Postgres(_) => Ok(settings),
            DatabaseUrl::Sqlite(_) => Err(
                "--to is missing, and database.url (DATABASE_URL) is not a PostgreSQL database"
                    .into(),
            ),
        };
    };
    settings.database.url = parse("--to", to)?;
    // It goes with the configured database.
    settings.database.direct_url = None;
    match settings.database.url {
        DatabaseUrl::Postgres(_) => Ok(settings),
        DatabaseUrl::Sqlite(_) => Err(
            "--to must be a PostgreSQL database (postgres://…): copying \
            to SQLite is not supported"
                .into(),
        ),
    }
}

/// The text may hold a password, so it is not repeated.
fn parse(option: &str, url: &SecretString) -> Result<DatabaseUrl, CommandError> {
    let url = DatabaseUrl::try_from(url.expose_secret().to_owned());
    url.map_err(|rule| format!("{option} {rule}").into())
}

fn summary(copied: &Copied, took: Duration) -> String {
    let mut text = String::new();
    for (table, rows) in &copied.rows {
        // A text takes whatever is written to it.
        let _ = writeln!(text, "{table}: {rows}");
    }
    let found = match copied.users_found {
        0 => String::new(),
        found => format!(" ({found} users were there already)"),
    };
    let all: u64 = copied.rows.values().sum();
    let seconds = took.as_secs_f64();
    let _ = writeln!(
        text,
        "{all} rows copied in {seconds:.1} s{found}; counts and checksums match for every user"
    );
    text
}
