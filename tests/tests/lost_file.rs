//! A database file that is removed under a running process.

use std::fs;

use serde_json::json;
use tasklane_tests::store::{Kind, Store};

#[tokio::test]
async fn a_removed_file_is_noticed_at_once_and_not_made_again() {
    let store = Store::create(Kind::Sqlite).await;
    let server = store.program().serve().await;
    let ada = server.user("ada").await;
    ada.create_titled("Kept").await;
    for file in fs::read_dir(store.file().parent().unwrap()).unwrap() {
        let file = file.unwrap();
        let name = file.file_name().into_string().unwrap();
        if name.starts_with("tasklane.db") {
            fs::remove_file(file.path()).unwrap();
        }
    }
    for _ in 0..3 {
        let lost = ada.post("/api/tasks", &json!({ "title": "Lost" })).await;
        lost.problem(503, "unavailable");
        ada.get("/health/ready").await.problem(503, "unavailable");
        ada.get("/api/tasks").await;
    }
    let log = server.log_with("was removed or replaced").await;
    let errors = log
        .lines()
        .filter(|line| line.contains(r#""level":"ERROR""#) && !line.contains("request failed"));
    assert_eq!(errors.count(), 1, "it is said once: {log}");
    assert!(!store.file().exists(), "no empty file takes its place");
}
