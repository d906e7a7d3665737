//! PostgreSQL out of reach, at start or later: said so, survived, and nothing acknowledged lost.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use serde_json::json;
use tasklane_tests::answer::Answer;
use tasklane_tests::client::Client;
use tasklane_tests::proxy::Proxy;
use tasklane_tests::store::{Kind, Store};
use tasklane_tests::task::Task;
use tasklane_tests::user::{PASSWORD, User};
use tokio::net::TcpListener;

const RECOVERY_LIMIT: Duration = Duration::from_secs(20);

#[track_caller]
fn assert_unavailable(answer: &Answer) {
    answer.problem(503, "unavailable");
    let retry_after = answer
        .header("retry-after")
        .expect("a 503 says when to try again");
    assert!(
        retry_after.parse::<u32>().is_ok_and(|seconds| seconds > 0),
        "{retry_after}"
    );
    for leak in ["postgres", "connection", "127.0.0.1", "os error"] {
        assert!(
            !answer.text().to_lowercase().contains(leak),
            "{}",
            answer.text()
        );
    }
}

async fn wait_until_ready(client: &Client) {
    let started = Instant::now();
    while client.get("/health/ready").await.status() != 200 {
        assert!(
            started.elapsed() < RECOVERY_LIMIT,
            "the server does not recover"
        );
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
}

/// Creates tasks for as long as it is let; what fails must fail as the contract says.
async fn keep_creating(user: User, stop: Arc<AtomicBool>) -> (Vec<Task>, usize) {
    let (mut created, mut refused) = (Vec::new(), 0);
    while !stop.load(Ordering::Relaxed) {
        let answer = user.post("/api/tasks", &json!({ "title": "Kept" })).await;
        if answer.status() == 201 {
            created.push(answer.task());
        } else {
            assert_unavailable(&answer);
            refused += 1;
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    }
    (created, refused)
}

#[tokio::test]
async fn a_database_that_stops_under_load_is_survived() {
    let store = Store::create(Kind::Postgres).await;
    let mut proxy = Proxy::towards(&store.url()).await;
    let program = store
        .program()
        .variable("DATABASE_URL", &proxy.url(&store.url()));
    let server = program.set("database.pool_wait", "1s").serve().await;
    let ada = server.user("ada").await;
    let stop = Arc::new(AtomicBool::new(false));
    let writers: Vec<_> = (0..8)
        .map(|_| tokio::spawn(keep_creating(ada.clone(), Arc::clone(&stop))))
        .collect();

    tokio::time::sleep(Duration::from_millis(500)).await;
    proxy.cut().await;
    // Longer than what is known of the session stays good for.
    tokio::time::sleep(Duration::from_secs(6)).await;
    assert_unavailable(&ada.get("/api/tasks").await);
    let credentials = json!({ "email": ada.email(), "password": PASSWORD });
    assert_unavailable(
        &server
            .anonymous()
            .post("/api/auth/login", &credentials)
            .await,
    );
    server.anonymous().get("/health/ready").await.is(503);
    server.anonymous().get("/health/live").await.is(200);

    proxy.mend().await;
    wait_until_ready(&server.anonymous()).await;
    ada.create_titled("Served by the same process").await;
    tokio::time::sleep(Duration::from_millis(500)).await;
    stop.store(true, Ordering::Relaxed);
    let stored: Vec<Task> = ada.tasks().await;
    for writer in writers {
        let (created, refused) = writer.await.expect("no writer meets another error");
        assert!(refused > 0, "the outage was not felt");
        let last = created.last().expect("something was created");
        assert!(last.revision() > 1, "writing did not go on");
        for task in created {
            assert!(
                stored.contains(&task) || ada.read(task.id()).await == task,
                "lost: {task}"
            );
        }
    }
}

#[tokio::test]
async fn a_database_that_hangs_costs_each_request_a_bounded_time() {
    let store = Store::create(Kind::Postgres).await;
    let mut proxy = Proxy::towards(&store.url()).await;
    let program = store
        .program()
        .variable("DATABASE_URL", &proxy.url(&store.url()))
        .set("database.pool_wait", "1s")
        .set("server.request_timeout", "3s");
    let server = program.serve().await;
    let ada = server.user("ada").await;
    let task = ada.create_titled("Kept").await;

    proxy.stall();
    let started = Instant::now();
    for answer in ada.read_and_write(&task, 40).await {
        assert_unavailable(&answer);
    }
    assert!(
        started.elapsed() < Duration::from_secs(8),
        "{:?}",
        started.elapsed()
    );
    server.anonymous().get("/health/live").await.is(200);

    proxy.mend().await;
    wait_until_ready(&server.anonymous()).await;
    assert_eq!(ada.read(task.id()).await, task);
    ada.create_titled("Goes on").await;
}

#[tokio::test]
async fn connections_that_died_unnoticed_are_replaced_without_the_client_noticing() {
    let store = Store::create(Kind::Postgres).await;
    let mut proxy = Proxy::towards(&store.url()).await;
    let program = store
        .program()
        .variable("DATABASE_URL", &proxy.url(&store.url()));
    let server = program.serve().await;
    let ada = server.user("ada").await;
    for _ in 0..3 {
        let reads: Vec<_> = (0..10)
            .map(|_| tokio::spawn(ada.get("/api/tasks").into_future()))
            .collect();
        for read in reads {
            read.await.unwrap().is(200);
        }
        proxy.cut().await;
        proxy.mend().await;
        tokio::time::sleep(Duration::from_millis(100)).await;
        ada.get("/api/tasks").await.is(200);
        ada.create_titled("Written over a new connection").await;
    }
}

#[tokio::test]
async fn a_database_that_is_down_is_not_hammered() {
    const SPAN: Duration = Duration::from_secs(4);
    let store = Store::create(Kind::Sqlite).await;
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let attempts = Arc::new(AtomicUsize::new(0));
    let counted = Arc::clone(&attempts);
    tokio::spawn(async move {
        while let Ok((connection, _)) = listener.accept().await {
            counted.fetch_add(1, Ordering::SeqCst);
            drop(connection);
        }
    });
    let program = store
        .program()
        .variable("DATABASE_URL", &format!("postgres://ada@{address}/tasks"));
    let server = program.serve().await;
    let begin = Instant::now();
    let callers = (0..20).map(|_| {
        let client = server.anonymous();
        tokio::spawn(async move {
            while begin.elapsed() < SPAN {
                client.get("/health/ready").await.is(503);
            }
        })
    });
    for caller in callers.collect::<Vec<_>>() {
        caller.await.unwrap();
    }
    let attempts = attempts.load(Ordering::SeqCst);
    // A pool's worth at first, then one or two a second; and one to migrate each second or two.
    assert!((3..=50).contains(&attempts), "{attempts}");
}

#[tokio::test]
async fn a_database_that_is_down_at_start_is_waited_for() {
    let store = Store::create_empty(Kind::Postgres).await;
    let mut proxy = Proxy::towards(&store.url()).await;
    proxy.cut().await;
    let program = store
        .program()
        .variable("DATABASE_URL", &proxy.url(&store.url()));
    let server = program.set("database.pool_wait", "1s").serve().await;
    server.anonymous().get("/health/live").await.is(200);
    server.anonymous().get("/health/ready").await.is(503);
    let account = json!({ "email": "ada@example.com", "password": PASSWORD });
    assert_unavailable(
        &server
            .anonymous()
            .post("/api/auth/register", &account)
            .await,
    );

    proxy.mend().await;
    wait_until_ready(&server.anonymous()).await;
    let ada = server.user("ada").await;
    ada.create_titled("The migrations have been applied").await;
}
