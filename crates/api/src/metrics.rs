//! What is counted, in Prometheus' words and with OpenTelemetry's names.

use std::time::Duration;

use metrics::{describe_gauge, describe_histogram, gauge, histogram};
use metrics_exporter_prometheus::{Matcher, PrometheusBuilder, PrometheusHandle};

use crate::state::StartError;

const REQUEST_DURATION: &str = "http_server_request_duration_seconds";
const ACTIVE_REQUESTS: &str = "http_server_active_requests";
const BUILD_INFO: &str = "tasklane_build_info";

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
    let handle = PrometheusBuilder::new()
        .set_buckets_for_metric(matcher, &DURATION_BOUNDS)
        .map_err(failed)?
        .install_recorder()
        .map_err(failed)?;
    describe_histogram!(
        REQUEST_DURATION,
        "How long requests took until their answer began"
    );
    describe_gauge!(ACTIVE_REQUESTS, "Requests whose answer has not begun");
    describe_gauge!(BUILD_INFO, "Always 1; the labels say what runs");
    gauge!(BUILD_INFO, "version" => env!("CARGO_PKG_VERSION")).set(1.0);
    Ok(handle)
}

/// A request that is under way; it counts as active until it is dropped.
pub struct ActiveRequest(());

impl ActiveRequest {
    /// One more.
    #[must_use]
    pub fn begin() -> Self {
        gauge!(ACTIVE_REQUESTS).increment(1.0);
        Self(())
    }
}

impl Drop for ActiveRequest {
    fn drop(&mut self) {
        gauge!(ACTIVE_REQUESTS).decrement(1.0);
    }
}

/// Counts a request that was answered.
pub fn record_request(method: &str, route: &str, status: u16, took: Duration) {
    let labels = [
        ("http_request_method", method.to_owned()),
        ("http_route", route.to_owned()),
        ("http_response_status_code", status.to_string()),
    ];
    histogram!(REQUEST_DURATION, &labels).record(took);
}
