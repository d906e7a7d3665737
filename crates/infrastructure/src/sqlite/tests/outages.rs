//! A store that cannot do what it is asked says so, and can again afterwards.

use std::sync::{Arc, Mutex};

use futures::future::join_all;
use tasklane_domain::page::ListVersion;
use tasklane_domain::port::{Readiness, TaskRepository};
use tasklane_domain::task::{Operation, Outcome, WriteError, WriteRules};
use tasklane_domain::user::Actor;
use tasklane_domain_testkit::Writes;
use tasklane_domain_testkit::builders::{a_full_draft, a_task_id, create};

use super::*;

impl Fixture {
    async fn apply(&self, owner: &Actor, operation: Operation) -> Result<Outcome, WriteError> {
        self.store
            .apply(owner, operation, WriteRules::default(), at())
            .await
    }

    async fn create(&self, owner: &Actor) -> Result<Outcome, WriteError> {
        self.apply(owner, create(a_task_id(), a_full_draft("Buy milk")))
            .await
    }
}

#[tokio::test]
async fn readers_that_are_all_busy_are_an_outage_after_the_wait_and_not_for_readiness() {
    let fixture = fixture(HASTY).await;
    let (release, released) = mpsc::channel::<()>();
    let released = Arc::new(Mutex::new(released));
    let busy: Vec<_> = (0..2)
        .map(|_| {
            let (store, released) = (fixture.store.clone(), released.clone());
            tokio::spawn(async move {
                let work = move |_: &mut SqliteConnection| -> Result<(), TxError> {
                    released.lock().unwrap().recv().ok();
                    Ok(())
                };
                store.readers().run(work).await
            })
        })
        .collect();
    tokio::task::yield_now().await;
    let owner = a_federated_actor().owner();
    let refused = fixture.store.version(owner).await;
    assert!(matches!(refused, Err(StoreError::Unavailable(_))));
    fixture.store.ping().await.unwrap();
    drop(release);
    for answer in join_all(busy).await {
        answer.unwrap().unwrap();
    }
    fixture.store.version(owner).await.unwrap();
}

#[tokio::test]
async fn a_reader_cannot_write_and_survives_a_panic() {
    let fixture = fixture(PATIENT).await;
    let write = |connection: &mut SqliteConnection| Ok(insert_user(connection, 1)?);
    assert_unavailable(&fixture.store.readers().run(write).await);
    for _ in 0..4 {
        let panic = |connection: &mut SqliteConnection| -> Result<(), TxError> {
            connection.transaction(|_| panic!("made to panic"))
        };
        assert_unavailable(&fixture.store.readers().run(panic).await);
    }
    fixture.insert(2).await.unwrap();
    assert_eq!(fixture.users().await, [2]);
}

#[tokio::test]
async fn a_full_disk_is_an_outage_until_there_is_room_again() {
    let fixture = fixture(PATIENT).await;
    fixture
        .execute("PRAGMA max_page_count = 40".to_owned())
        .await
        .unwrap();
    let owner = a_federated_actor();
    let mut created = 0;
    let error = loop {
        match fixture.create(&owner).await {
            Ok(_) => created += 1,
            Err(error) => break error,
        }
        assert!(created < 10_000);
    };
    assert!(
        matches!(error, WriteError::Store(StoreError::Unavailable(_))),
        "{error:?}"
    );
    let version = fixture.store.version(owner.owner()).await.unwrap();
    assert_eq!(version.revision.as_i64(), created);
    fixture
        .execute("PRAGMA max_page_count = 1000000".to_owned())
        .await
        .unwrap();
    fixture.create(&owner).await.unwrap();
}

#[tokio::test]
async fn a_read_only_file_is_an_outage_and_nothing_is_half_written() {
    let fixture = fixture(PATIENT).await;
    let owner = a_federated_actor();
    fixture
        .execute("PRAGMA query_only = ON".to_owned())
        .await
        .unwrap();
    let error = fixture.create(&owner).await.unwrap_err();
    assert!(
        matches!(error, WriteError::Store(StoreError::Unavailable(_))),
        "{error:?}"
    );
    assert_eq!(
        fixture.store.version(owner.owner()).await.unwrap(),
        ListVersion::default()
    );
    assert_eq!(fixture.users().await, [0; 0]);
    fixture
        .execute("PRAGMA query_only = OFF".to_owned())
        .await
        .unwrap();
    fixture.create(&owner).await.unwrap();
}

#[tokio::test]
async fn another_process_that_does_not_let_go_is_an_outage_after_the_wait() {
    let fixture = fixture(HASTY).await;
    let path = fixture.folder.path().join("tasklane.db");
    let mut other = SqliteConnection::establish(path.to_str().unwrap()).unwrap();
    other.batch_execute("BEGIN IMMEDIATE").unwrap();
    assert_unavailable(&fixture.insert(1).await);
    assert_eq!(fixture.users().await, [0; 0], "readers are not held up");
    other.batch_execute("COMMIT").unwrap();
    fixture.insert(2).await.unwrap();
    assert_eq!(fixture.users().await, [2]);
}
