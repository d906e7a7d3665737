use std::time::Duration;

use ipnet::IpNet;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use url::Url;
use utoipa::ToSchema;
use validator::{Validate, ValidationError};

use super::network::ListenAddress;
use super::{base_url, duration, network, number};

/// The most threads that may serve requests.
pub(super) const MOST_WORKERS: usize = 1024;

/// The most of anything that may be had at once: far beyond what one machine serves.
const MOST_AT_ONCE: usize = 1_000_000;

/// The least memory for bodies: an eighth of it holds a batch.
const LEAST_BODY_MEMORY: usize = 8 * 1024 * 1024;

/// The least memory for answers: some of the largest.
const LEAST_ANSWER_MEMORY: usize = 8 * 1024 * 1024;

/// `[server]`: the listener that clients reach.
#[derive(Debug, Clone, Deserialize, Serialize, Validate, ToSchema)]
#[serde(expecting = "a table")]
pub struct ServerSettings {
    /// The address to listen on. Port 0 picks a free one.
    #[schema(value_type = String)]
    pub address: ListenAddress,
    /// The URL under which clients reach the service, with its path if it has one. `Location`, `Link`
    /// and the OpenAPI document name it. An empty string means the host that is asked.
    #[serde(
        deserialize_with = "base_url::optional",
        serialize_with = "base_url::serialize"
    )]
    #[schema(value_type = String)]
    pub public_url: Option<Url>,
    /// Threads that serve requests: one per core unless set.
    #[serde(deserialize_with = "number::whole")]
    #[validate(range(min = 1, max = MOST_WORKERS, message = "must be from 1 to 1024"))]
    pub workers: usize,
    /// The networks of the proxies from which `X-Forwarded-For` is trusted.
    #[serde(
        deserialize_with = "network::list",
        serialize_with = "network::serialize"
    )]
    #[schema(value_type = Vec<String>)]
    pub trusted_proxies: Vec<IpNet>,
    /// Connections at the same time. More wait to be accepted.
    #[serde(deserialize_with = "number::whole")]
    #[validate(range(min = 1, max = MOST_AT_ONCE, message = "must be from 1 to 1000000"))]
    pub max_connections: usize,
    /// Requests in progress at the same time. More wait for a second and then get 503. A client that
    /// is slow to send or to read does not count.
    #[serde(deserialize_with = "number::whole")]
    #[validate(range(min = 1, max = MOST_AT_ONCE, message = "must be from 1 to 1000000"))]
    pub max_in_flight: usize,
    /// Open event streams. More get 503.
    #[serde(deserialize_with = "number::whole")]
    #[validate(range(min = 1, max = MOST_AT_ONCE, message = "must be from 1 to 1000000"))]
    pub max_event_streams: usize,
    /// Requests of one user in progress at the same time, also while their bodies are coming. Four
    /// times as many wait; more get 429. An event stream does not count.
    #[serde(deserialize_with = "number::whole")]
    #[validate(range(min = 1, max = MOST_AT_ONCE, message = "must be from 1 to 1000000"))]
    pub user_concurrency: usize,
    /// Open event streams of one user. More get 429.
    #[serde(deserialize_with = "number::whole")]
    #[validate(range(min = 1, max = MOST_AT_ONCE, message = "must be from 1 to 1000000"))]
    pub user_streams: usize,
    /// The bytes of all bodies that are being read. One user, or one address before the user is
    /// known, may have an eighth: more gets 429. When all is used, 503. An eighth must hold a batch.
    #[serde(deserialize_with = "number::whole")]
    #[validate(range(min = LEAST_BODY_MEMORY, message = "must be at least 8388608 (8 MiB)"))]
    pub body_memory: usize,
    /// The bytes of all answers that clients have not read yet, beyond what the operating system
    /// holds. When more are waiting, the clients that read most slowly are cut off.
    #[serde(deserialize_with = "number::whole")]
    #[validate(range(min = LEAST_ANSWER_MEMORY, message = "must be at least 8388608 (8 MiB)"))]
    pub answer_memory: usize,
    /// How long a whole request may take.
    #[serde(with = "duration")]
    #[validate(custom(function = "duration::not_zero"))]
    #[schema(value_type = String)]
    pub request_timeout: Duration,
    /// How long a client may take to send a request's head.
    #[serde(with = "duration")]
    #[validate(custom(function = "duration::not_zero"))]
    #[schema(value_type = String)]
    pub header_timeout: Duration,
    /// How long a client may take to send a body.
    #[serde(with = "duration")]
    #[validate(custom(function = "duration::not_zero"))]
    #[schema(value_type = String)]
    pub body_timeout: Duration,
    /// How long a connection without a request is kept open. It must be longer than a proxy keeps its
    /// own connections to this service.
    #[serde(with = "duration")]
    #[validate(custom(function = "duration::not_zero"))]
    #[schema(value_type = String)]
    pub keep_alive: Duration,
    /// How long a process that is told to stop keeps serving while its readiness fails.
    #[serde(with = "duration")]
    #[schema(value_type = String)]
    pub drain_delay: Duration,
    /// How long after that requests in progress may take to end, and the store to close.
    #[serde(with = "duration")]
    #[validate(custom(function = "duration::not_zero"))]
    #[schema(value_type = String)]
    pub shutdown_timeout: Duration,
    /// The value of `Strict-Transport-Security` (RFC 6797). An empty string switches it off.
    #[serde(deserialize_with = "text_or_empty", serialize_with = "empty_when_off")]
    #[validate(custom(function = "is_hsts"))]
    pub hsts: Option<String>,
}

fn text_or_empty<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<String>, D::Error> {
    let text = String::deserialize(deserializer)?;
    Ok((!text.is_empty()).then_some(text))
}

#[expect(clippy::ref_option, reason = "the shape that serde calls")]
fn empty_when_off<S: Serializer>(text: &Option<String>, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(text.as_deref().unwrap_or_default())
}

fn is_hsts(value: &str) -> Result<(), ValidationError> {
    let printable = value.bytes().all(|byte| (b' '..=b'~').contains(&byte));
    let has_age = value.split(';').any(|directive| {
        directive.trim().split_once('=').is_some_and(|(name, age)| {
            name.eq_ignore_ascii_case("max-age") && age.trim_matches('"').parse::<u64>().is_ok()
        })
    });
    if printable && has_age {
        return Ok(());
    }
    Err(ValidationError::new("hsts").with_message(
        "must be a Strict-Transport-Security value, such as max-age=31536000; includeSubDomains"
            .into(),
    ))
}
