use serde::{Deserialize, Serialize};

/// `[web]`: the task page that the binary brings.
#[derive(Debug, Clone, Deserialize, Serialize)]
#[serde(expecting = "a table")]
pub struct WebSettings {
    /// Whether it is served at `/`.
    pub enabled: bool,
}
