//! Two servers on one PostgreSQL are restarted in turn, under load, and clients notice nothing.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use rustix::process::Signal;
use serde_json::json;
use tasklane_tests::answer::Answer;
use tasklane_tests::client::Call;
use tasklane_tests::program::Program;
use tasklane_tests::server::Server;
use tasklane_tests::store::{Kind, Store};
use tasklane_tests::switch::Switch;
use tasklane_tests::user::User;

const RESTARTS: usize = 10;
const CLIENTS: usize = 8;

/// Sends a request, and once more when the connection fails.
async fn send(call: impl Fn() -> Call) -> Answer {
    if let Ok(answer) = call().attempt().await {
        return answer;
    }
    let again = call().attempt().await;
    again.expect("a connection error twice in a row")
}

/// Creates tasks and reads them back for as long as it is let; gives how many.
async fn work(ada: User, client: usize, stop: Arc<AtomicBool>) -> usize {
    let mut number = 0;
    while !stop.load(Ordering::Relaxed) {
        let title = json!({ "title": format!("{client}-{number}") });
        let key = format!("{client}-{number}");
        let create = || {
            ada.post("/api/tasks", &title)
                .header("idempotency-key", &key)
        };
        let task = send(create).await.is(201).task();
        let read = send(|| ada.get(&task.path())).await.is(200).task();
        assert_eq!(read, task);
        number += 1;
    }
    number
}

async fn ready(program: &Program) -> Server {
    let server = program.serve().await;
    let started = Instant::now();
    while server.anonymous().get("/health/ready").await.status() != 200 {
        assert!(
            started.elapsed() < Duration::from_secs(20),
            "it does not get ready"
        );
    }
    server
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn restarts_in_turn_under_load_fail_no_request() {
    let store = Store::create(Kind::Postgres).await;
    let program = store.program();
    let mut servers = [ready(&program).await, ready(&program).await];
    let switch = Switch::before(&[&servers[0], &servers[1]]).await;
    let ada = servers[0].user("ada").await.at(switch.url());
    let stop = Arc::new(AtomicBool::new(false));
    let workers: Vec<_> = (0..CLIENTS)
        .map(|client| {
            let stop = Arc::clone(&stop);
            tokio::spawn(work(ada.clone(), client, stop))
        })
        .collect();
    for restart in 0..RESTARTS {
        tokio::time::sleep(Duration::from_millis(200)).await;
        let place = restart % 2;
        servers[place].signal(Signal::TERM);
        assert!(servers[place].ended().await.success());
        servers[place] = ready(&program).await;
        switch.replace(place, &servers[place]);
    }
    stop.store(true, Ordering::Relaxed);
    let mut created = 0;
    for worker in workers {
        created += worker.await.expect("no client is told of an error");
    }
    assert!(created > CLIENTS * RESTARTS, "{created} is no load");
    assert_eq!(
        ada.tasks().await.len(),
        created,
        "a task was lost, or made twice"
    );
}
