//! A search whose caller waits no more ends soon, and is charged for what it took.

#![cfg(feature = "sqlite")]
#![expect(clippy::unwrap_used, reason = "a test says by panicking what is wrong")]

mod bill;

use std::path::Path;
use std::time::{Duration, Instant};

use bill::Bill;
use diesel::connection::SimpleConnection;
use diesel::prelude::*;
use diesel::sqlite::SqliteConnection;
use tasklane_domain::id::OwnerId;
use tasklane_domain::page::{TaskFilter, TaskQuery};
use tasklane_domain::port::{Readiness, TaskRepository};
use tasklane_domain::search::SearchWords;
use tasklane_infrastructure::sqlite::{SqliteSettings, SqliteStore};
use tokio::time::{sleep, timeout};
use uuid::Uuid;

fn owner(number: u128) -> OwnerId {
    OwnerId::new(Uuid::from_u128(number))
}

/// Two owners, each with 20 MB of text, in which every word of [`search`] comes last.
fn fill(path: &Path) {
    let mut connection = SqliteConnection::establish(path.to_str().unwrap()).unwrap();
    let users = "WITH RECURSIVE n(u) AS (SELECT 1 UNION ALL SELECT u + 1 FROM n WHERE u < 2)
        INSERT INTO users (id, version, revision, purge_horizon, open_tasks, items, bytes,
            created_at, updated_at, issuer)
        SELECT unhex(printf('%032x', u)), 1, 10000, 0, 2000, 2000, 0, 0, 0, 'local' FROM n";
    let words = words().replace(' ', "");
    let tasks = format!(
        "WITH RECURSIVE n(t) AS (SELECT 1 UNION ALL SELECT t + 1 FROM n WHERE t < 2000)
        INSERT INTO tasks (owner_id, id, revision, priority, created_at, updated_at, title,
            title_key, description, description_key, tags, tag_keys, tag_search_key, position)
        SELECT id, unhex(printf('%032x', t)), t, 0, t, t, 'Note', 'note', 'Long',
            replace(hex(zeroblob(5000)), '0', 'a') || '{words}', '', '', '', 'a0'
        FROM users, n"
    );
    connection.batch_execute(users).unwrap();
    connection.batch_execute(&tasks).unwrap();
}

fn words() -> String {
    let word = |end| format!("{}{end}", "a".repeat(17));
    ('b'..='k').map(word).collect::<Vec<_>>().join(" ")
}

fn search() -> TaskQuery {
    TaskQuery {
        filter: TaskFilter {
            words: SearchWords::parse(&words()).unwrap(),
            ..TaskFilter::default()
        },
        sort: "title".parse().unwrap(),
        ..TaskQuery::default()
    }
}

async fn idle(store: &SqliteStore) {
    while store.pool_stats().used > 0 {
        sleep(Duration::from_millis(2)).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_search_that_nobody_waits_for_ends_soon() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("tasklane.db");
    let settings = SqliteSettings {
        path: path.clone(),
        readers: 8,
        wait: Duration::from_secs(30),
    };
    let store = SqliteStore::open(&settings).unwrap();
    store.migrate().await.unwrap();
    fill(&path);

    let bill = Bill::default();
    let began = Instant::now();
    let page = bill.pays(store.list(owner(1), &search())).await.unwrap();
    let whole = began.elapsed();
    assert_eq!(page.items.len(), 50);
    assert!(bill.total() > whole / 2, "{:?} of {whole:?}", bill.total());

    let bill = Bill::default();
    let question = search();
    let searches = (0..8).map(|_| bill.pays(store.list(owner(1), &question)));
    let given_up = timeout(whole / 8, futures::future::join_all(searches)).await;
    assert!(given_up.is_err(), "{whole:?} is all it takes");
    let began = Instant::now();
    idle(&store).await;
    let stopped = began.elapsed();
    assert!(stopped < whole / 2, "after {stopped:?} of {whole:?}");
    assert!(bill.total() > Duration::ZERO);
    assert!(bill.is_settled(), "nobody holds the account any more");
    // What comes next is not given up.
    let page = store.list(owner(1), &search()).await.unwrap();
    assert_eq!(page.items.len(), 50);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_owner_whose_searches_are_long_leaves_connections_to_others() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("tasklane.db");
    let settings = SqliteSettings {
        path: path.clone(),
        readers: 8,
        wait: Duration::from_secs(30),
    };
    let store = SqliteStore::open(&settings).unwrap();
    store.migrate().await.unwrap();
    fill(&path);

    let flood: Vec<_> = (0..8)
        .map(|_| {
            let store = store.clone();
            tokio::spawn(async move { store.list(owner(1), &search()).await })
        })
        .collect();
    while store.pool_stats().used == 0 {
        sleep(Duration::from_millis(1)).await;
    }
    for _ in 0..20 {
        assert!(store.pool_stats().used <= 1, "a quarter of half of them");
        sleep(Duration::from_millis(1)).await;
    }
    store.list(owner(2), &search()).await.unwrap();
    store.ping().await.unwrap();
    let waits = flood.iter().filter(|search| !search.is_finished()).count();
    assert!(waits > 0, "others waited for all of them");
    flood.iter().for_each(tokio::task::JoinHandle::abort);
}
