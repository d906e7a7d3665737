use std::time::Duration;

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use validator::Validate;

use super::duration;

/// `[trash]`: what happens to deleted tasks.
#[derive(Debug, Clone, Deserialize, Serialize, Validate, ToSchema)]
#[serde(expecting = "a table")]
pub struct TrashSettings {
    /// How long a deleted task, or its tombstone, is kept.
    #[serde(with = "duration")]
    #[validate(custom(function = "duration::not_zero"))]
    #[schema(value_type = String)]
    pub retention: Duration,
}
