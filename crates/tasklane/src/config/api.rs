use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// `[api]`: how the task routes behave.
#[derive(Debug, Clone, Deserialize, Serialize, ToSchema)]
#[serde(expecting = "a table")]
pub struct ApiSettings {
    /// Whether a write to an existing task without `If-Match` is refused with 428.
    pub require_if_match: bool,
    /// Whether the documentation is served at `/docs`.
    pub docs: bool,
}
