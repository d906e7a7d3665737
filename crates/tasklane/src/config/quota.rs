use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::number;

/// `[quota]`: how much one user may store.
#[derive(Debug, Clone, Deserialize, Serialize, ToSchema)]
#[serde(expecting = "a table")]
pub struct QuotaSettings {
    /// The most open tasks that one user may have. 0 means no limit.
    #[serde(deserialize_with = "number::whole")]
    pub tasks_per_user: u32,
    /// The most tasks that are kept for one user: open, completed and deleted ones, with the tombstones
    /// of erased ones. 0 means no limit.
    #[serde(deserialize_with = "number::whole")]
    pub items_per_user: u32,
    /// The most bytes of titles, descriptions and tags that are kept for one user, those of deleted
    /// tasks included. 0 means no limit.
    #[serde(deserialize_with = "number::whole")]
    pub bytes_per_user: u64,
}
