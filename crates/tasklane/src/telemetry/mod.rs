//! Logging: lines for people or for programs, on stderr; and traces, for a collector.
//!
//! A token, a password or a body is never handed to a log event; and what a library below would
//! quote of them is cut off here, whatever the filter says.

mod batched;
mod json_lines;
#[cfg(test)]
mod tests;
mod trace_export;

use std::env;
use std::io::{self, IsTerminal, Write};

use tracing::level_filters::LevelFilter;
use tracing::{Level, Metadata, Subscriber};
use tracing_appender::non_blocking::{NonBlocking, NonBlockingBuilder, WorkerGuard};
use tracing_subscriber::filter::{FilterExt, filter_fn};
use tracing_subscriber::fmt::{self, MakeWriter};
use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::util::{SubscriberInitExt, TryInitError};
use tracing_subscriber::{EnvFilter, Layer, Registry};

pub use self::trace_export::TraceExport;

use self::batched::Batched;
use self::json_lines::JsonLines;
use crate::config::{LogFormat, LogSettings};

/// The variable that says what is logged more precisely than the settings do.
const FILTER_VARIABLE: &str = "RUST_LOG";

/// The most lines that wait to be written. When stderr is stalled, further ones are dropped and
/// counted: a service that waits for its log is down, and one that keeps every line runs out of
/// memory.
const WAITING_LINES: usize = 16_384;

/// The libraries of whose events only warnings and worse are logged. The finer ones of the first
/// quote the parameters of statements: password hashes, texts. Those of the second tell twice at each
/// start on which runtime it runs.
const TALKATIVE: [&str; 2] = ["tokio_postgres", "actix_server"];

/// Where `RUST_LOG` does not say otherwise, the HTTP library logs nothing: it takes whatever a client
/// sends amiss for an error of ours.
const CLIENTS_ERRORS_OFF: &str = "actix_http=off";

/// Why nothing can be logged or traced.
#[derive(Debug, thiserror::Error)]
pub enum TelemetryError {
    /// `RUST_LOG` is not a filter.
    #[error("RUST_LOG must be a filter, such as info or warn,tasklane=debug: {0}")]
    Filter(#[from] tracing_subscriber::filter::ParseError),
    /// The process logs already.
    #[error("logging is set up already: {0}")]
    AlreadySet(#[from] TryInitError),
    /// Traces cannot be exported as the environment says.
    #[error("traces cannot be exported: {0}")]
    Export(#[from] opentelemetry_otlp::ExporterBuildError),
}

/// Keeps the log flowing. Dropped at the end of `main`, it says how many lines were dropped, if
/// any, and waits for what is still to be written, for about a second at most.
#[must_use = "without it nothing is logged"]
#[derive(Debug)]
pub struct LogGuard {
    writer: NonBlocking,
    _worker: WorkerGuard,
}

impl Drop for LogGuard {
    fn drop(&mut self) {
        let dropped = self.writer.error_counter().dropped_lines();
        if dropped > 0 {
            // Through the queue, since stderr itself may stall for good; there is nobody left to
            // tell if that fails too.
            let _ = writeln!(
                self.writer,
                "{dropped} log lines were dropped: stderr was too slow"
            );
        }
    }
}

/// Starts logging to stderr, events of `tracing` and records of `log` alike: once in a process,
/// before anything else happens.
///
/// `RUST_LOG`, if set, goes over `log.level`.
///
/// # Errors
/// `RUST_LOG` is no filter, or the process logs already.
pub fn init(log: &LogSettings) -> Result<LogGuard, TelemetryError> {
    init_with_traces(log, None)
}

/// The same, and hands spans to `traces`, if there is anybody who wants them.
///
/// # Errors
/// Those of [`init`].
pub fn init_with_traces(
    log: &LogSettings,
    traces: Option<&TraceExport>,
) -> Result<LogGuard, TelemetryError> {
    let directives = env::var(FILTER_VARIABLE).ok();
    let guard = in_background(io::stderr());
    subscriber(
        log,
        directives.as_deref(),
        guard.writer.clone(),
        wants_colour(),
        traces,
    )?
    .try_init()?;
    Ok(guard)
}

/// Starts a thread that writes lines to the sink, so that nobody else waits for it.
fn in_background(sink: impl Write + Send + 'static) -> LogGuard {
    let (writer, worker) = NonBlockingBuilder::default()
        .buffered_lines_limit(WAITING_LINES)
        .lossy(true)
        .thread_name("log-writer")
        .finish(Batched::new(sink));
    LogGuard {
        writer,
        _worker: worker,
    }
}

/// Colour is for people who did not decline it (<https://no-color.org>).
fn wants_colour() -> bool {
    io::stderr().is_terminal() && env::var_os("NO_COLOR").is_none_or(|value| value.is_empty())
}

fn subscriber<W>(
    log: &LogSettings,
    directives: Option<&str>,
    writer: W,
    colour: bool,
    traces: Option<&TraceExport>,
) -> Result<impl Subscriber + Send + Sync + use<W>, TelemetryError>
where
    W: for<'writer> MakeWriter<'writer> + Send + Sync + 'static,
{
    let directives = directives.filter(|directives| !directives.trim().is_empty());
    let default = || format!("{},{CLIENTS_ERRORS_OFF}", log.level.directive());
    let filter = EnvFilter::try_new(directives.map_or_else(default, str::to_owned))?;
    // The hint keeps the filter's own: without one, disabled records would be looked at one by one.
    let discretion = filter_fn(is_discreet).with_max_level_hint(LevelFilter::TRACE);

    let lines = match log.format {
        LogFormat::Pretty => fmt::layer()
            .compact()
            .with_ansi(colour)
            .with_writer(writer)
            .boxed(),
        LogFormat::Json => JsonLines(writer).boxed(),
    };
    Ok(Registry::default()
        .with(traces.map(TraceExport::layer))
        .with(lines.with_filter(filter.and(discretion))))
}

fn is_discreet(metadata: &Metadata<'_>) -> bool {
    let target = metadata.target();
    *metadata.level() <= Level::WARN || !TALKATIVE.iter().any(|library| target.starts_with(library))
}
