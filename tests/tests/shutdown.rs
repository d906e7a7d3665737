//! How the server stops: what is under way is finished, and nothing new is begun.

use std::time::{Duration, Instant};

use macro_rules_attribute::apply;
use rustix::process::Signal;
use serde_json::json;
use tasklane_tests::app::App;
use tasklane_tests::both_stores;
use tasklane_tests::server::Server;
use tasklane_tests::socket::{Socket, status_of};
use tasklane_tests::store::{Kind, Store};
use tasklane_tests::user::User;
use tokio::net::TcpStream;

/// A create whose body is still on its way.
struct Unfinished(Socket);

const BODY: &str = "{\"title\": \"Finished while stopping\"}";

impl Unfinished {
    async fn begin(server: &Server, user: &User) -> Self {
        let head = format!(
            "POST /api/tasks HTTP/1.1\r\nhost: localhost\r\nauthorization: Bearer {}\r\n\
             content-type: application/json\r\ncontent-length: {}\r\n\r\n",
            user.access_token(),
            BODY.len()
        );
        let mut socket = Socket::connect(server).await;
        assert!(socket.send(head.as_bytes()).await && socket.send(&BODY.as_bytes()[..10]).await);
        Self(socket)
    }

    async fn finish(self) -> String {
        self.0.exchange(&BODY.as_bytes()[10..]).await
    }
}

