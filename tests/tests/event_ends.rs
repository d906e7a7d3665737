//! The end of an event stream: with the right to read, with the server, and with the reader.

use std::time::{Duration, Instant};

use macro_rules_attribute::apply;
use reqwest::Method;
use serde_json::json;
use tasklane_tests::app::{App, run};
use tasklane_tests::both_stores;
use tasklane_tests::event_stream::{EVENTS, EventStream, open_streams};
use tasklane_tests::server::Server;
use tasklane_tests::store::{Kind, Store};
use tasklane_tests::tokens::Forgery;
use tasklane_tests::user::{PASSWORD, User};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpSocket, TcpStream};

#[apply(both_stores)]
async fn a_stream_ends_when_its_token_expires(app: &App) {
    let ada = app.user("ada").await;
    let token = Forgery::of(ada.access_token());
    // Accepted for the leeway of 5 seconds only.
    let token = token.clone().with("exp", token.issued_at());
    let started = Instant::now();
    let mut events = EventStream::open(app, &token.sign(), EVENTS, None).await;
    let task = ada.create_titled("Told before the end").await;
    let told = events.ended().await;
    assert_eq!(told.len(), 1);
    assert_eq!(*told[0].item(), task.into_document());
    let lasted = started.elapsed();
    let expected = Duration::from_millis(3500)..Duration::from_millis(5500);
    assert!(expected.contains(&lasted), "{lasted:?}");
    assert_eq!(open_streams(app).await, 0);
}

#[apply(both_stores)]
async fn a_stream_ends_soon_after_its_session(app: &App) {
    let ada = app.user("ada").await;
    let phone = ada.login().await;
    let mut of_ada = EventStream::follow(app, &ada).await;
    let mut of_phone = EventStream::follow(app, &phone).await;
    ada.call(Method::POST, "/api/auth/logout").await.is(204);
    let ended = tokio::time::timeout(Duration::from_secs(5), of_ada.ended()).await;
    assert_eq!(ended.expect("it ends within 5 seconds"), []);
    phone.create_titled("The other session goes on").await;
    assert_eq!(of_phone.next_ids(1).await, [1]);
}

#[apply(both_stores)]
async fn a_stream_ends_when_its_user_is_erased(app: &App) {
    let ada = app.user("ada").await;
    let mut events = EventStream::follow(app, &ada).await;
    let password = json!({ "password": PASSWORD });
    ada.delete("/api/users/me").json(&password).await.is(204);
    let ended = tokio::time::timeout(Duration::from_secs(5), events.ended()).await;
    assert_eq!(ended.expect("it ends within 5 seconds"), []);
}

#[apply(both_stores)]
async fn streams_end_when_the_server_stops_and_do_not_hold_it(store: &Store) {
    let server = store.program().serve().await;
    let ada = server.user("ada").await;
    let mut streams = Vec::new();
    for _ in 0..5 {
        streams.push(EventStream::follow(&server, &ada).await);
    }
    assert_eq!(open_streams(&server).await, 5);
    let stopping = Instant::now();
    server.stop().await;
    assert!(
        stopping.elapsed() < Duration::from_secs(5),
        "{:?}",
        stopping.elapsed()
    );
    for mut events in streams {
        assert_eq!(events.ended().await, [], "the stream ends in order");
    }

    let server = store.program().serve().await;
    ada.at(server.url())
        .create_titled("After the restart")
        .await;
    assert_eq!(
        EventStream::resume(&server, &ada, 0)
            .await
            .next_ids(1)
            .await,
        [1]
    );
}

#[apply(both_stores)]
async fn streams_go_on_while_the_server_drains(store: &Store) {
    let program = store.program().set("server.drain_delay", "2s");
    let mut server = program.serve().await;
    let ada = server.user("ada").await;
    let mut events = EventStream::follow(&server, &ada).await;
    server.signal(rustix::process::Signal::TERM);
    tokio::time::sleep(Duration::from_secs(1)).await;
    ada.create_titled("Written while draining").await;
    let told = events.ended().await;
    assert_eq!(told.iter().map(|change| change.id).collect::<Vec<_>>(), [1]);
    assert!(server.ended().await.success());
}

#[test]
fn a_session_that_ends_on_another_process_ends_its_streams_within_5_seconds() {
    run(Kind::Postgres, async |store: &Store| {
        let (here, there) = (store.program().serve().await, store.program().serve().await);
        let ada = here.user("ada").await;
        let mut events = EventStream::follow(&there, &ada).await;
        // The other process has just made sure that the session lives.
        tokio::time::sleep(Duration::from_millis(1100)).await;
        ada.at(there.url()).get("/api/users/me").await.is(200);
        ada.call(Method::POST, "/api/auth/logout").await.is(204);
        let ended = Instant::now();
        assert_eq!(events.ended().await, []);
        assert!(
            ended.elapsed() < Duration::from_millis(5500),
            "{:?}",
            ended.elapsed()
        );
    });
}

/// A reader with small buffers who takes nothing after the first bytes.
async fn stall(server: &Server, user: &User) -> TcpStream {
    let socket = TcpSocket::new_v4().unwrap();
    socket.set_recv_buffer_size(4096).unwrap();
    let address = server.address().parse().unwrap();
    let mut stream = socket.connect(address).await.unwrap();
    let request = format!(
        "GET {EVENTS}?since=0 HTTP/1.1\r\nhost: localhost\r\nauthorization: Bearer {}\r\n\r\n",
        user.access_token()
    );
    stream.write_all(request.as_bytes()).await.unwrap();
    let mut first = [0; 12];
    stream.read_exact(&mut first).await.unwrap();
    assert_eq!(&first, b"HTTP/1.1 200");
    stream
}

#[tokio::test]
async fn a_reader_that_stops_reading_is_cut_off_within_30_seconds() {
    let store = Store::create(Kind::Sqlite).await;
    let server = store.program().serve().await;
    let ada = server.user("ada").await;
    // More than what fits into the buffers between server and reader.
    let text = "🦀".repeat(10_000);
    let create = json!({ "op": "create", "task": { "title": "Large", "description": text } });
    let operations = json!({ "operations": vec![create; 20] });
    for _ in 0..20 {
        ada.post("/api/batch", &operations).await.is(200);
    }
    let mut stalled = stall(&server, &ada).await;
    let stopped = Instant::now();
    tokio::time::sleep(Duration::from_secs(5)).await;
    assert_eq!(open_streams(&server).await, 1);
    while open_streams(&server).await > 0 {
        let waited = stopped.elapsed();
        assert!(waited < Duration::from_secs(30), "still there: {waited:?}");
        tokio::time::sleep(Duration::from_millis(200)).await;
    }
    let mut rest = Vec::new();
    let read = stalled.read_to_end(&mut rest).await;
    assert!(read.is_err(), "the connection was closed in order");
    assert!(rest.len() < 16_000_000, "{}", rest.len());
}
