use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::number;

/// `[quota]`: how much one user may store.
#[derive(Debug, Clone, Deserialize, Serialize, ToSchema)]
#[serde(expecting = "a table")]
pub struct QuotaSettings {
    /// The most live tasks that one user may have. 0 means no limit.
    #[serde(deserialize_with = "number::whole")]
    pub tasks_per_user: u32,
}
