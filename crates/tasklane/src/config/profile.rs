use std::fmt;
use std::thread;

use ::config::Value;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::server::MOST_WORKERS;

/// What the process is run for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize, Serialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum Profile {
    /// On somebody's own machine: conveniences are on.
    #[default]
    Development,
    /// For others: conveniences are refused.
    Production,
}

impl fmt::Display for Profile {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(match self {
            Self::Development => "development",
            Self::Production => "production",
        })
    }
}

/// The defaults that `default.toml` cannot state, because they follow from the profile, the store
/// or the machine. They are beneath every layer, so that anything that is written wins.
pub(super) fn dependent_defaults(profile: Profile, on_sqlite: bool) -> Vec<(&'static str, Value)> {
    let development = profile == Profile::Development;
    let origins = if development {
        vec!["http://localhost:3000", "http://localhost:5173"]
    } else {
        Vec::new()
    };
    let cores = thread::available_parallelism()
        .map_or(1, usize::from)
        .min(MOST_WORKERS);
    vec![
        ("server.workers", i64::try_from(cores).unwrap_or(1).into()),
        ("database.migrate", (development || on_sqlite).into()),
        ("cors.origins", origins.into()),
        (
            "auth.registration",
            if development { "open" } else { "closed" }.into(),
        ),
        ("web.enabled", development.into()),
        (
            "log.format",
            if development { "pretty" } else { "json" }.into(),
        ),
    ]
}
