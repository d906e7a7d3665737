//! The API's metrics, with OpenTelemetry's names where it has one.

mod handles;

use std::sync::LazyLock;
use std::time::Duration;

use metrics::{describe_counter, describe_gauge, describe_histogram};

use handles::HANDLES;

use crate::rate_limit::PolicyName;

/// The histogram of requests, whose buckets the recorder needs to know.
pub const REQUEST_DURATION: &str = "http_server_request_duration_seconds";
const ACTIVE_REQUESTS: &str = "http_server_active_requests";
const EVENT_STREAMS: &str = "tasklane_event_streams";
const TOKEN_VERIFICATIONS: &str = "tasklane_token_verifications_total";
const RATE_LIMITED: &str = "tasklane_rate_limited_total";
const SHED: &str = "tasklane_shed_requests_total";

/// Describes the metrics of the API and starts their counters at zero, so that the first event is
/// seen as one. To be called once the recorder is installed.
pub fn describe() {
    describe_histogram!(
        REQUEST_DURATION,
        "Time from a request to the start of its answer"
    );
    describe_gauge!(ACTIVE_REQUESTS, "Requests whose answer has not started");
    describe_gauge!(EVENT_STREAMS, "Open event streams");
    describe_counter!(TOKEN_VERIFICATIONS, "Access tokens checked, by result");
    describe_counter!(SHED, "Requests refused because the server was at its limit");
    describe_counter!(RATE_LIMITED, "Requests rejected by a rate limit, by policy");
    LazyLock::force(&HANDLES);
}

/// How the check of an access token ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verification {
    /// Its bearer is let in.
    Accepted,
    /// It was good, and is over.
    Expired,
    /// It breaks a rule, or is not a token at all.
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
pub(crate) fn record_rate_limited(policy: PolicyName) {
    HANDLES.rate_limited[policy as usize].increment(1);
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
