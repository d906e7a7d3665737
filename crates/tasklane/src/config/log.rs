use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::choice;

/// `[log]`: what is logged, and how.
#[derive(Debug, Clone, Deserialize, Serialize, ToSchema)]
#[serde(expecting = "a table")]
pub struct LogSettings {
    /// The least severe level that is logged. `RUST_LOG` overrides it, and can be more precise.
    #[serde(deserialize_with = "choice::one")]
    pub level: LogLevel,
    /// The format of log lines.
    #[serde(deserialize_with = "choice::one")]
    pub format: LogFormat,
}

/// How severe an event must be to be logged.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, Serialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum LogLevel {
    /// Nothing is.
    Off,
    /// What failed and needs somebody.
    Error,
    /// What somebody should look at.
    Warn,
    /// What happens: a line a request.
    Info,
    /// What helps to find a fault.
    Debug,
    /// Everything.
    Trace,
}

impl LogLevel {
    /// The level as a filter directive.
    #[must_use]
    pub const fn directive(self) -> &'static str {
        match self {
            Self::Off => "off",
            Self::Error => "error",
            Self::Warn => "warn",
            Self::Info => "info",
            Self::Debug => "debug",
            Self::Trace => "trace",
        }
    }
}

/// How a log line looks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, Serialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum LogFormat {
    /// For people.
    Pretty,
    /// For programs: one JSON object a line.
    Json,
}
