use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// `[web]`: the task page that the binary brings.
#[derive(Debug, Clone, Deserialize, Serialize, ToSchema)]
#[serde(expecting = "a table")]
pub struct WebSettings {
    /// Whether it is served at `/`.
    pub enabled: bool,
}
