//! A disk that is full, to the SQLite store: said so, nothing acknowledged lost, and over when there
//! is room again.

#![cfg(target_os = "linux")]

use std::fs;
use std::path::Path;
use std::time::{Duration, Instant};

use serde_json::json;
use tasklane_tests::server::Server;
use tasklane_tests::store::{Kind, Store};
use tasklane_tests::task::Task;
use tasklane_tests::user::{PASSWORD, User};

/// How many writes in a row fail when there is really no room left.
const FULL: usize = 20;

fn size_of_log(folder: &Path) -> u64 {
    let log = folder.join("data/tasklane.db-wal");
    fs::metadata(log).unwrap().len()
}

/// Writes tasks with such descriptions until none fits any more; gives what was acknowledged.
async fn fill(ada: &User, length: usize) -> Vec<Task> {
    let task = json!({ "title": "Kept", "description": "x".repeat(length) });
    let (mut acknowledged, mut failed) = (Vec::new(), 0);
    while failed < FULL {
        let answer = ada.post("/api/tasks", &task).await;
        if answer.status() == 201 {
            failed = 0;
            acknowledged.push(answer.task());
        } else {
            answer.problem(503, "unavailable");
            assert!(answer.header("retry-after").is_some());
            failed += 1;
        }
        assert!(acknowledged.len() < 1000, "the disk is never full");
    }
    acknowledged
}

async fn assert_served_without_room(server: &Server, ada: &User, first: &Task) {
    assert_eq!(&ada.read(first.id()).await, first);
    ada.get("/api/tasks").await.is(200);
    ada.get("/api/changes").await.is(200);
    let credentials = json!({ "email": ada.email(), "password": PASSWORD });
    let login = server
        .anonymous()
        .post("/api/auth/login", &credentials)
        .await;
    login.problem(503, "unavailable");
    server.anonymous().get("/health/live").await.is(200);
}

#[tokio::test]
async fn a_full_disk_stops_writes_and_nothing_else_until_there_is_room() {
    let store = Store::create(Kind::Sqlite).await;
    let program = store.program().after("trap '' XFSZ");
    let server = program.serve().await;
    let ada = server.user("ada").await;
    let first = ada.create_titled("First").await;
    server.limit_file_size(Some(size_of_log(program.folder()) + 100_000));
    let mut acknowledged = fill(&ada, 9_000).await;
    assert!(!acknowledged.is_empty(), "there was some room");
    acknowledged.extend(fill(&ada, 1).await);
    assert_served_without_room(&server, &ada, &first).await;

    server.limit_file_size(None);
    let started = Instant::now();
    loop {
        let answer = ada.post("/api/tasks", &json!({ "title": "Room" })).await;
        if answer.status() == 201 {
            acknowledged.push(answer.task());
            break;
        }
        answer.problem(503, "unavailable");
        assert!(
            started.elapsed() < Duration::from_secs(10),
            "it does not recover"
        );
    }
    acknowledged.push(first);
    let stored = ada.tasks().await;
    assert_eq!(stored.len(), acknowledged.len(), "what failed was not kept");
    server.stop().await;

    let server = store.program().serve().await;
    let stored = ada.at(server.url()).tasks().await;
    for task in acknowledged {
        assert!(stored.contains(&task), "lost: {}", task.id());
    }
}
