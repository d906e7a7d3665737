use std::time::Duration;

use serde::{Deserialize, Serialize};
use validator::Validate;

use super::duration;

/// `[trash]`: what happens to deleted tasks.
#[derive(Debug, Clone, Deserialize, Serialize, Validate)]
#[serde(expecting = "a table")]
pub struct TrashSettings {
    /// How long a deleted task, or its tombstone, is kept. Never zero.
    #[serde(with = "duration")]
    #[validate(custom(function = "duration::not_zero"))]
    pub retention: Duration,
}
