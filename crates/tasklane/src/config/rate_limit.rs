use std::time::Duration;

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use validator::Validate;

use super::{duration, number};

/// `[rate_limit]`: how often clients may call.
#[derive(Debug, Clone, Deserialize, Serialize, Validate, ToSchema)]
#[serde(expecting = "a table")]
pub struct RateLimitSettings {
    /// Whether requests and work are limited. Wrong passwords always are.
    pub enabled: bool,
    /// For the API, by user, or by address before the user is known.
    #[validate(nested)]
    pub api: RatePolicy,
    /// For signing in, registering and passwords, by address. An IPv6 network of 48 bits has eight
    /// times as much.
    #[validate(nested)]
    pub auth: RatePolicy,
    /// For refreshing, by address.
    #[validate(nested)]
    pub refresh: RatePolicy,
    /// For what the store does, by user.
    #[validate(nested)]
    pub work: WorkPolicy,
}

/// How many requests are let through in how long.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, Serialize, Validate, ToSchema)]
#[serde(expecting = "a table")]
pub struct RatePolicy {
    /// Requests in a window.
    #[serde(deserialize_with = "number::whole")]
    #[validate(range(min = 1, message = "must be at least 1"))]
    pub quota: u32,
    /// The length of the window.
    #[serde(with = "duration")]
    #[validate(custom(function = "duration::not_zero"))]
    #[schema(value_type = String)]
    pub window: Duration,
}

/// How much time may be spent in how long.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, Serialize, Validate, ToSchema)]
#[serde(expecting = "a table")]
pub struct WorkPolicy {
    /// Time that the store works in a window.
    #[serde(with = "duration")]
    #[validate(custom(function = "duration::not_zero"))]
    #[schema(value_type = String)]
    pub quota: Duration,
    /// The length of the window.
    #[serde(with = "duration")]
    #[validate(custom(function = "duration::not_zero"))]
    #[schema(value_type = String)]
    pub window: Duration,
}
