//! A search whose caller waits no more ends on the server as well, and its connection is used again.

#![cfg(feature = "postgres")]
#![allow(clippy::unwrap_used, reason = "a test says by panicking what is wrong")]

mod bill;
mod support;

use std::time::{Duration, Instant};

use bill::Bill;
use diesel::dsl::sql;
use diesel::sql_types::BigInt;
use diesel_async::{AsyncPgConnection, RunQueryDsl, SimpleAsyncConnection};
use support::eventually;
use tasklane_domain::id::OwnerId;
use tasklane_domain::page::{TaskFilter, TaskQuery};
use tasklane_domain::port::{Readiness, TaskRepository};
use tasklane_domain::search::SearchWords;
use tasklane_infrastructure::postgres::testing::TestDatabase;
use tasklane_infrastructure::postgres::{PostgresSettings, PostgresStore};
use tokio::time::timeout;
use uuid::Uuid;

const HASTE: Duration = Duration::from_millis(300);

const ALL_IDLE: &str = "SELECT NOT EXISTS (SELECT FROM pg_stat_activity
    WHERE datname = current_database() AND backend_type = 'client backend'
        AND pid <> pg_backend_pid() AND state <> 'idle')";

fn owner(number: u128) -> OwnerId {
    OwnerId::new(Uuid::from_u128(number))
}

fn search() -> TaskQuery {
    TaskQuery {
        filter: TaskFilter {
            words: SearchWords::parse("milk").unwrap(),
            ..TaskFilter::default()
        },
        ..TaskQuery::default()
    }
}

/// The sessions that were begun so far and are still there.
async fn sessions(beside: &mut AsyncPgConnection) -> i64 {
    sql::<BigInt>(
        "SELECT count(*) FROM pg_stat_activity
         WHERE datname = current_database() AND backend_type = 'client backend'",
    )
    .get_result(beside)
    .await
    .unwrap()
}

async fn lock_tasks(beside: &mut AsyncPgConnection) {
    let lock = "BEGIN; LOCK TABLE tasks";
    beside.batch_execute(lock).await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_search_that_nobody_waits_for_ends_within_a_second() {
    let database = TestDatabase::create().await;
    for statement_cache in [true, false] {
        let store = PostgresStore::open(&PostgresSettings {
            statement_cache,
            ..database.settings()
        });
        let store = store.unwrap();
        store.list(owner(1), &search()).await.unwrap();
        store.tally(owner(1)).await.unwrap();
        let mut beside = database.connect().await;
        let before = sessions(&mut beside).await;
        lock_tasks(&mut beside).await;

        let bill = Bill::default();
        let reads = async {
            let question = search();
            let searches = (1..=4).map(|number| store.list(owner(number), &question));
            let tally = store.tally(owner(5));
            futures::future::join(futures::future::join_all(searches), tally).await
        };
        timeout(HASTE, bill.pays(reads)).await.unwrap_err();
        let began = Instant::now();
        eventually(&mut beside, ALL_IDLE).await;
        let stopped = began.elapsed();
        assert!(stopped < Duration::from_secs(1), "{stopped:?}");
        beside.batch_execute("ROLLBACK").await.unwrap();
        while !bill.is_settled() {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        assert!(bill.total() > HASTE / 2, "{:?}", bill.total());

        store.list(owner(1), &search()).await.unwrap();
        store.tally(owner(1)).await.unwrap();
        assert!(sessions(&mut beside).await <= before + 5);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_statement_that_follows_an_abandoned_one_is_not_cancelled() {
    let database = TestDatabase::create().await;
    let store = database.store();
    for _ in 0..50 {
        let question = search();
        let given_up = timeout(Duration::from_micros(500), store.list(owner(1), &question));
        drop(given_up.await);
        store.list(owner(2), &question).await.unwrap();
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn readiness_does_not_wait_for_searches() {
    let database = TestDatabase::create().await;
    let store = database.store();
    let mut beside = database.connect().await;
    lock_tasks(&mut beside).await;
    let question = search();
    let searches = (1..=20).map(|number| store.list(owner(number), &question));
    let searches = futures::future::join_all(searches);
    let readiness = async {
        for _ in 0..10 {
            tokio::time::sleep(Duration::from_millis(20)).await;
            store.ping().await.unwrap();
        }
    };
    tokio::select! {
        _ = searches => unreachable!("the table is locked"),
        () = readiness => {}
    }
}
