//! Writes to PostgreSQL: two round trips each, and counts that hold whatever is written in between.

#![cfg(feature = "postgres")]
#![allow(
    clippy::panic,
    clippy::unwrap_used,
    reason = "a test says by panicking what is wrong"
)]

mod support;

use diesel::dsl::sql;
use diesel::sql_types::Bool;
use diesel_async::{AsyncPgConnection, RunQueryDsl, SimpleAsyncConnection};
use support::{Wire, eventually};
use tasklane_domain::id::TaskId;
use tasklane_domain::page::{FeedLimit, TaskQuery};
use tasklane_domain::port::{TaskRepository, TrashPurger};
use tasklane_domain::task::{
    Description, DuePatch, NewTask, Operation, Outcome, Precondition, Refusal, Revision, SyncPoint,
    TaskDraft, TaskPatch, Title, WriteError, WriteRules, parse_date,
};
use tasklane_domain::user::Actor;
use tasklane_domain_testkit::Writes;
use tasklane_domain_testkit::builders::{a_federated_actor, a_task_id, instant};
use tasklane_infrastructure::postgres::testing::TestDatabase;
use tasklane_infrastructure::postgres::{PostgresSettings, PostgresStore};

fn create(id: TaskId) -> Operation {
    let draft = TaskDraft::titled(Title::parse("Buy milk").unwrap());
    Operation::Create(NewTask {
        id,
        draft,
        fingerprint: None,
    })
}

fn update(id: TaskId, precondition: Precondition, patch: TaskPatch) -> Operation {
    Operation::Update {
        id,
        precondition,
        patch,
    }
}

fn toggle(id: TaskId) -> Operation {
    update(id, Precondition::None, TaskPatch::toggle())
}

fn describe(text: &str) -> TaskPatch {
    let description = Some(Description::parse(text).unwrap());
    TaskPatch {
        description,
        ..TaskPatch::default()
    }
}

fn delete(id: TaskId) -> Operation {
    Operation::Delete {
        id,
        precondition: Precondition::None,
    }
}

fn restore(id: TaskId) -> Operation {
    Operation::Restore {
        id,
        precondition: Precondition::None,
    }
}

fn erase(id: TaskId) -> Operation {
    Operation::Erase {
        id,
        precondition: Precondition::None,
    }
}

async fn write(
    store: &PostgresStore,
    owner: &Actor,
    operation: Operation,
) -> Result<Outcome, WriteError> {
    store
        .apply(owner, operation, WriteRules::default(), instant(0))
        .await
}

/// With connections of their own for those that write, and with one connection for everything.
#[tokio::test]
async fn a_read_is_one_round_trip_and_a_write_two() {
    let database = TestDatabase::create().await;
    for pool_size in [1, 8] {
        count_round_trips(&database, pool_size).await;
    }
}

async fn count_round_trips(database: &TestDatabase, pool_size: usize) {
    let mut wire = Wire::to(database.url()).await;
    wire.mend().await;
    let url = wire.url(database.url()).into();
    let store = PostgresStore::open(&PostgresSettings {
        url,
        pool_size,
        ..database.settings()
    })
    .unwrap();
    let owner = a_federated_actor();
    // The first time each statement is prepared, which is a round trip of its own.
    for round in 0..2 {
        let id = a_task_id();
        let description = format!("in round {round}");
        let operations = [
            create(id),
            update(id, Precondition::Exists, describe(&description)),
            toggle(id),
            delete(id),
            restore(id),
            erase(id),
        ];
        for operation in operations {
            wire.round_trips();
            write(&store, &owner, operation.clone()).await.unwrap();
            let round_trips = wire.round_trips();
            assert!(
                round == 0 || round_trips == 2,
                "{operation:?}: {round_trips}"
            );
        }
        wire.round_trips();
        store.find(owner.owner(), id).await.unwrap();
        store
            .list(owner.owner(), &TaskQuery::default())
            .await
            .unwrap();
        store
            .changes(owner.owner(), SyncPoint::default(), FeedLimit::default())
            .await
            .unwrap();
        store.version(owner.owner()).await.unwrap();
        assert!(round == 0 || wire.round_trips() == 4);
    }
}

