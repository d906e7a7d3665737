//! Writes that wait together are committed together.

#![cfg(feature = "sqlite")]
#![expect(clippy::unwrap_used, reason = "a test says by panicking what is wrong")]

use std::time::Duration;

use futures::future::join_all;
use tasklane_domain::port::TaskRepository;
use tasklane_domain::task::{Operation, Refusal, WriteError, WriteRules};
use tasklane_domain_testkit::Writes;
use tasklane_domain_testkit::builders::{
    a_draft, a_federated_actor, a_task_id, create, instant, toggle,
};
use tasklane_infrastructure::sqlite::{SqliteSettings, SqliteStore};

async fn store() -> (SqliteStore, tempfile::TempDir) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("tasklane.db");
    let settings = SqliteSettings {
        path,
        readers: 4,
        wait: Duration::from_secs(30),
    };
    let store = SqliteStore::open(&settings).unwrap();
    store.migrate().await.unwrap();
    (store, folder)
}

fn a_create() -> Operation {
    create(a_task_id(), a_draft("Buy milk"))
}

#[tokio::test]
async fn simultaneous_writes_share_commits() {
    let (store, _folder) = store().await;
    let before = store.writer_stats();
    let owners: Vec<_> = (0..500).map(|_| a_federated_actor()).collect();
    let rules = WriteRules::default();
    let outcomes = join_all(
        owners
            .iter()
            .map(|owner| store.apply(owner, a_create(), rules, instant(0))),
    )
    .await;
    assert!(outcomes.iter().all(Result::is_ok));
    let after = store.writer_stats();
    assert_eq!(after.writes - before.writes, 500);
    assert!(after.commits - before.commits <= 50, "{after:?}");
    assert!(after.last_batch > 1, "{after:?}");
    assert_eq!(after.queued, 0);
}

#[tokio::test]
async fn a_refused_write_does_not_disturb_those_it_is_committed_with() {
    let (store, _folder) = store().await;
    let owner = a_federated_actor();
    let taken = a_create();
    let rules = WriteRules::default();
    store
        .apply(&owner, taken.clone(), rules, instant(0))
        .await
        .unwrap();
    let writes = (0..100).map(|number| {
        let operation = match number % 3 {
            0 => a_create(),
            1 => taken.clone(),
            _ => toggle(a_task_id()),
        };
        store.apply(&owner, operation, rules, instant(1))
    });
    let (mut done, mut refused) = (0, 0);
    for outcome in join_all(writes).await {
        match outcome {
            Ok(_) => done += 1,
            Err(WriteError::Refused {
                refusal: Refusal::AlreadyExists { .. } | Refusal::NotFound,
                ..
            }) => {
                refused += 1;
            }
            Err(other) => panic!("{other:?}"),
        }
    }
    assert_eq!((done, refused), (34, 66));
    assert_eq!(
        store
            .version(owner.owner())
            .await
            .unwrap()
            .revision
            .as_i64(),
        35
    );
}
