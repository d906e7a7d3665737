//! Heads that never end take a bounded part of the memory.

#![cfg(target_os = "linux")]

use std::time::Duration;

use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
use tasklane_tests::server::Server;
use tasklane_tests::socket::{Socket, status_of};
use tasklane_tests::store::{Kind, Store};

const HEADS: usize = 1500;
/// What all heads together may cost, in bytes: the connections, the first 4 KiB of each head, and the
/// 32 MiB for the rest of all.
const HEADS_MARGIN: usize = 80 << 20;

fn allow_many_sockets() {
    let limit = getrlimit(Resource::Nofile);
    let most = Rlimit {
        current: limit.maximum,
        maximum: limit.maximum,
    };
    setrlimit(Resource::Nofile, most).expect("what is allowed can be taken");
}

/// A head that does not end after that many bytes of a header.
fn endless_head(length: usize) -> String {
    let header = "x".repeat(length);
    format!("GET /api/tasks HTTP/1.1\r\nhost: localhost\r\nx-endless: {header}")
}

/// The most memory that the server has within some time.
async fn peak(server: &Server, time: Duration) -> usize {
    let end = tokio::time::Instant::now() + time;
    let mut peak = 0;
    while tokio::time::Instant::now() < end {
        peak = peak.max(server.memory());
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    peak
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn heads_that_never_end_take_a_bounded_part_of_the_memory() {
    allow_many_sockets();
    let store = Store::create(Kind::Sqlite).await;
    let server = store.program().serve().await;
    let ada = server.user("ada").await;
    ada.create_titled("Before").await;
    let before = server.memory();
    // The HTTP library would keep 128 KiB of each.
    let head = endless_head(120 * 1024);
    let mut endless = Vec::new();
    for _ in 0..HEADS {
        let mut socket = Socket::connect(&server).await;
        // Not even the kernel takes all of it from one that is not listened to any more.
        let sending = socket.send(head.as_bytes());
        let _ = tokio::time::timeout(Duration::from_secs(10), sending).await;
        endless.push(socket);
    }
    let peak = peak(&server, Duration::from_secs(2)).await;
    assert!(
        peak < before + HEADS_MARGIN,
        "{before} bytes before, {peak} beside {HEADS} heads"
    );
    ada.create_titled("Beside them").await;

    let mut told = 0;
    for mut socket in endless {
        if socket.hears_within(Duration::from_millis(1)).await {
            let answer = socket.read_until("}").await;
            let status = status_of(&answer);
            assert!(matches!(status, Some(431 | 503)), "{answer}");
            told += 1;
        }
    }
    assert!(told > HEADS * 9 / 10, "{told} were told why");
    assert!(
        !server.log().contains(r#""level":"ERROR""#),
        "{}",
        server.log()
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn heads_of_ordinary_size_that_never_end_share_a_bounded_memory_too() {
    allow_many_sockets();
    let store = Store::create(Kind::Sqlite).await;
    let server = store.program().serve().await;
    let ada = server.user("ada").await;
    ada.create_titled("Before").await;
    let before = server.memory();
    let head = endless_head(16_000);
    let mut endless = Vec::new();
    for _ in 0..2 * HEADS {
        let mut socket = Socket::connect(&server).await;
        assert!(socket.send(head.as_bytes()).await);
        endless.push(socket);
    }
    let peak = peak(&server, Duration::from_secs(1)).await;
    assert!(
        peak < before + HEADS_MARGIN,
        "{before} bytes before, {peak} beside {} heads",
        2 * HEADS
    );
    // Those whose heads are small notice nothing.
    ada.create_titled("Beside them").await;
    let mut refused = 0;
    for mut socket in endless {
        if socket.hears_within(Duration::from_millis(1)).await {
            let answer = socket.read_until("}").await;
            assert!(matches!(status_of(&answer), Some(503 | 408)), "{answer}");
            refused += 1;
        }
    }
    assert!(refused > 0, "there was room for all");
}
