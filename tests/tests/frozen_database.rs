//! A PostgreSQL whose processes are stopped in their tracks: it accepts connections and says nothing.

use std::time::{Duration, Instant};

use tasklane_tests::own_postgres::OwnPostgres;
use tasklane_tests::program::Program;
use tempfile::TempDir;

#[tokio::test]
async fn a_frozen_database_costs_each_request_a_bounded_time_and_is_found_again() {
    let (mut postgres, folder) = (OwnPostgres::start().await, TempDir::new().unwrap());
    let server = Program::for_tests(folder.path())
        .variable("DATABASE_URL", postgres.url())
        .set("database.pool_wait", "1s")
        .set("server.request_timeout", "3s")
        .serve()
        .await;
    let ada = server.user("ada").await;
    let task = ada.create_titled("Kept").await;

    postgres.freeze();
    let started = Instant::now();
    for answer in ada.read_and_write(&task, 40).await {
        answer.problem(503, "unavailable");
        assert_eq!(answer.header("retry-after"), Some("1"));
    }
    assert!(
        started.elapsed() < Duration::from_secs(12),
        "{:?}",
        started.elapsed()
    );
    server.anonymous().get("/health/live").await.is(200);
    server.anonymous().get("/health/ready").await.is(503);

    postgres.thaw();
    let thawed = Instant::now();
    while server.anonymous().get("/health/ready").await.status() != 200 {
        assert!(
            thawed.elapsed() < Duration::from_secs(20),
            "it does not recover"
        );
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    assert_eq!(ada.read(task.id()).await, task);
    ada.create_titled("Goes on").await;
}
