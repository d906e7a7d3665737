use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use serde_json::Value;
use tracing::{debug, error, info, info_span, subscriber::with_default, warn};

use super::*;
use crate::config::LogLevel;

/// Collects what would go to stderr.
#[derive(Clone, Default)]
struct Lines(Arc<Mutex<Vec<u8>>>);

impl Write for Lines {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

fn logged(
    format: LogFormat,
    level: LogLevel,
    directives: Option<&str>,
    work: impl FnOnce(),
) -> String {
    let lines = Lines::default();
    let writer = lines.clone();
    let log = LogSettings { level, format };
    let subscriber = subscriber(&log, directives, move || writer.clone(), false, None).unwrap();
    with_default(subscriber, work);
    String::from_utf8(lines.0.lock().unwrap().clone()).unwrap()
}

fn json(work: impl FnOnce()) -> Vec<Value> {
    logged(LogFormat::Json, LogLevel::Info, None, work)
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect()
}

#[test]
fn what_clients_send_amiss_is_no_error_of_ours_unless_somebody_asks() {
    let amiss = || error!(target: "actix_http::h1::dispatcher", "stream error: bad header");
    assert!(json(amiss).is_empty());
    let asked = logged(
        LogFormat::Json,
        LogLevel::Info,
        Some("actix_http=debug"),
        amiss,
    );
    assert!(asked.contains("bad header"), "{asked}");
}

#[test]
fn a_json_line_is_flat_and_carries_its_spans() {
    let lines = json(|| {
        let request = info_span!(
            "request",
            request_id = "r-1",
            user_id = tracing::field::Empty
        );
        let _request = request.enter();
        request.record("user_id", "u-1");
        let _task = info_span!("task.create", title_length = 8).entered();
        info!(
            status = 201,
            latency_ms = 1.5,
            cached = false,
            "request \"done\"\n"
        );
    });
    let line = &lines[0];
    assert_eq!(lines.len(), 1);
    assert_eq!(line["message"], "request \"done\"\n");
    assert_eq!(line["level"], "INFO");
    assert_eq!(line["target"], module_path!());
    assert_eq!(line["request_id"], "r-1");
    assert_eq!(line["user_id"], "u-1");
    assert_eq!(line["title_length"], 8);
    assert_eq!(line["status"], 201);
    assert_eq!(line["latency_ms"], 1.5);
    assert_eq!(line["cached"], false);
}

#[test]
fn a_json_line_tells_the_time_in_utc_with_microseconds() {
    let line = &json(|| info!("now"))[0];
    let timestamp = line["timestamp"].as_str().unwrap();
    let parsed = chrono::DateTime::parse_from_rfc3339(timestamp).unwrap();
    assert_eq!(
        timestamp,
        parsed.format("%Y-%m-%dT%H:%M:%S%.6fZ").to_string()
    );
}

#[test]
fn no_field_takes_the_place_of_a_leading_one() {
    let text = logged(LogFormat::Json, LogLevel::Info, None, || {
        let _span = info_span!("request", message = "span", level = "none").entered();
        error!(target = "elsewhere", timestamp = 0, "event");
    });
    assert_eq!(text.matches("\"level\"").count(), 1, "{text}");
    assert_eq!(text.matches("\"timestamp\"").count(), 1, "{text}");
    let line: Value = serde_json::from_str(&text).unwrap();
    assert_eq!(
        (&line["level"], &line["message"]),
        (&"ERROR".into(), &"event".into())
    );
}

#[test]
fn a_pretty_line_is_one_line_with_its_spans() {
    let text = logged(LogFormat::Pretty, LogLevel::Info, None, || {
        let _request = info_span!("request", request_id = "r-1").entered();
        info!(status = 201, "request");
    });
    assert_eq!(text.lines().count(), 1);
    for part in ["INFO", "request_id=\"r-1\"", "status=201"] {
        assert!(text.contains(part), "{part} is missing from {text}");
    }
    assert!(
        !text.contains('\u{1b}'),
        "no colour was asked for: {text:?}"
    );
}

#[test]
fn the_level_decides_unless_a_filter_does() {
    let work = || {
        debug!("fine");
        warn!("coarse");
    };
    let text = logged(LogFormat::Pretty, LogLevel::Warn, None, work);
    assert!(text.contains("coarse") && !text.contains("fine"));
    let text = logged(LogFormat::Pretty, LogLevel::Warn, Some("  "), work);
    assert!(
        text.contains("coarse") && !text.contains("fine"),
        "an empty filter is ignored"
    );
    let text = logged(
        LogFormat::Pretty,
        LogLevel::Off,
        Some("tasklane=debug"),
        work,
    );
    assert!(text.contains("coarse") && text.contains("fine"));
    assert_eq!(logged(LogFormat::Pretty, LogLevel::Off, None, work), "");
}

#[test]
fn a_malformed_filter_is_refused_by_name() {
    let log = LogSettings {
        level: LogLevel::Info,
        format: LogFormat::Json,
    };
    let error = subscriber(&log, Some("info,=what=ever"), io::sink, false, None)
        .err()
        .unwrap();
    assert!(
        error.to_string().starts_with("RUST_LOG must be a filter"),
        "{error}"
    );
}

#[test]
fn statement_parameters_are_never_logged() {
    let text = logged(
        LogFormat::Json,
        LogLevel::Trace,
        Some("trace,tokio_postgres=trace"),
        || {
            debug!(target: "tokio_postgres::query", "executing with parameters: [\"hunter2\"]");
            warn!(target: "tokio_postgres::connection", "notice");
            debug!(target: "tasklane_api", "ours");
        },
    );
    assert!(!text.contains("hunter2"), "{text}");
    assert!(text.contains("notice") && text.contains("ours"));
}

#[test]
fn a_filter_still_lets_disabled_records_be_skipped_early() {
    let log = LogSettings {
        level: LogLevel::Info,
        format: LogFormat::Json,
    };
    let subscriber = subscriber(&log, None, io::sink, false, None).unwrap();
    assert_eq!(subscriber.max_level_hint(), Some(LevelFilter::INFO));
}

/// A sink that takes nothing until the other end of its channel is gone.
struct Stalled(std::sync::mpsc::Receiver<()>);

impl Write for Stalled {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let _ = self.0.recv();
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[test]
fn a_stalled_sink_stalls_neither_the_work_nor_the_end() {
    let (open, closed) = std::sync::mpsc::channel();
    let guard = in_background(Stalled(closed));
    let log = LogSettings {
        level: LogLevel::Info,
        format: LogFormat::Json,
    };
    let subscriber = subscriber(&log, None, guard.writer.clone(), false, None).unwrap();

    let start = Instant::now();
    with_default(subscriber, || {
        for line in 0..=2 * WAITING_LINES {
            info!(line);
        }
    });
    let dropped = guard.writer.error_counter().dropped_lines();
    assert!(
        // Some are in the hands of the thread that writes.
        (WAITING_LINES - 2000..=WAITING_LINES + 1).contains(&dropped),
        "{dropped}"
    );
    drop(guard);
    assert!(start.elapsed() < Duration::from_secs(10));
    drop(open);
}

/// Waits before its first line, so that lines pile up.
struct Slow(Lines, bool);

impl Write for Slow {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        if !std::mem::replace(&mut self.1, true) {
            std::thread::sleep(Duration::from_millis(500));
        }
        self.0.write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[test]
fn what_waits_is_written_at_the_end() {
    let lines = Lines::default();
    let guard = in_background(Slow(lines.clone(), false));
    let log = LogSettings {
        level: LogLevel::Info,
        format: LogFormat::Json,
    };
    let subscriber = subscriber(&log, None, guard.writer.clone(), false, None).unwrap();
    with_default(subscriber, || (0..100).for_each(|line| info!(line)));
    drop(guard);
    let written = String::from_utf8(lines.0.lock().unwrap().clone()).unwrap();
    assert_eq!(written.lines().count(), 100);
}
