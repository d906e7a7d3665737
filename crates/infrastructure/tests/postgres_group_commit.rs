//! Writes of several owners in one transaction of PostgreSQL: fewer commits, and nothing else to be
//! noticed of it.

#![cfg(feature = "postgres")]
#![allow(clippy::unwrap_used, reason = "a test says by panicking what is wrong")]

mod support;

use diesel::dsl::sql;
use diesel::sql_types::BigInt;
use diesel_async::{AsyncPgConnection, RunQueryDsl, SimpleAsyncConnection};
use support::eventually;
use tasklane_domain::error::StoreError;
use tasklane_domain::id::TaskId;
use tasklane_domain::page::TaskQuery;
use tasklane_domain::port::TaskRepository;
use tasklane_domain::task::{
    NewTask, Operation, Outcome, Refusal, TaskDraft, Title, WriteError, WriteRules,
};
use tasklane_domain::user::Actor;
use tasklane_domain_testkit::Writes;
use tasklane_domain_testkit::builders::{a_federated_actor, a_task_id, instant};
use tasklane_infrastructure::postgres::PostgresStore;
use tasklane_infrastructure::postgres::testing::TestDatabase;
use tokio::task::JoinHandle;

type Written = JoinHandle<Result<Outcome, WriteError>>;

const WRITERS: usize = 60;

const SOMEBODY_WAITS: &str = "SELECT EXISTS (SELECT FROM pg_stat_activity
    WHERE datname = current_database() AND wait_event_type = 'Lock')";

fn begin_to_create(store: &PostgresStore, owner: &Actor, id: TaskId) -> Written {
    begin_to_create_titled("Buy milk", store, owner, id)
}

fn begin_to_create_titled(
    title: &str,
    store: &PostgresStore,
    owner: &Actor,
    id: TaskId,
) -> Written {
    let (store, owner) = (store.clone(), owner.clone());
    let draft = TaskDraft::titled(Title::parse(title).unwrap());
    let operation = Operation::Create(NewTask {
        id,
        draft,
        fingerprint: None,
    });
    tokio::spawn(async move {
        store
            .apply(&owner, operation, WriteRules::default(), instant(0))
            .await
    })
}

/// One task for each of many owners, all at once.
fn begin_many(store: &PostgresStore) -> Vec<(Actor, Written)> {
    (0..WRITERS)
        .map(|_| {
            let owner = a_federated_actor();
            let written = begin_to_create(store, &owner, a_task_id());
            (owner, written)
        })
        .collect()
}

async fn number(query: &str, beside: &mut AsyncPgConnection) -> usize {
    let number: i64 = sql::<BigInt>(query).get_result(beside).await.unwrap();
    usize::try_from(number).unwrap()
}

#[tokio::test]
async fn writes_that_wait_together_are_committed_together() {
    let database = TestDatabase::create().await;
    let store = database.store();
    for (owner, written) in begin_many(&store) {
        assert!(matches!(written.await.unwrap(), Ok(Outcome::Created(_))));
        let page = store
            .list(owner.owner(), &TaskQuery::default())
            .await
            .unwrap();
        assert_eq!((page.items.len(), page.version.revision.as_i64()), (1, 1));
    }
    // Each row says which transaction wrote it.
    let beside = &mut database.connect().await;
    let transactions = number("SELECT count(DISTINCT xmin::text) FROM tasks", beside).await;
    assert!((1..WRITERS / 2).contains(&transactions), "{transactions}");
}

#[tokio::test]
async fn a_refused_write_does_not_take_others_with_it() {
    let database = TestDatabase::create().await;
    let store = database.store();
    let beside = &mut database.connect().await;
    let (owner, first, id) = (a_federated_actor(), a_task_id(), a_task_id());
    begin_to_create(&store, &owner, first)
        .await
        .unwrap()
        .unwrap();

    // Nobody sees this task until the statement that would create it waits for its owner.
    let hidden = format!(
        "BEGIN; INSERT INTO tasks (owner_id, id, title, title_key, position, revision, created_at,
             updated_at)
         VALUES ('{0}', '{id}', 'Hidden', 'hidden', 'a0', 100, now(), now());
         UPDATE users SET version = version + 1, open_tasks = open_tasks + 1, items = items + 1,
             bytes = bytes + 8, revision = 100
         WHERE id = '{0}'",
        owner.id
    );
    let before = begin_many(&store);
    let refused = begin_to_create(&store, &owner, id);
    let after = begin_many(&store);
    beside.batch_execute(&hidden).await.unwrap();
    eventually(beside, SOMEBODY_WAITS).await;
    beside.batch_execute("COMMIT").await.unwrap();

    let refused = refused.await.unwrap();
    assert!(
        matches!(
            refused,
            Err(WriteError::Refused {
                refusal: Refusal::AlreadyExists { .. },
                ..
            })
        ),
        "{refused:?}"
    );
    for (_, written) in before.into_iter().chain(after) {
        assert!(matches!(written.await.unwrap(), Ok(Outcome::Created(_))));
    }
    let tasks = number("SELECT count(*) FROM tasks", beside).await;
    assert_eq!(tasks, 2 * WRITERS + 2);
    let counted = number("SELECT sum(open_tasks)::bigint FROM users", beside).await;
    assert_eq!(counted, tasks, "what was refused is not counted");
}

#[tokio::test]
async fn a_transaction_that_dies_tells_every_writer_and_leaves_nothing() {
    let database = TestDatabase::create().await;
    let store = database.store();
    let beside = &mut database.connect().await;
    begin_to_create(&store, &a_federated_actor(), a_task_id())
        .await
        .unwrap()
        .unwrap();
    let lock = "BEGIN; LOCK TABLE tasks IN EXCLUSIVE MODE";
    beside.batch_execute(lock).await.unwrap();
    let writes = begin_many(&store);
    eventually(beside, SOMEBODY_WAITS).await;
    let end = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity
        WHERE datname = current_database() AND pid <> pg_backend_pid()";
    beside.batch_execute(end).await.unwrap();
    beside.batch_execute("COMMIT").await.unwrap();

    let mut created = 0;
    for (_, written) in writes {
        match written.await.unwrap() {
            Ok(Outcome::Created(_)) => created += 1,
            Err(WriteError::Store(StoreError::Unavailable(_))) => {}
            other => unreachable!("{other:?}"),
        }
    }
    assert!(created < WRITERS);
    let tasks = number("SELECT count(*) FROM tasks", beside).await;
    assert_eq!(tasks, created + 1);
    begin_to_create(&store, &a_federated_actor(), a_task_id())
        .await
        .unwrap()
        .unwrap();
}

#[tokio::test]
async fn data_that_the_database_cannot_take_fails_its_own_write_alone() {
    let database = TestDatabase::create_in("LATIN1").await;
    let store = database.store();
    let culprit = a_federated_actor();
    for turn in 0..3 {
        let before = begin_many(&store);
        let refused = begin_to_create_titled("🎉", &store, &culprit, a_task_id());
        let after = begin_many(&store);
        let refused = refused.await.unwrap();
        assert!(
            matches!(refused, Err(WriteError::Store(StoreError::Refused(_)))),
            "turn {turn}: {refused:?}"
        );
        for (_, written) in before.into_iter().chain(after) {
            let written = written.await.unwrap();
            assert!(matches!(written, Ok(Outcome::Created(_))), "{written:?}");
        }
    }
    let written = begin_to_create(&store, &culprit, a_task_id())
        .await
        .unwrap();
    assert!(matches!(written, Ok(Outcome::Created(_))), "{written:?}");
}
