//! Search keys that another version has made are made again.

#![cfg(feature = "postgres")]
#![allow(clippy::unwrap_used, reason = "a test says by panicking what is wrong")]

#[path = "support/search_keys.rs"]
mod search_keys;

use diesel_async::SimpleAsyncConnection;
use search_keys::{SPOIL, TASKS, an_owner_of_many, count_found};
use tasklane_infrastructure::postgres::testing::TestDatabase;

#[tokio::test]
async fn keys_of_another_version_are_made_again_from_where_it_was_interrupted() {
    let database = TestDatabase::create().await;
    let store = database.store();
    let owner = an_owner_of_many(&store).await;
    assert_eq!(count_found(&store, &owner).await, TASKS);
    let mut beside = database.connect().await;

    beside.batch_execute(SPOIL).await.unwrap();
    store.migrate().await.unwrap();
    assert_eq!(
        count_found(&store, &owner).await,
        0,
        "the version is the same"
    );

    let other = "UPDATE search_keys SET version = 0";
    beside.batch_execute(other).await.unwrap();
    let (one, two) = (database.store(), database.store());
    let (one, two) = tokio::join!(one.migrate(), two.migrate());
    assert!(one.unwrap().is_empty() && two.unwrap().is_empty());
    assert_eq!(count_found(&store, &owner).await, TASKS);

    beside.batch_execute(SPOIL).await.unwrap();
    let interrupted = "UPDATE search_keys SET complete = false, (owner_id, task_id) =
        (SELECT owner_id, id FROM tasks ORDER BY owner_id, id LIMIT 1 OFFSET 99)";
    beside.batch_execute(interrupted).await.unwrap();
    store.migrate().await.unwrap();
    assert_eq!(count_found(&store, &owner).await, TASKS - 100);
}