async fn wait_until_refused(server: &Server) {
    let started = Instant::now();
    while TcpStream::connect(server.address()).await.is_ok() {
        assert!(
            started.elapsed() < Duration::from_secs(10),
            "new connections are still accepted"
        );
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
}

async fn wait_until_draining(server: &Server) {
    let started = Instant::now();
    while server.anonymous().get("/health/ready").await.status() != 503 {
        let waited = started.elapsed();
        assert!(
            waited < Duration::from_secs(10),
            "it still says that it is ready"
        );
    }
}

#[apply(both_stores)]
async fn requests_in_flight_are_finished(store: &Store) {
    for signal in [Signal::TERM, Signal::INT] {
        let mut server = store.program().serve().await;
        let ada = server.user(&format!("ada-{}", signal.as_raw())).await;
        let mut unfinished = Vec::new();
        for _ in 0..8 {
            unfinished.push(Unfinished::begin(&server, &ada).await);
        }
        // The heads must have reached the workers.
        tokio::time::sleep(Duration::from_millis(200)).await;
        server.signal(signal);
        wait_until_refused(&server).await;
        for request in unfinished {
            let answer = request.finish().await;
            assert_eq!(status_of(&answer), Some(201), "{answer}");
        }
        let status = server.ended().await;
        assert_eq!(status.code(), Some(0), "{signal:?}");

        let server = store.program().serve().await;
        assert_eq!(ada.at(server.url()).tasks().await.len(), 8);
        server.stop().await;
    }
}

#[apply(both_stores)]
async fn an_idle_server_stops_at_once(store: &Store) {
    let server = store.program().serve().await;
    let ada = server.user("ada").await;
    ada.create_titled("Leaves an idle connection behind").await;
    let idle = TcpStream::connect(server.address()).await.unwrap();
    let started = Instant::now();
    server.stop().await;
    assert!(
        started.elapsed() < Duration::from_secs(5),
        "{:?}",
        started.elapsed()
    );
    drop(idle);
}

#[tokio::test]
async fn a_request_that_never_ends_does_not_hold_the_server() {
    let store = Store::create(Kind::Sqlite).await;
    let mut server = store
        .program()
        .set("server.shutdown_timeout", "1s")
        .serve()
        .await;
    let ada = server.user("ada").await;
    let endless = Unfinished::begin(&server, &ada).await;
    tokio::time::sleep(Duration::from_millis(200)).await;
    let started = Instant::now();
    server.signal(Signal::TERM);
    server.ended().await;
    assert!(
        started.elapsed() < Duration::from_secs(6),
        "{:?}",
        started.elapsed()
    );
    drop(endless);
}

#[apply(both_stores)]
async fn while_draining_it_serves_and_says_that_it_is_not_ready(store: &Store) {
    let mut server = store
        .program()
        .set("server.drain_delay", "2s")
        .serve()
        .await;
    let ada = server.user("ada").await;
    server.anonymous().get("/health/ready").await.is(200);
    let started = Instant::now();
    server.signal(Signal::TERM);
    wait_until_draining(&server).await;
    server.anonymous().get("/health/live").await.is(200);
    let served = ada
        .post("/api/tasks", &json!({ "title": "Served while draining" }))
        .await
        .is(201);
    assert_eq!(served.header("connection"), Some("close"));
    assert!(server.ended().await.success());
    assert!(
        started.elapsed() >= Duration::from_millis(1800),
        "{:?}",
        started.elapsed()
    );
}

#[tokio::test]
async fn a_second_signal_stops_at_once() {
    let store = Store::create(Kind::Sqlite).await;
    let mut server = store
        .program()
        .set("server.drain_delay", "30s")
        .serve()
        .await;
    server.signal(Signal::TERM);
    // Two signals that are not yet heard of are one.
    wait_until_draining(&server).await;
    let started = Instant::now();
    server.signal(Signal::TERM);
    server.ended().await;
    assert!(
        started.elapsed() < Duration::from_secs(5),
        "{:?}",
        started.elapsed()
    );
}

#[apply(both_stores)]
async fn a_second_signal_stops_at_once_with_requests_under_way(store: &Store) {
    let mut server = store.program().serve().await;
    let ada = server.user("ada").await;
    let endless = Unfinished::begin(&server, &ada).await;
    tokio::time::sleep(Duration::from_millis(200)).await;
    server.signal(Signal::TERM);
    wait_until_refused(&server).await;
    let started = Instant::now();
    server.signal(Signal::INT);
    server.ended().await;
    assert!(
        started.elapsed() < Duration::from_secs(5),
        "{:?}",
        started.elapsed()
    );
    drop(endless);
}

#[tokio::test]
async fn a_stop_under_load_leaves_one_tidy_file() {
    let store = Store::create(Kind::Sqlite).await;
    for round in 0..3 {
        let mut server = store.program().serve().await;
        let ada = server.user(&format!("ada-{round}")).await;
        let clients: Vec<_> = (0..6)
            .map(|_| {
                let ada = ada.clone();
                tokio::spawn(async move {
                    let title = json!({ "title": "Task" });
                    while ada.post("/api/tasks", &title).attempt().await.is_ok()
                        && ada.get("/api/tasks").attempt().await.is_ok()
                    {}
                })
            })
            .collect();
        tokio::time::sleep(Duration::from_millis(300)).await;
        server.signal(Signal::TERM);
        assert!(server.ended().await.success());
        for client in clients {
            client.await.unwrap();
        }
        let data = store.program().folder().join("data");
        let files = std::fs::read_dir(data).unwrap();
        let names: Vec<_> = files.map(|file| file.unwrap().file_name()).collect();
        assert_eq!(names, ["tasklane.db"], "round {round}");
    }
}

#[apply(both_stores)]
async fn what_was_acknowledged_before_the_stop_is_there(store: &Store) {
    let mut server = store.program().serve().await;
    let ada = server.user("ada").await;
    let writers: Vec<_> = (0..10)
        .map(|_| {
            let ada = ada.clone();
            tokio::spawn(async move {
                let mut created = Vec::new();
                let title = json!({ "title": "Kept" });
                while let Ok(answer) = ada.post("/api/tasks", &title).attempt().await {
                    created.push(answer.is(201).task());
                }
                created
            })
        })
        .collect();
    tokio::time::sleep(Duration::from_millis(400)).await;
    server.signal(Signal::TERM);
    assert!(server.ended().await.success());
    let mut acknowledged = Vec::new();
    for writer in writers {
        acknowledged.extend(writer.await.expect("no writer is told of an error"));
    }
    assert!(!acknowledged.is_empty());

    let server = store.program().serve().await;
    let kept = ada.at(server.url()).tasks().await;
    for task in acknowledged {
        assert!(kept.contains(&task), "lost: {task}");
    }
}

#[apply(both_stores)]
async fn a_slow_body_is_given_up(store: &Store) {
    let server = store
        .program()
        .set("server.body_timeout", "1s")
        .serve()
        .await;
    let ada = server.user("ada").await;
    let started = Instant::now();
    let Unfinished(socket) = Unfinished::begin(&server, &ada).await;
    let answer = socket.read_to_end().await;
    assert!(
        started.elapsed() < Duration::from_secs(10),
        "{:?}",
        started.elapsed()
    );
    assert_eq!(status_of(&answer), Some(408), "{answer}");
    assert!(answer.contains("\"code\":\"request_timeout\""), "{answer}");
    ada.create_titled("Others are served").await;
}

#[apply(both_stores)]
async fn slow_headers_are_given_up(store: &Store) {
    let server = store
        .program()
        .set("server.header_timeout", "1s")
        .serve()
        .await;
    let started = Instant::now();
    let answer = Socket::connect(&server)
        .await
        .exchange(b"GET /health/live HTTP/1.1\r\nhost: ")
        .await;
    assert!(
        started.elapsed() < Duration::from_secs(10),
        "{:?}",
        started.elapsed()
    );
    assert!(
        status_of(&answer).is_none_or(|status| status == 408),
        "{answer}"
    );
}

#[apply(both_stores)]
async fn a_connection_is_kept_for_the_next_request(app: &App) {
    let mut socket = Socket::connect(app).await;
    let request = "GET /health/live HTTP/1.1\r\nhost: localhost\r\n";
    assert!(socket.send(format!("{request}\r\n").as_bytes()).await);
    let both = socket
        .exchange(format!("{request}connection: close\r\n\r\n").as_bytes())
        .await;
    assert_eq!(both.matches("HTTP/1.1 200").count(), 2, "{both}");
}
