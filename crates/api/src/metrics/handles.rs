//! What is looked up in the registry once, not for each request.

use std::cell::RefCell;
use std::collections::HashMap;
use std::sync::LazyLock;

use metrics::{Counter, Gauge, Histogram, counter, gauge, histogram};

use super::{
    ACTIVE_REQUESTS, EVENT_STREAMS, RATE_LIMITED, REQUEST_DURATION, SHED, TOKEN_VERIFICATIONS,
    Verification,
};
use crate::rate_limit::PolicyName;

/// What many requests count on. Not to be used before the recorder is installed.
pub(super) static HANDLES: LazyLock<Handles> = LazyLock::new(|| Handles {
    active_requests: gauge!(ACTIVE_REQUESTS),
    event_streams: gauge!(EVENT_STREAMS),
    shed: counter!(SHED),
    verifications: Verification::ALL
        .map(|verification| counter!(TOKEN_VERIFICATIONS, "result" => verification.as_str())),
    rate_limited: PolicyName::ALL.map(|policy| counter!(RATE_LIMITED, "policy" => policy.as_str())),
});

pub(super) struct Handles {
    pub(super) active_requests: Gauge,
    pub(super) event_streams: Gauge,
    pub(super) shed: Counter,
    /// In the order of [`Verification::ALL`].
    pub(super) verifications: [Counter; Verification::ALL.len()],
    /// In the order of [`PolicyName::ALL`].
    pub(super) rate_limited: [Counter; PolicyName::ALL.len()],
}

/// The histograms of one route: there are a few methods and statuses, quicker looked through than
/// hashed.
type OfRoute = Vec<(&'static str, u16, Histogram)>;

thread_local! {
    static REQUEST_DURATIONS: RefCell<HashMap<String, OfRoute>> = RefCell::default();
}

/// Uses the histogram with these labels; each thread resolves it once.
pub(super) fn with_request_durations(
    method: &'static str,
    route: &str,
    status: u16,
    use_it: impl FnOnce(&Histogram),
) {
    REQUEST_DURATIONS.with_borrow_mut(|routes| {
        if let Some(known) = routes.get(route).and_then(|of_route| {
            let mut known = of_route.iter();
            known.find(|(its_method, its_status, _)| (*its_method, *its_status) == (method, status))
        }) {
            return use_it(&known.2);
        }
        let durations = resolve(method, route, status);
        use_it(&durations);
        let of_route = routes.entry(route.to_owned()).or_default();
        of_route.push((method, status, durations));
    });
}

fn resolve(method: &'static str, route: &str, status: u16) -> Histogram {
    histogram!(
        REQUEST_DURATION,
        "http_request_method" => method,
        "http_route" => route.to_owned(),
        "http_response_status_code" => status.to_string(),
    )
}