/// Locks the owner's row in a transaction, so that all others wait for it.
async fn hold(owner: &Actor, beside: &mut AsyncPgConnection) {
    let id = owner.id;
    let lock = format!("BEGIN; SELECT FROM users WHERE id = '{id}' FOR UPDATE");
    beside.batch_execute(&lock).await.unwrap();
}

/// Lets the writers go on that wait for the owner's row, once enough of them do.
async fn release(waiting: usize, beside: &mut AsyncPgConnection) {
    let all_wait = format!(
        "SELECT count(*) = {waiting} FROM pg_stat_activity
         WHERE datname = current_database() AND wait_event_type = 'Lock'"
    );
    eventually(beside, &all_wait).await;
    beside.batch_execute("COMMIT").await.unwrap();
}

async fn assert_true_books(beside: &mut AsyncPgConnection) {
    let true_books = "SELECT bool_and(users.open_tasks = books.open_tasks
            AND users.items = books.items AND users.bytes = books.bytes
            AND users.revision = greatest(books.revision, 0))
        FROM users LEFT JOIN LATERAL (
            SELECT count(*) AS items, max(revision) AS revision,
                count(*) FILTER (WHERE deleted_at IS NULL AND completed_at IS NULL) AS open_tasks,
                coalesce(sum(coalesce(octet_length(title), 0)
                    + coalesce(octet_length(description), 0)
                    + octet_length(replace(tags, E'\\n', '')) + octet_length(position)
                    + octet_length(replace(replace(metadata, E'\\n', ''), E'\\t', ''))), 0)
                    AS bytes
            FROM tasks WHERE tasks.owner_id = users.id
        ) AS books ON true";
    assert!(
        sql::<Bool>(true_books)
            .get_result::<bool>(beside)
            .await
            .unwrap()
    );
}

/// Lets the operations come while the owner's row is held, so that each begins before any is done.
/// Each comes by a store of its own, as from several processes: one would commit them together.
async fn race(
    database: &TestDatabase,
    owner: &Actor,
    operations: Vec<Operation>,
    beside: &mut AsyncPgConnection,
) -> Vec<Result<Outcome, WriteError>> {
    hold(owner, beside).await;
    let number = operations.len();
    let writes: Vec<_> = operations
        .into_iter()
        .map(|operation| {
            let (store, owner) = (database.store(), owner.clone());
            tokio::spawn(async move { write(&store, &owner, operation).await })
        })
        .collect();
    release(number, beside).await;
    let mut outcomes = Vec::new();
    for write in writes {
        outcomes.push(write.await.unwrap());
    }
    outcomes
}

