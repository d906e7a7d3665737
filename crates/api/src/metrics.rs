//! What is counted, in Prometheus' words and with OpenTelemetry's names.

mod handles;
mod store;

use std::sync::LazyLock;
use std::time::Duration;

use metrics::{describe_counter, describe_gauge, describe_histogram, gauge};
use metrics_exporter_prometheus::{Matcher, PrometheusBuilder, PrometheusHandle};

pub use store::{read_store, watch};

use handles::HANDLES;

use crate::rate_limit::POLICY_NAMES;
use crate::state::StartError;

const REQUEST_DURATION: &str = "http_server_request_duration_seconds";
const ACTIVE_REQUESTS: &str = "http_server_active_requests";
const EVENT_STREAMS: &str = "tasklane_event_streams";
const BUILD_INFO: &str = "tasklane_build_info";
const TOKEN_VERIFICATIONS: &str = "tasklane_token_verifications_total";
const RATE_LIMITED: &str = "tasklane_rate_limited_total";
const SHED: &str = "tasklane_shed_requests_total";

/// The bounds that OpenTelemetry recommends for the duration of HTTP requests, in seconds, and two
/// smaller ones, since most of ours are.
const DURATION_BOUNDS: [f64; 16] = [
    0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.25, 0.5, 0.75, 1.0, 2.5, 5.0, 7.5, 10.0,
];

/// Begins to count.
///
/// # Errors
/// Something else counts already.
pub fn install() -> Result<PrometheusHandle, StartError> {
    let failed =
        |error: metrics_exporter_prometheus::BuildError| StartError::Metrics(error.to_string());
    let matcher = Matcher::Full(REQUEST_DURATION.to_owned());
    let builder = PrometheusBuilder::new()
        .set_buckets_for_metric(matcher, &DURATION_BOUNDS)
        .map_err(failed)?;
    let handle = store::set_bounds(builder)
        .map_err(failed)?
        .install_recorder()
        .map_err(failed)?;
    describe_histogram!(
        REQUEST_DURATION,
        "How long requests took until their answer began"
    );
    describe_gauge!(ACTIVE_REQUESTS, "Requests whose answer has not begun");
    describe_gauge!(EVENT_STREAMS, "Event streams that are open");
    describe_gauge!(BUILD_INFO, "Always 1; the labels say what runs");
    gauge!(BUILD_INFO, "version" => env!("CARGO_PKG_VERSION")).set(1.0);
    begin_counters();
    Ok(handle)
}

/// Counters whose labels are known begin at zero, so that the first event is seen as one.
fn begin_counters() {
    describe_counter!(TOKEN_VERIFICATIONS, "Access tokens that were checked");
    describe_counter!(SHED, "Requests refused because too many were under way");
    describe_counter!(RATE_LIMITED, "Requests refused for being too many");
    LazyLock::force(&HANDLES);
}

/// How the check of an access token ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verification {
    /// Its bearer is let in.
    Accepted,
    /// It was good, and is over.
    Expired,
    /// It breaks a rule, or is no token at all.
    Invalid,
    /// Its user or session has ended.
    Revoked,
    /// Keys or store could not be reached.
    Unavailable,
}

impl Verification {
    const ALL: [Self; 5] = [
        Self::Accepted,
        Self::Expired,
        Self::Invalid,
        Self::Revoked,
        Self::Unavailable,
    ];

    fn as_str(self) -> &'static str {
        match self {
            Self::Accepted => "accepted",
            Self::Expired => "expired",
            Self::Invalid => "invalid",
            Self::Revoked => "revoked",
            Self::Unavailable => "unavailable",
        }
    }
}

/// Counts an access token that was checked.
pub fn record_verification(verification: Verification) {
    HANDLES.verifications[verification as usize].increment(1);
}

/// Counts a request that was refused under a policy.
pub fn record_rate_limited(policy: &'static str) {
    for (name, refused) in POLICY_NAMES.iter().zip(&HANDLES.rate_limited) {
        if *name == policy {
            refused.increment(1);
        }
    }
}

/// Counts a request that was refused because too many were under way.
pub fn record_shed() {
    HANDLES.shed.increment(1);
}

/// A request that is under way; it counts as active until it is dropped.
pub struct ActiveRequest(());

impl ActiveRequest {
    /// One more.
    #[must_use]
    pub fn begin() -> Self {
        HANDLES.active_requests.increment(1.0);
        Self(())
    }
}

impl Drop for ActiveRequest {
    fn drop(&mut self) {
        HANDLES.active_requests.decrement(1.0);
    }
}

/// An event stream that is open, until it is dropped.
pub struct EventStream(());

impl EventStream {
    /// One more.
    #[must_use]
    pub fn begin() -> Self {
        HANDLES.event_streams.increment(1.0);
        Self(())
    }
}

impl Drop for EventStream {
    fn drop(&mut self) {
        HANDLES.event_streams.decrement(1.0);
    }
}

/// Counts a request that was answered. Routes are the templates of ours, so that there are few.
pub fn record_request(method: &'static str, route: &str, status: u16, took: Duration) {
    handles::with_request_durations(method, route, status, |durations| durations.record(took));
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_verification_has_its_own_place() {
        for (place, verification) in Verification::ALL.into_iter().enumerate() {
            assert_eq!(verification as usize, place, "{verification:?}");
        }
    }
}
