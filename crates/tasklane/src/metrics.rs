//! The recorder behind `/metrics`, and the metrics of the process and its store.

mod store;

use metrics::{describe_gauge, gauge};
use metrics_exporter_prometheus::{BuildError, Matcher, PrometheusBuilder, PrometheusHandle};
use tasklane_api::metrics::REQUEST_DURATION;

pub use store::{read_store, watch};

const BUILD_INFO: &str = "tasklane_build_info";

/// The bounds that OpenTelemetry recommends for the duration of HTTP requests, in seconds, and two
/// smaller ones, since most of ours are.
const DURATION_BOUNDS: [f64; 16] = [
    0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.25, 0.5, 0.75, 1.0, 2.5, 5.0, 7.5, 10.0,
];

/// Installs the recorder.
///
/// # Errors
/// Another recorder is installed already.
pub fn install() -> Result<PrometheusHandle, BuildError> {
    let matcher = Matcher::Full(REQUEST_DURATION.to_owned());
    let builder = PrometheusBuilder::new().set_buckets_for_metric(matcher, &DURATION_BOUNDS)?;
    let handle = store::set_bounds(builder)?.install_recorder()?;
    tasklane_api::metrics::describe();
    describe_gauge!(BUILD_INFO, "Always 1; the labels name the running version");
    gauge!(BUILD_INFO, "version" => env!("CARGO_PKG_VERSION")).set(1.0);
    Ok(handle)
}
