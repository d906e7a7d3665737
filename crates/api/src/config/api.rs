use serde::{Deserialize, Serialize};

/// `[api]`: how the task routes behave.
#[derive(Debug, Clone, Deserialize, Serialize)]
#[serde(expecting = "a table")]
pub struct ApiSettings {
    /// Whether a write to an existing task without `If-Match` is refused with 428.
    pub require_if_match: bool,
}
