//! Traces: which one a request belongs to, and what a collector is told of it.

use std::time::{Duration, Instant};

use macro_rules_attribute::apply;
use rustix::process::Signal;
use serde_json::{Value, json};
use tasklane_tests::both_stores;
use tasklane_tests::collector::{Collector, ExportedSpan};
use tasklane_tests::event_stream::{EVENTS, EventStream};
use tasklane_tests::program::Program;
use tasklane_tests::server::Server;
use tasklane_tests::store::{Kind, Store};

const TRACE: &str = "4bf92f3577b34da6a3ce929d0e0e4736";
const CALLER: &str = "00f067aa0ba902b7";

/// The program, exporting to this collector as soon as it can.
fn exporting(store: &Store, collector: &Collector) -> Program {
    store
        .program()
        .set("telemetry.otlp_endpoint", &collector.url())
        .variable("OTEL_BSP_SCHEDULE_DELAY", "50")
}

fn traceparent(trace: &str, flags: &str) -> String {
    format!("00-{trace}-{CALLER}-{flags}")
}

/// The trace id on the line of a request.
async fn logged_trace(server: &Server, request_id: &str) -> String {
    let marked = format!("\"request_id\":\"{request_id}\"");
    let log = server.log_with(&marked).await;
    let line = log.lines().find(|line| line.contains(&marked)).unwrap();
    let line: Value = serde_json::from_str(line).unwrap();
    assert_eq!(line["otel.kind"], Value::Null, "{line}");
    line["trace_id"].as_str().unwrap().to_owned()
}

fn is_trace(id: &str) -> bool {
    id.len() == 32 && id.bytes().all(|byte| b"0123456789abcdef".contains(&byte))
}

#[apply(both_stores)]
async fn a_request_continues_its_caller_s_trace_down_to_the_store(store: &Store) {
    let collector = Collector::start().await;
    let program = exporting(store, &collector)
        .set("telemetry.service_name", "tasks-of-a-test")
        .variable("OTEL_EXPORTER_OTLP_HEADERS", "x-api-key=of-a-test")
        .variable(
            "OTEL_RESOURCE_ATTRIBUTES",
            "deployment.environment.name=staging",
        );
    let server = program.serve().await;
    let ada = server.user("ada").await;
    let create = ada.post("/api/tasks", &json!({ "title": "Traced" }));
    let create = create
        .header("traceparent", &traceparent(TRACE, "01"))
        .header("tracestate", "vendor=1")
        .header("x-request-id", "traced");
    create.await.is(201);

    let request = collector.span(TRACE, "POST /api/tasks").await;
    assert_eq!(
        (request.parent().as_str(), request.state()),
        (CALLER, "vendor=1")
    );
    assert!(request.is_of_server() && !request.has_failed());
    for (key, value) in [
        ("http.request.method", "POST"),
        ("http.route", "/api/tasks"),
        ("http.response.status_code", "201"),
        ("request_id", "traced"),
        ("user_id", ada.id()),
    ] {
        assert_eq!(request.attribute(key).as_deref(), Some(value), "{key}");
    }
    for (key, value) in [
        ("service.name", "tasks-of-a-test"),
        ("service.version", env!("CARGO_PKG_VERSION")),
        ("deployment.environment.name", "staging"),
    ] {
        assert_eq!(request.of_service(key).as_deref(), Some(value), "{key}");
    }
    assert!(request.came_with("x-api-key: of-a-test"), "{request:?}");
    let service = collector.span(TRACE, "task.create").await;
    let in_store = collector.span(TRACE, "db.task.write").await;
    assert_eq!(
        (service.parent(), in_store.parent()),
        (request.id(), service.id())
    );
    assert!(!service.is_of_server() && !service.has_failed());
    assert!(in_store.duration() > Duration::ZERO && in_store.duration() <= service.duration());
    assert!(service.duration() <= request.duration());
    assert_eq!(logged_trace(&server, "traced").await, TRACE);
}

#[apply(both_stores)]
async fn a_malformed_caller_is_ignored_and_a_new_trace_begins(store: &Store) {
    let collector = Collector::start().await;
    for (name, program) in [
        ("off", store.program()),
        ("on", exporting(store, &collector)),
    ] {
        let server = program.serve().await;
        let ada = server.user(name).await;
        let upper_case = TRACE.to_uppercase();
        let given = [
            None,
            Some(""),
            Some("nonsense"),
            Some(&traceparent(&upper_case, "01")),
            Some(&traceparent(&"0".repeat(32), "01")),
            Some(&traceparent(TRACE, "1")),
        ];
        let mut traces = Vec::new();
        for (number, parent) in given.into_iter().enumerate() {
            let id = format!("{name}-{number}");
            let call = ada.get("/api/tasks").header("x-request-id", &id);
            match parent {
                Some(parent) => call.header("traceparent", parent).await.is(200),
                None => call.await.is(200),
            };
            let trace = logged_trace(&server, &id).await;
            assert!(is_trace(&trace) && trace != TRACE, "{parent:?}: {trace}");
            if name == "on" {
                let request = collector.span(&trace, "GET /api/tasks").await;
                assert_eq!((request.parent().as_str(), request.state()), ("", ""));
            }
            assert!(!traces.contains(&trace), "{trace} is not new");
            traces.push(trace);
        }
        // Whether it is exported or not.
        let valid = ada.get("/api/tasks").header("x-request-id", "continued");
        let valid = valid.header("traceparent", &traceparent(TRACE, "00"));
        valid.await.is(200);
        assert_eq!(logged_trace(&server, "continued").await, TRACE);
        server.stop().await;
    }
}

