//! Clients that are slow, or mean to be, do not hold the service up.

use std::time::{Duration, Instant};

use futures::future::join_all;
use macro_rules_attribute::apply;
use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
use serde_json::json;
use tasklane_tests::both_stores;
use tasklane_tests::server::Server;
use tasklane_tests::socket::{Socket, status_of};
use tasklane_tests::store::{Kind, Store};
use tasklane_tests::user::User;

const SLOW: usize = 500;
const KEPT: usize = 2000;
/// How long the service may take to answer beside them, on a machine that is busy.
const PATIENCE: Duration = Duration::from_secs(10);

const REQUEST: &str = "GET /health/live HTTP/1.1\r\nhost: localhost\r\n\r\n";

/// Lets this process have as many sockets as the system allows.
fn allow_many_sockets() {
    let limit = getrlimit(Resource::Nofile);
    let most = Rlimit {
        current: limit.maximum,
        maximum: limit.maximum,
    };
    setrlimit(Resource::Nofile, most).unwrap();
    assert!(
        limit.maximum.is_none_or(|most| most > 4096),
        "the hard limit of open files is too low for this test"
    );
}

/// Sends bytes one at a time until the server has had enough; gives what it says. Whoever goes on
/// sending after that has the answer reset before it is read.
async fn drip(server: &Server, head: String, pause: Duration) -> String {
    let mut socket = Socket::connect(server).await;
    let started = Instant::now();
    if socket.send(head.as_bytes()).await {
        while started.elapsed() < Duration::from_secs(4)
            && socket.send(b"x").await
            && !socket.hears_within(pause).await
        {}
    }
    socket.read_to_end().await
}

/// Keeps working while others are slow; gives how much was done.
async fn work_for(ada: &User, span: Duration) -> usize {
    let started = Instant::now();
    let mut done = 0;
    while started.elapsed() < span {
        let begin = Instant::now();
        let task = ada.create_titled("Beside slow clients").await;
        assert_eq!(ada.read(task.id()).await, task);
        assert!(begin.elapsed() < PATIENCE, "{:?}", begin.elapsed());
        done += 1;
    }
    done
}

#[apply(both_stores)]
async fn slow_heads_and_bodies_are_given_up_while_others_are_served(store: &Store) {
    allow_many_sockets();
    let program = store.program().set("server.header_timeout", "2s");
    let server = program.set("server.body_timeout", "2s").serve().await;
    let ada = server.user("ada").await;
    let heads = (0..SLOW).map(|_| {
        let head = "GET /api/tasks HTTP/1.1\r\nhost: localhost\r\nx-slow: ".to_owned();
        drip(&server, head, Duration::from_millis(250))
    });
    let bodies = (0..SLOW).map(|_| {
        let head = format!(
            "POST /api/tasks HTTP/1.1\r\nhost: localhost\r\nauthorization: Bearer {}\r\n\
             content-type: application/json\r\ncontent-length: 60000\r\n\r\n",
            ada.access_token()
        );
        drip(&server, head, Duration::from_millis(250))
    });
    let started = Instant::now();
    let (heads, bodies, done) = tokio::join!(
        join_all(heads),
        join_all(bodies),
        work_for(&ada, Duration::from_secs(4))
    );
    assert!(done > 3, "{done}");
    assert!(
        started.elapsed() < Duration::from_secs(40),
        "{:?}",
        started.elapsed()
    );
    for answer in heads {
        assert!(
            status_of(&answer).is_none_or(|status| status == 408),
            "{answer}"
        );
    }
    let told = bodies
        .iter()
        .filter(|answer| status_of(answer) == Some(408));
    let (told, all) = (told.count(), bodies.len());
    // A reset connection may lose the answer on its way.
    assert!(told > all / 2, "{told} of {all} were told why");
}

#[apply(both_stores)]
async fn a_later_head_that_never_ends_is_given_up_too(store: &Store) {
    let program = store.program().set("server.header_timeout", "1s");
    let server = program.set("server.keep_alive", "1s").serve().await;
    let cut = (0..50).map(|_| async {
        let mut socket = Socket::connect(&server).await;
        assert!(socket.send(REQUEST.as_bytes()).await);
        socket.read_until("}").await;
        let started = Instant::now();
        // The server's own keep-alive timer ends with the first byte.
        assert!(socket.send(b"GET /health/live HTTP/1.1\r\nhost: ").await);
        let rest = socket.read_to_end().await;
        assert_eq!(status_of(&rest), None, "{rest}");
        started.elapsed()
    });
    for took in join_all(cut).await {
        assert!(took < Duration::from_secs(10), "{took:?}");
    }
}

#[apply(both_stores)]
async fn an_answer_that_takes_long_is_not_cut_for_idling(store: &Store) {
    let program = store.program().set("server.header_timeout", "500ms");
    let server = program.set("server.keep_alive", "500ms").serve().await;
    let ada = server.user("ada").await;
    let mut events = tasklane_tests::event_stream::EventStream::follow(&server, &ada).await;
    tokio::time::sleep(Duration::from_secs(3)).await;
    let task = ada.create_titled("Heard of after a while").await;
    assert_eq!(events.change().await.unwrap().id, task.revision());
}

#[apply(both_stores)]
async fn readers_that_stop_reading_hold_nobody_up(store: &Store) {
    let server = store.program().serve().await;
    let ada = server.user("ada").await;
    let operation = json!({ "op": "create", "task": {
        "title": "Large", "description": "x".repeat(10_000)
    } });
    ada.post("/api/batch", &json!({ "operations": vec![operation; 40] }))
        .await
        .is(200);
    let request = format!(
        "GET /api/tasks?limit=100 HTTP/1.1\r\nhost: localhost\r\nauthorization: Bearer {}\r\n\r\n",
        ada.access_token()
    );
    let mut deaf = Vec::new();
    for _ in 0..60 {
        let mut socket = Socket::connect(&server).await;
        assert!(socket.send(request.repeat(2).as_bytes()).await);
        deaf.push(socket);
    }
    // Until the answers have been made.
    work_for(&ada, Duration::from_secs(3)).await;
    assert!(work_for(&ada, Duration::from_secs(3)).await > 3);
    drop(deaf);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_thousand_connections_are_kept_and_served() {
    allow_many_sockets();
    let store = Store::create(Kind::Sqlite).await;
    // The server raises the soft limit on its own.
    let server = store.program().after("ulimit -Sn 256").serve().await;
    let ada = server.user("ada").await;
    let mut kept = Vec::new();
    for _ in 0..KEPT {
        kept.push(Socket::connect(&server).await);
    }
    let request = format!(
        "GET /api/tasks HTTP/1.1\r\nhost: localhost\r\nauthorization: Bearer {}\r\n\r\n",
        ada.access_token()
    );
    for _ in 0..2 {
        // More of them at once would be shed.
        for some in kept.chunks_mut(200) {
            let answers = some.iter_mut().map(|socket| async {
                assert!(socket.send(request.as_bytes()).await);
                socket.read_until("}").await
            });
            for answer in join_all(answers).await {
                assert_eq!(status_of(&answer), Some(200), "{answer}");
            }
        }
        assert!(work_for(&ada, Duration::from_secs(1)).await > 0);
    }
    drop(kept);
}
