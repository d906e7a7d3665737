//! What is taken on at once is bounded, and what is too much is refused in a way that clients
//! understand.

use std::time::{Duration, Instant};

use macro_rules_attribute::apply;
use reqwest::Method;
use serde_json::json;
use tasklane_tests::answer::Answer;
use tasklane_tests::both_stores;
use tasklane_tests::event_stream::{EVENTS, EventStream};
use tasklane_tests::socket::Socket;
use tasklane_tests::store::{Kind, Store};
use tokio_postgres::NoTls;

#[track_caller]
fn assert_shed(answer: &Answer) {
    answer.problem(503, "unavailable");
    assert_eq!(answer.header("retry-after"), Some("1"));
}

#[tokio::test]
async fn too_many_requests_at_once_are_shed_and_health_and_preflights_are_served() {
    const ORIGIN: &str = "http://localhost:3000";
    let store = Store::create(Kind::Postgres).await;
    let program = store.program().set("server.max_in_flight", "4");
    let server = program.serve().await;
    let ada = server.user("ada").await;
    ada.create_titled("Task").await;
    let (beside, connection) = tokio_postgres::connect(&store.url(), NoTls).await.unwrap();
    tokio::spawn(connection);
    beside
        .batch_execute("BEGIN; LOCK TABLE tasks")
        .await
        .unwrap();

    let waiting: Vec<_> = (0..4)
        .map(|_| tokio::spawn(ada.get("/api/tasks").into_future()))
        .collect();
    tokio::time::sleep(Duration::from_millis(300)).await;
    let begin = Instant::now();
    let shed: Vec<_> = (0..20)
        .map(|_| tokio::spawn(ada.get("/api/tasks").header("origin", ORIGIN).into_future()))
        .collect();
    for answer in shed {
        let answer = answer.await.unwrap();
        assert_shed(&answer);
        assert_eq!(answer.header("access-control-allow-origin"), Some(ORIGIN));
    }
    // All of them together, not one after the other.
    assert!(
        begin.elapsed() < Duration::from_secs(5),
        "{:?}",
        begin.elapsed()
    );
    let anonymous = server.anonymous();
    for path in ["/health/live", "/health/ready", "/health"] {
        anonymous.get(path).await.is(200);
    }
    let preflight = anonymous
        .call(Method::OPTIONS, "/api/tasks")
        .header("origin", ORIGIN);
    preflight
        .header("access-control-request-method", "POST")
        .await
        .is(200);

    // A body that has yet to come gives its turn up, and needs another one.
    let late = ada
        .post("/api/tasks", &json!({ "title": "Too late" }))
        .await;
    assert_shed(&late);

    beside.batch_execute("ROLLBACK").await.unwrap();
    for answer in waiting {
        answer.await.unwrap().is(200);
    }
    ada.create_titled("Goes on").await;
    let metrics = reqwest::get(format!("{}/metrics", server.management_url()))
        .await
        .unwrap();
    let metrics = metrics.text().await.unwrap();
    assert!(
        metrics.contains("\ntasklane_shed_requests_total 21\n"),
        "{metrics}"
    );
}

#[apply(both_stores)]
async fn clients_that_send_slowly_leave_the_turns_to_others(store: &Store) {
    let program = store.program().set("server.max_in_flight", "2");
    let server = program.serve().await;
    let ada = server.user("ada").await;
    let head = format!(
        "POST /api/tasks HTTP/1.1\r\nhost: localhost\r\nauthorization: Bearer {}\r\n\
         content-type: application/json\r\ncontent-length: 100\r\n\r\n{{",
        ada.access_token()
    );
    let mut slow = Vec::new();
    for _ in 0..20 {
        let mut socket = Socket::connect(&server).await;
        assert!(socket.send(head.as_bytes()).await);
        slow.push(socket);
    }
    tokio::time::sleep(Duration::from_millis(200)).await;
    for number in 0..10 {
        ada.create_titled(&number.to_string()).await;
    }
    // Whoever sends all of it in the end has a turn, too.
    let body = format!("{:99}", "\"title\": \"Slow\"}");
    let mut answers = slow.into_iter();
    let mut first = answers.next().unwrap();
    assert!(first.send(body.as_bytes()).await);
    let answer = first.read_until("}").await;
    assert!(answer.starts_with("HTTP/1.1 201"), "{answer}");
}

#[apply(both_stores)]
async fn event_streams_have_a_bound_of_their_own(store: &Store) {
    let program = store.program().set("server.max_in_flight", "1");
    let server = program.set("server.max_event_streams", "2").serve().await;
    let ada = server.user("ada").await;
    let first = EventStream::follow(&server, &ada).await;
    let second = EventStream::follow(&server, &ada).await;
    let refused = ada.get(EVENTS).await;
    assert_shed(&refused);
    ada.create_titled("Streams are no requests under way").await;

    drop(first);
    // That the reader is gone shows when there is something to read.
    let started = Instant::now();
    loop {
        ada.create_titled("Something to read").await;
        // One that is let in is told that it is ahead of what has happened.
        let open = ada.get(EVENTS).header("last-event-id", "999999").await;
        if open.status() == 410 {
            break;
        }
        assert_shed(&open);
        assert!(
            started.elapsed() < Duration::from_secs(20),
            "the place stays taken"
        );
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    drop(second);
}

#[apply(both_stores)]
async fn connections_beyond_the_bound_wait_to_be_accepted(store: &Store) {
    const REQUEST: &[u8] = b"GET /health/live HTTP/1.1\r\nhost: localhost\r\n\r\n";
    let program = store.program().set("server.max_connections", "4");
    let server = program.serve().await;
    let mut kept = Vec::new();
    for _ in 0..4 {
        let mut socket = Socket::connect(&server).await;
        assert!(socket.send(REQUEST).await);
        socket.read_until("}").await;
        kept.push(socket);
    }
    let mut further = Socket::connect(&server).await;
    assert!(further.send(REQUEST).await);
    let early = tokio::time::timeout(Duration::from_secs(1), further.read_until("}")).await;
    assert!(early.is_err(), "{early:?}");
    kept.clear();
    further.read_until("}").await;
}

#[tokio::test]
async fn a_bound_of_nothing_is_refused() {
    let store = Store::create(Kind::Sqlite).await;
    for setting in [
        "server.max_connections",
        "server.max_in_flight",
        "server.max_event_streams",
        "server.user_concurrency",
        "server.user_streams",
    ] {
        let failed = store.program().set(setting, "0").run(&["serve"]).await;
        let line = failed.failed_with_one_line();
        assert!(
            line.contains(setting) && line.contains("from 1 to"),
            "{line}"
        );
    }
    // Nothing is shed where there is room.
    let server = store
        .program()
        .set("server.max_in_flight", "1")
        .serve()
        .await;
    let ada = server.user("ada").await;
    ada.create(json!({ "title": "One after the other" })).await;
}
