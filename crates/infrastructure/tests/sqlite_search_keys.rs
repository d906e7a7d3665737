//! Search keys that another version has made are made again.

#![cfg(feature = "sqlite")]
#![expect(clippy::unwrap_used, reason = "a test says by panicking what is wrong")]

#[path = "support/search_keys.rs"]
mod search_keys;

use std::time::Duration;

use diesel::connection::SimpleConnection;
use diesel::prelude::*;
use diesel::sqlite::SqliteConnection;
use search_keys::{SPOIL, TASKS, an_owner_of_many, count_found};
use tasklane_infrastructure::sqlite::{SqliteSettings, SqliteStore};

#[tokio::test]
async fn keys_of_another_version_are_made_again_from_where_it_was_interrupted() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("tasklane.db");
    let store = SqliteStore::open(&SqliteSettings {
        path: path.clone(),
        readers: 1,
        wait: Duration::from_secs(10),
    });
    let store = store.unwrap();
    store.migrate().await.unwrap();
    let owner = an_owner_of_many(&store).await;
    assert_eq!(count_found(&store, &owner).await, TASKS);
    let mut beside = SqliteConnection::establish(path.to_str().unwrap()).unwrap();

    beside.batch_execute(SPOIL).unwrap();
    store.migrate().await.unwrap();
    assert_eq!(
        count_found(&store, &owner).await,
        0,
        "the version is the same"
    );

    beside
        .batch_execute("UPDATE search_keys SET version = 0")
        .unwrap();
    store.migrate().await.unwrap();
    assert_eq!(count_found(&store, &owner).await, TASKS);

    beside.batch_execute(SPOIL).unwrap();
    let interrupted = "UPDATE search_keys SET complete = 0, (owner_id, task_id) =
        (SELECT owner_id, id FROM tasks ORDER BY owner_id, id LIMIT 1 OFFSET 99)";
    beside.batch_execute(interrupted).unwrap();
    store.migrate().await.unwrap();
    assert_eq!(count_found(&store, &owner).await, TASKS - 100);
}
