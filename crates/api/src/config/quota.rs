use serde::{Deserialize, Serialize};
use validator::Validate;

use super::number;

/// `[quota]`: how much one user may store.
#[derive(Debug, Clone, Deserialize, Serialize, Validate)]
#[serde(expecting = "a table")]
pub struct QuotaSettings {
    /// The most live tasks of one user, at least 1.
    #[serde(deserialize_with = "number::whole")]
    #[validate(range(min = 1, message = "must be at least 1"))]
    pub tasks_per_user: u32,
}