fn changes(outcomes: &[Result<Outcome, WriteError>]) -> usize {
    let done = outcomes.iter().filter_map(|outcome| outcome.as_ref().ok());
    done.filter(|outcome| outcome.revision_taken().is_some())
        .count()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_write_that_waited_is_decided_on_what_it_then_finds() {
    let database = TestDatabase::create().await;
    let store = database.store();
    let (owner, mut beside) = (a_federated_actor(), database.connect().await);
    let id = a_task_id();
    write(&store, &owner, create(id)).await.unwrap();
    let mut revision = 1;
    let mut expect = async |operations: Vec<Operation>, changed: usize| {
        let outcomes = race(&database, &owner, operations, &mut beside).await;
        assert_eq!(changes(&outcomes), changed, "{outcomes:#?}");
        revision += i64::try_from(changed).unwrap();
        // A refused write that raced takes no revision either.
        let version = store.version(owner.owner()).await.unwrap();
        assert_eq!(version.revision.as_i64(), revision, "{outcomes:#?}");
        assert_true_books(&mut beside).await;
        outcomes
    };

    let first = Precondition::from(Revision::new(1).unwrap());
    let conditional = |text| update(id, first.clone(), describe(text));
    let outcomes = expect(
        vec![conditional("a"), conditional("b"), conditional("c")],
        1,
    )
    .await;
    for refused in outcomes.iter().filter_map(|outcome| outcome.as_ref().err()) {
        let current = Revision::new(2).unwrap();
        let WriteError::Refused { refusal, .. } = refused else {
            panic!("{refused:?}")
        };
        let is_told = matches!(refusal, Refusal::PreconditionFailed { current: task } if task.revision == current);
        assert!(is_told, "{refusal:?}");
    }
    let same = update(id, Precondition::None, describe("the same"));
    expect(vec![same.clone(), same.clone(), same], 1).await;
    expect(vec![toggle(id), toggle(id), toggle(id)], 3).await;
    expect(vec![delete(id), delete(id), delete(id)], 1).await;
    expect(vec![restore(id), restore(id), restore(id)], 1).await;
    expect(vec![erase(id), erase(id), erase(id)], 1).await;
    let new = a_task_id();
    expect(vec![create(new), create(new), create(new)], 1).await;
}

/// Changes the owner's only task, and with it their books, in a transaction that is left open.
async fn change_beside(owner: &Actor, task: &str, open_tasks: u32, beside: &mut AsyncPgConnection) {
    let id = owner.id;
    let change = format!(
        "BEGIN;
         UPDATE users SET version = version + 1, revision = revision + 1, open_tasks = {open_tasks}
         WHERE id = '{id}';
         UPDATE tasks SET revision = users.revision, {task}
         FROM users WHERE users.id = '{id}' AND tasks.owner_id = '{id}'"
    );
    beside.batch_execute(&change).await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_true_before_a_write_waited_does_not_stand_in_its_way() {
    let database = TestDatabase::create().await;
    let store = database.store();
    let mut beside = database.connect().await;
    let begin = async |owner: &Actor| {
        let id = a_task_id();
        write(&store, owner, create(id)).await.unwrap();
        write(&store, owner, delete(id)).await.unwrap();
        id
    };

    let owner = a_federated_actor();
    let id = begin(&owner).await;
    change_beside(&owner, "deleted_at = NULL", 1, &mut beside).await;
    let (behind, writer) = (store.clone(), owner.clone());
    let erased = tokio::spawn(async move { write(&behind, &writer, erase(id)).await });
    release(1, &mut beside).await;
    assert!(matches!(erased.await.unwrap(), Ok(Outcome::Erased(_))));
    assert_true_books(&mut beside).await;

    let owner = a_federated_actor();
    begin(&owner).await;
    change_beside(&owner, "title = 'Changed'", 0, &mut beside).await;
    let behind = store.clone();
    let purged = tokio::spawn(async move { behind.purge(instant(1), 100).await });
    release(1, &mut beside).await;
    assert_eq!(purged.await.unwrap().unwrap().removed, 2);
    let version = store.version(owner.owner()).await.unwrap();
    assert_eq!(
        (version.revision.as_i64(), version.purge_horizon.as_i64()),
        (3, 3)
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn books_are_true_after_any_mixture_of_writes() {
    let database = TestDatabase::create().await;
    let store = database.store();
    let owner = a_federated_actor();
    let ids: Vec<TaskId> = (0..4).map(|_| a_task_id()).collect();
    let writers = (0..8_usize).map(|writer| {
        let (store, owner, ids) = (store.clone(), owner.clone(), ids.clone());
        tokio::spawn(async move {
            for step in 0..40 {
                // Every writer goes through tasks and operations in another order.
                let turn = (step * (2 * writer + 1) + writer * 7) % 28;
                let (id, date) = (ids[turn % 4], parse_date("2026-11-21").unwrap());
                let due = DuePatch::Merge {
                    date: Some(date),
                    time: None,
                    timezone: None,
                };
                let merge = TaskPatch {
                    due: Some(due),
                    ..TaskPatch::default()
                };
                let operation = match turn / 4 {
                    0 => create(id),
                    1 => delete(id),
                    2 => restore(id),
                    3 => erase(id),
                    4 => toggle(id),
                    5 => update(id, Precondition::None, merge),
                    _ => update(
                        id,
                        Precondition::None,
                        describe(&format!("{writer}/{step}")),
                    ),
                };
                if step % 10 == 9 {
                    store.empty_trash(&owner, instant(0)).await.unwrap();
                }
                match write(&store, &owner, operation).await {
                    Ok(_) | Err(WriteError::Refused { refusal: _, .. }) => {}
                    Err(error) => panic!("{error:?}"),
                }
            }
        })
    });
    for writer in writers.collect::<Vec<_>>() {
        writer.await.unwrap();
    }
    assert_true_books(&mut database.connect().await).await;
}
