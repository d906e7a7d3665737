//! Readers by the thousand to whom nothing happens.

#![cfg(target_os = "linux")]

use std::time::Duration;

use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
use tasklane_tests::event_stream::EVENTS;
use tasklane_tests::server::Server;
use tasklane_tests::store::{Kind, Store};
use tasklane_tests::user::User;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

const READERS: usize = 10;
const STREAMS_OF_EACH: usize = 100;

/// What all streams together may cost, in bytes.
const MARGIN: usize = 100 << 20;

/// Lets this process, and the server that it starts, have a connection for each stream.
fn allow_connections() {
    let limit = getrlimit(Resource::Nofile);
    let all = Rlimit {
        current: limit.maximum,
        ..limit
    };
    setrlimit(Resource::Nofile, all).expect("what is allowed can be taken");
}

/// A stream that has begun.
async fn open(server: &Server, user: &User) -> TcpStream {
    let mut stream = TcpStream::connect(server.address())
        .await
        .expect("the server listens");
    let token = user.access_token();
    let head =
        format!("GET {EVENTS} HTTP/1.1\r\nhost: tasklane\r\nauthorization: Bearer {token}\r\n\r\n");
    stream
        .write_all(head.as_bytes())
        .await
        .expect("the server listens");
    read_until(&mut stream, "retry: 2000").await;
    stream
}

async fn read_until(stream: &mut TcpStream, text: &str) {
    let mut received = String::new();
    let mut chunk = [0; 2048];
    while !received.contains(text) {
        let read = tokio::time::timeout(Duration::from_mins(1), stream.read(&mut chunk)).await;
        let length = read.expect("the stream is silent").expect("the stream");
        assert!(length > 0, "the stream ended: {received}");
        received.push_str(&String::from_utf8_lossy(&chunk[..length]));
    }
}

#[tokio::test]
async fn a_thousand_idle_streams_cost_less_than_100_mebibytes() {
    allow_connections();
    let store = Store::create(Kind::Sqlite).await;
    // Signing in takes memory that is given back later, which would hide what streams take: they are
    // opened at a process that has hashed no password.
    let registering = store.program().serve().await;
    let mut readers = Vec::new();
    for number in 0..READERS {
        readers.push(registering.user(&format!("reader{number}")).await);
    }
    registering.stop().await;
    // One more than are kept: the first is closed, and may still count for a moment.
    let each = (STREAMS_OF_EACH + 1).to_string();
    let program = store.program().set("server.user_streams", &each);
    let server = program.serve().await;
    let readers: Vec<User> = readers
        .iter()
        .map(|reader| reader.at(server.url()))
        .collect();
    // Whatever is set up once is set up here.
    drop(open(&server, &readers[0]).await);
    let before = server.memory();
    let mut streams = Vec::new();
    for reader in &readers {
        for _ in 0..STREAMS_OF_EACH {
            streams.push(open(&server, reader).await);
        }
    }
    let after = server.memory();
    // No growth at all would mean that nothing was measured.
    let is_bounded = before < after && after < before + MARGIN;
    assert!(is_bounded, "{before} bytes, then {after}");

    // They are alive: each hears of a change of its own user.
    let task = readers[0].create_titled("News").await;
    for stream in &mut streams[..STREAMS_OF_EACH] {
        read_until(stream, task.id()).await;
    }
}
