//! Traces, exported to a collector as OTLP over HTTP.

use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::Duration;

use opentelemetry::KeyValue;
use opentelemetry::trace::TracerProvider;
use opentelemetry_otlp::{Protocol, WithExportConfig};
use opentelemetry_sdk::Resource;
use opentelemetry_sdk::error::OTelSdkResult;
use opentelemetry_sdk::trace::{
    BatchSpanProcessor, Sampler, SdkTracerProvider, SpanData, SpanExporter,
};
use tokio::sync::oneshot;
use tracing::level_filters::LevelFilter;
use tracing::{Level, Metadata, Subscriber};
use tracing_subscriber::Layer;
use tracing_subscriber::filter::filter_fn;
use tracing_subscriber::registry::LookupSpan;
use url::Url;

use super::TelemetryError;
use crate::config::TelemetrySettings;

/// How long the collector may take to accept a batch, in all attempts.
const EXPORT_LIMIT: Duration = Duration::from_secs(5);
/// How long the end waits for the last batches.
const LAST_EXPORT_LIMIT: Duration = Duration::from_secs(5);
/// What the targets of our own spans begin with.
const OURS: &str = "tasklane";

/// Exports spans, in batches, from a thread of its own. Whoever makes a span never waits: when 2,048
/// are waiting (`OTEL_BSP_MAX_QUEUE_SIZE`), further ones are dropped.
#[derive(Debug, Clone)]
pub struct TraceExport(SdkTracerProvider);

impl TraceExport {
    /// Begins to export, if the settings name a collector.
    ///
    /// # Errors
    /// The standard's environment variables (`OTEL_EXPORTER_OTLP_*`) ask for what is not there, or
    /// the machine's certificates cannot be read.
    pub fn start(settings: &TelemetrySettings) -> Result<Option<Self>, TelemetryError> {
        let Some(collector) = &settings.otlp_endpoint else {
            return Ok(None);
        };
        let exporter = opentelemetry_otlp::SpanExporter::builder()
            .with_http()
            .with_protocol(Protocol::HttpBinary)
            .with_endpoint(traces_url(collector))
            .with_timeout(EXPORT_LIMIT)
            .build()?;
        let exporter = Reporting {
            exporter,
            is_failing: AtomicBool::new(false),
        };
        let resource = Resource::builder()
            .with_attribute(KeyValue::new("service.version", env!("CARGO_PKG_VERSION")))
            .with_service_name(settings.service_name.clone())
            .build();
        let new_traces = Sampler::TraceIdRatioBased(settings.sampling_ratio);
        let provider = SdkTracerProvider::builder()
            .with_span_processor(BatchSpanProcessor::builder(exporter).build())
            .with_sampler(Sampler::ParentBased(Box::new(new_traces)))
            .with_resource(resource)
            .build();
        Ok(Some(Self(provider)))
    }

    /// What turns our spans into exported ones, whatever is logged.
    pub(super) fn layer<S>(&self) -> impl Layer<S> + use<S>
    where
        S: Subscriber + for<'lookup> LookupSpan<'lookup>,
    {
        let spans = filter_fn(is_exported).with_max_level_hint(LevelFilter::DEBUG);
        tracing_opentelemetry::layer()
            .with_tracer(self.0.tracer("tasklane"))
            .with_context_activation(false)
            .with_location(false)
            .with_target(false)
            .with_threads(false)
            .with_tracked_inactivity(false)
            .with_filter(spans)
    }

    /// Exports what is left, for five seconds at most. Spans that end later are dropped.
    pub async fn finish(&self) {
        let provider = self.0.clone();
        let (done, finished) = oneshot::channel();
        let last_export = move || {
            // A failure is in the log already.
            let _ = provider.shutdown_with_timeout(LAST_EXPORT_LIMIT);
            let _ = done.send(());
        };
        // No thread of the runtime's, which would be waited for even when the process has to go.
        let thread = thread::Builder::new().name("last-traces".to_owned());
        if thread.spawn(last_export).is_ok() {
            let _ = finished.await;
        }
    }
}

fn traces_url(collector: &Url) -> String {
    let base = collector.as_str().trim_end_matches('/');
    format!("{base}/v1/traces")
}

fn is_exported(metadata: &Metadata<'_>) -> bool {
    metadata.is_span() && metadata.target().starts_with(OURS) && *metadata.level() <= Level::DEBUG
}

/// Says once when the collector stops taking spans, and once when it takes them again.
#[derive(Debug)]
struct Reporting {
    exporter: opentelemetry_otlp::SpanExporter,
    is_failing: AtomicBool,
}

impl SpanExporter for Reporting {
    async fn export(&self, batch: Vec<SpanData>) -> OTelSdkResult {
        let outcome = self.exporter.export(batch).await;
        let was_failing = self.is_failing.swap(outcome.is_err(), Ordering::Relaxed);
        match &outcome {
            Err(error) if !was_failing => {
                tracing::warn!(%error, "traces are lost: they cannot be exported");
            }
            Ok(()) if was_failing => tracing::info!("traces are exported again"),
            _ => {}
        }
        outcome
    }

    fn shutdown_with_timeout(&self, timeout: Duration) -> OTelSdkResult {
        self.exporter.shutdown_with_timeout(timeout)
    }

    fn force_flush(&self) -> OTelSdkResult {
        self.exporter.force_flush()
    }

    fn set_resource(&mut self, resource: &Resource) {
        self.exporter.set_resource(resource);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn traces_have_a_place_below_the_collector_s_url() {
        for (collector, expected) in [
            ("http://localhost:4318", "http://localhost:4318/v1/traces"),
            ("http://localhost:4318/", "http://localhost:4318/v1/traces"),
            (
                "https://otlp.example.com/otlp",
                "https://otlp.example.com/otlp/v1/traces",
            ),
        ] {
            let collector = collector.parse().unwrap();
            assert_eq!(traces_url(&collector), expected);
        }
    }
}