#[apply(both_stores)]
async fn a_request_that_the_server_fails_is_marked_and_a_client_s_mistake_is_not(store: &Store) {
    let collector = Collector::start().await;
    let program = exporting(store, &collector).set("server.max_event_streams", "1");
    let server = program.serve().await;
    let ada = server.user("ada").await;
    let _taken = EventStream::follow(&server, &ada).await;
    for (path, name, status) in [
        (EVENTS, format!("GET {EVENTS}"), 503),
        ("/api/tasks?limit=0", "GET /api/tasks".to_owned(), 400),
        ("/nowhere/0193a5c8", "GET".to_owned(), 404),
    ] {
        let trace = format!("{status:032x}");
        let call = ada
            .get(path)
            .header("traceparent", &traceparent(&trace, "01"));
        call.await.is(status);
        let request = collector.span(&trace, &name).await;
        assert_eq!(request.has_failed(), status == 503, "{request:?}");
        let error = request.attribute("error.type");
        assert_eq!(error, (status == 503).then(|| status.to_string()));
        let told = request.attribute("http.response.status_code");
        assert_eq!(told, Some(status.to_string()));
        assert_eq!(request.attribute("http.route").is_some(), status != 404);
    }
}

#[apply(both_stores)]
async fn callers_decide_about_their_traces_and_the_setting_about_others(store: &Store) {
    let collector = Collector::start().await;
    let program = exporting(store, &collector).set("telemetry.sampling_ratio", "0");
    let server = program.serve().await;
    let ada = server.user("ada").await;
    ada.get("/api/tasks").await.is(200);
    let unwanted = traceparent(TRACE, "00");
    ada.get("/api/tasks")
        .header("traceparent", &unwanted)
        .await
        .is(200);
    let (wanted, id) = (
        traceparent(&TRACE.replace('4', "5"), "01"),
        TRACE.replace('4', "5"),
    );
    ada.get("/api/tasks")
        .header("traceparent", &wanted)
        .await
        .is(200);
    collector.span(&id, "GET /api/tasks").await;
    // What came before would have been exported before.
    let traces: Vec<_> = collector.spans().iter().map(ExportedSpan::trace).collect();
    assert!(traces.iter().all(|trace| *trace == id), "{traces:?}");
}

#[apply(both_stores)]
async fn what_waits_is_exported_at_the_end(store: &Store) {
    let collector = Collector::start().await;
    let program = store
        .program()
        .variable("OTEL_EXPORTER_OTLP_ENDPOINT", &collector.url())
        .variable("OTEL_BSP_SCHEDULE_DELAY", "3600000");
    let server = program.serve().await;
    let ada = server.user("ada").await;
    let read = ada
        .get("/api/tasks")
        .header("traceparent", &traceparent(TRACE, "01"));
    read.await.is(200);
    assert!(collector.spans().is_empty());
    server.stop().await;
    collector.span(TRACE, "GET /api/tasks").await;
    let names: Vec<_> = collector
        .spans()
        .iter()
        .map(|span| span.name().to_owned())
        .collect();
    assert!(
        names.iter().any(|name| name == "POST /api/auth/register"),
        "{names:?}"
    );
}

#[apply(both_stores)]
async fn a_dead_collector_harms_no_request_and_does_not_hold_the_end_up(store: &Store) {
    for (name, collector) in [
        ("silent", Collector::silent().await),
        ("gone", Collector::gone().await),
    ] {
        let program = exporting(store, &collector)
            .variable("OTEL_BSP_MAX_QUEUE_SIZE", "64")
            .variable("OTEL_BSP_MAX_EXPORT_BATCH_SIZE", "16")
            .set("server.shutdown_timeout", "8s");
        let mut server = program.serve().await;
        let ada = server.user(name).await;
        let task = ada.create_titled("Served").await;
        let started = Instant::now();
        for _ in 0..5 {
            for answer in ada.read_and_write(&task, 40).await {
                assert!(answer.status() < 300, "{answer:?}");
            }
        }
        assert!(
            started.elapsed() < Duration::from_secs(30),
            "requests waited"
        );
        let log = server.log_with("traces are lost").await;
        assert_eq!(log.matches("traces are lost").count(), 1, "{log}");

        let stopped = Instant::now();
        server.signal(Signal::TERM);
        assert_eq!(server.ended().await.code(), Some(0));
        assert!(
            stopped.elapsed() < Duration::from_secs(12),
            "{:?}",
            stopped.elapsed()
        );
    }
}

#[cfg(target_os = "linux")]
#[tokio::test]
async fn without_a_collector_nothing_is_started() {
    let threads = async |server: &Server| {
        let tasks = format!("/proc/{}/task", server.process_id());
        let threads = std::fs::read_dir(tasks).unwrap();
        let names = threads.map(|thread| {
            let name = thread.unwrap().path().join("comm");
            std::fs::read_to_string(name).unwrap_or_default()
        });
        names
            .filter(|name| name.starts_with("OpenTelemetry"))
            .count()
    };
    let store = Store::create(Kind::Sqlite).await;
    let server = store.program().serve().await;
    server.user("ada").await.create_titled("Untold").await;
    assert_eq!(threads(&server).await, 0);

    let collector = Collector::start().await;
    let other = Store::create(Kind::Sqlite).await;
    let server = exporting(&other, &collector).serve().await;
    assert_eq!(threads(&server).await, 1);
}
