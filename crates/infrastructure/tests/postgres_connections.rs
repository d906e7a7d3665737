//! Connections to PostgreSQL: few, never waited for without end, and replaced when they die.

#![cfg(feature = "postgres")]
#![allow(clippy::unwrap_used, reason = "a test says by panicking what is wrong")]

mod support;

use std::time::{Duration, Instant};

use diesel::dsl::sql;
use diesel::sql_types::BigInt;
use diesel_async::{AsyncPgConnection, RunQueryDsl, SimpleAsyncConnection};
use support::{Wire, eventually};
use tasklane_domain::error::StoreError;
use tasklane_domain::id::TaskId;
use tasklane_domain::page::TaskQuery;
use tasklane_domain::port::{Readiness, TaskRepository, UserDirectory};
use tasklane_domain::task::{
    NewTask, Operation, Outcome, Precondition, TaskDraft, TaskPatch, Title, WriteError, WriteRules,
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

fn toggle(id: TaskId) -> Operation {
    Operation::Update {
        id,
        precondition: Precondition::None,
        patch: TaskPatch::toggle(),
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

fn open(settings: &PostgresSettings) -> PostgresStore {
    PostgresStore::open(settings).unwrap()
}

/// The number of connections that stores have to this database.
async fn count_connections(beside: &mut AsyncPgConnection) -> i64 {
    sql::<BigInt>(
        "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database()
            AND backend_type = 'client backend' AND pid <> pg_backend_pid()",
    )
    .get_result(beside)
    .await
    .unwrap()
}

async fn end_all_connections(beside: &mut AsyncPgConnection) {
    const OTHERS: &str = "FROM pg_stat_activity WHERE datname = current_database()
        AND backend_type = 'client backend' AND pid <> pg_backend_pid()";
    beside
        .batch_execute(&format!("SELECT pg_terminate_backend(pid) {OTHERS}"))
        .await
        .unwrap();
    eventually(beside, &format!("SELECT NOT EXISTS (SELECT {OTHERS})")).await;
}

const SOMEBODY_WAITS: &str = "SELECT EXISTS (SELECT FROM pg_stat_activity
    WHERE datname = current_database() AND wait_event_type = 'Lock')";

#[tokio::test]
async fn a_store_without_connections_to_spare_is_unavailable_within_the_wait() {
    let database = TestDatabase::create().await;
    let wait = Duration::from_millis(300);
    let settings = PostgresSettings {
        pool_size: 1,
        pool_wait: wait,
        ..database.settings()
    };
    let store = open(&settings);
    let (owner, id) = (a_federated_actor(), a_task_id());
    write(&store, &owner, create(id)).await.unwrap();
    let mut beside = database.connect().await;
    beside
        .batch_execute("BEGIN; LOCK TABLE users")
        .await
        .unwrap();
    let (busy, writer) = (store.clone(), owner.clone());
    let waiting = tokio::spawn(async move { write(&busy, &writer, toggle(id)).await });
    eventually(&mut beside, SOMEBODY_WAITS).await;

    let begin = Instant::now();
    let refused = store.find(owner.owner(), id).await;
    assert!(
        matches!(refused, Err(StoreError::Unavailable(_))),
        "{refused:?}"
    );
    assert!(
        (wait..wait * 3).contains(&begin.elapsed()),
        "{:?}",
        begin.elapsed()
    );

    beside.batch_execute("ROLLBACK").await.unwrap();
    assert!(matches!(waiting.await.unwrap(), Ok(Outcome::Changed(_))));
    assert!(
        store
            .find(owner.owner(), id)
            .await
            .unwrap()
            .unwrap()
            .is_completed()
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_store_takes_no_more_connections_than_it_may() {
    let database = TestDatabase::create().await;
    let store = open(&PostgresSettings {
        pool_size: 3,
        ..database.settings()
    });
    let mut beside = database.connect().await;
    let reads = (0..50).map(|_| {
        let store = store.clone();
        tokio::spawn(async move { store.has_account().await })
    });
    for read in reads.collect::<Vec<_>>() {
        read.await.unwrap().unwrap();
    }
    assert!((1..=3).contains(&count_connections(&mut beside).await));
    store.ping().await.unwrap();
    store.ping().await.unwrap();
    let with_readiness = count_connections(&mut beside).await;
    assert!((2..=4).contains(&with_readiness), "{with_readiness}");
}

#[tokio::test(flavor = "multi_thread")]
async fn connections_that_the_server_ended_are_replaced_without_notice() {
    let database = TestDatabase::create().await;
    let store = database.store();
    let mut beside = database.connect().await;
    let (owner, id) = (a_federated_actor(), a_task_id());
    write(&store, &owner, create(id)).await.unwrap();
    for _ in 0..5 {
        let reads: Vec<_> = (0..8).map(|_| store.has_account()).collect();
        futures::future::try_join_all(reads).await.unwrap();
        store.ping().await.unwrap();
        end_all_connections(&mut beside).await;
        assert!(matches!(
            write(&store, &owner, toggle(id)).await,
            Ok(Outcome::Changed(_))
        ));
        end_all_connections(&mut beside).await;
        assert!(store.find(owner.owner(), id).await.unwrap().is_some());
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn reads_are_repeated_when_their_connection_dies_under_them() {
    let database = TestDatabase::create().await;
    let store = open(&PostgresSettings {
        pool_size: 4,
        ..database.settings()
    });
    let (owner, id) = (a_federated_actor(), a_task_id());
    write(&store, &owner, create(id)).await.unwrap();
    assert!(store.find(owner.owner(), id).await.unwrap().is_some());
    let mut beside = database.connect().await;
    beside
        .batch_execute("BEGIN; LOCK TABLE tasks")
        .await
        .unwrap();
    let reader = store.clone();
    let reading = tokio::spawn(async move { reader.find(owner.owner(), id).await });
    eventually(&mut beside, SOMEBODY_WAITS).await;
    beside
        .batch_execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity
             WHERE datname = current_database() AND wait_event_type = 'Lock'",
        )
        .await
        .unwrap();
    eventually(&mut beside, SOMEBODY_WAITS).await;
    beside.batch_execute("ROLLBACK").await.unwrap();
    assert!(reading.await.unwrap().unwrap().is_some());
}

#[tokio::test]
async fn a_server_that_is_down_at_the_start_or_goes_away_is_survived() {
    let database = TestDatabase::create().await;
    let mut wire = Wire::to(database.url()).await;
    let url = wire.url(database.url());
    let store = open(&PostgresSettings {
        url: url.into(),
        ..database.settings()
    });
    let (owner, id) = (a_federated_actor(), a_task_id());

    for round in 0..3 {
        let down = store.ping().await;
        assert!(
            matches!(down, Err(StoreError::Unavailable(_))),
            "{round}: {down:?}"
        );
        let down = write(&store, &owner, create(id)).await;
        assert!(
            matches!(down, Err(WriteError::Store(StoreError::Unavailable(_)))),
            "{down:?}"
        );
        wire.mend().await;
        store.ping().await.unwrap();
        assert!(store.find(owner.owner(), id).await.unwrap().is_none());
        wire.cut().await;
    }
    wire.mend().await;
    assert!(matches!(
        write(&store, &owner, create(id)).await,
        Ok(Outcome::Created(_))
    ));
}

#[tokio::test]
async fn an_abandoned_write_leaves_no_transaction_behind() {
    let database = TestDatabase::create().await;
    let settings = database.settings();
    for statement_cache in [true, false] {
        let store = open(&PostgresSettings {
            pool_size: 6,
            statement_cache,
            ..settings.clone()
        });
        let (owner, id) = (a_federated_actor(), a_task_id());
        write(&store, &owner, create(id)).await.unwrap();
        let mut beside = database.connect().await;
        beside
            .batch_execute("BEGIN; LOCK TABLE users")
            .await
            .unwrap();
        for operations in [vec![toggle(id)], vec![toggle(id), toggle(id)]] {
            let rules = WriteRules::default();
            let abandoned = store.apply_all(&owner, operations, rules, instant(1));
            tokio::time::timeout(Duration::from_millis(50), abandoned)
                .await
                .unwrap_err();
            tokio::time::timeout(Duration::from_millis(50), write(&store, &owner, toggle(id)))
                .await
                .unwrap_err();
        }
        beside.batch_execute("ROLLBACK").await.unwrap();
        // It is not the next user of the pool who finds out.
        let no_transaction = "SELECT NOT EXISTS (SELECT FROM pg_stat_activity
            WHERE datname = current_database() AND state LIKE 'idle in transaction%')";
        eventually(&mut beside, no_transaction).await;
        for _ in 0..3 {
            write(&store, &owner, toggle(id)).await.unwrap();
        }
    }
}

#[tokio::test]
async fn without_the_statement_cache_nothing_is_kept_in_a_session() {
    let database = TestDatabase::create().await;
    let store = open(&PostgresSettings {
        statement_cache: false,
        ..database.settings()
    });
    let (owner, id) = (a_federated_actor(), a_task_id());
    write(&store, &owner, create(id)).await.unwrap();
    assert!(matches!(
        write(&store, &owner, toggle(id)).await,
        Ok(Outcome::Changed(_))
    ));
    store
        .apply_all(&owner, vec![toggle(id)], WriteRules::default(), instant(1))
        .await
        .unwrap();
    assert!(
        !store
            .find(owner.owner(), id)
            .await
            .unwrap()
            .unwrap()
            .is_completed()
    );
    assert_eq!(
        store
            .list(owner.owner(), &TaskQuery::default())
            .await
            .unwrap()
            .items
            .len(),
        1
    );
    assert_eq!(store.pending_migrations().await.unwrap(), 0);
}

#[tokio::test]
async fn wrong_settings_are_refused_whether_or_not_the_server_is_up() {
    let settings = |url: &str| PostgresSettings {
        url: url.into(),
        direct_url: None,
        pool_size: 1,
        pool_wait: Duration::from_secs(1),
        statement_cache: true,
    };
    for url in [
        "",
        "sqlite:x",
        "postgres://h/x?sslmode=maybe",
        "postgres://h:x/y",
    ] {
        assert!(PostgresStore::open(&settings(url)).is_err(), "{url}");
    }
    assert!(PostgresStore::open(&settings("postgres://nobody@127.0.0.1:1/x")).is_ok());
    assert!(!format!("{:?}", settings("postgres://a:hidden@h/x")).contains("hidden"));
}
