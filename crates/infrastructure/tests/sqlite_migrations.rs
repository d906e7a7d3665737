//! The schema of the `SQLite` store goes up, down, and up again.

#![cfg(feature = "sqlite")]
#![expect(clippy::unwrap_used, reason = "a test says by panicking what is wrong")]

use std::path::Path;
use std::time::Duration;

use diesel::connection::SimpleConnection;
use diesel::dsl::sql;
use diesel::prelude::*;
use diesel::sql_types::Text;
use diesel::sqlite::SqliteConnection;
use tasklane_domain::port::Readiness;
use tasklane_infrastructure::sqlite::{MigrateError, SqliteSettings, SqliteStore};

const NAMES: [&str; 5] = [
    "20261120000001_users",
    "20261120000002_tasks",
    "20261120000003_accounts",
    "20261120000004_sessions",
    "20261120000005_search_keys",
];

fn open(path: &Path) -> SqliteStore {
    let wait = Duration::from_secs(10);
    SqliteStore::open(&SqliteSettings {
        path: path.to_owned(),
        readers: 2,
        wait,
    })
    .unwrap()
}

/// Everything that the schema is made of, in a text.
fn dump(path: &Path) -> Vec<String> {
    let mut connection = SqliteConnection::establish(path.to_str().unwrap()).unwrap();
    sql::<Text>(
        "SELECT type || ' ' || name || ' on ' || tbl_name || ': ' || ifnull(sql, '')
         FROM sqlite_schema WHERE name NOT LIKE 'sqlite_stat%' ORDER BY 1",
    )
    .load(&mut connection)
    .unwrap()
}

#[tokio::test]
async fn the_schema_is_the_same_after_going_up_down_and_up() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("tasklane.db");
    let store = open(&path);
    assert_eq!(store.pending_migrations().await.unwrap(), NAMES);
    assert_eq!(store.migrate().await.unwrap(), NAMES);
    let up = dump(&path);
    assert!(
        up.iter()
            .any(|line| line.starts_with("table tasks on tasks: CREATE TABLE tasks"))
    );
    store.revert_all().await.unwrap();
    let down = dump(&path);
    assert!(
        down.iter()
            .all(|line| line.contains("__diesel_schema_migrations")),
        "{down:#?}"
    );
    assert_eq!(store.migrate().await.unwrap(), NAMES);
    assert_eq!(dump(&path), up);
}

#[tokio::test]
async fn a_schema_that_is_up_to_date_is_left_alone() {
    let folder = tempfile::tempdir().unwrap();
    let store = open(&folder.path().join("tasklane.db"));
    assert_eq!(
        Readiness::pending_migrations(&store).await.unwrap(),
        NAMES.len()
    );
    store.migrate().await.unwrap();
    assert_eq!(store.migrate().await.unwrap(), Vec::<String>::new());
    assert_eq!(Readiness::pending_migrations(&store).await.unwrap(), 0);
    store.ping().await.unwrap();
}

#[tokio::test]
async fn a_database_of_a_newer_version_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("tasklane.db");
    let store = open(&path);
    store.migrate().await.unwrap();
    SqliteConnection::establish(path.to_str().unwrap())
        .unwrap()
        .batch_execute("INSERT INTO __diesel_schema_migrations (version) VALUES ('29991231000000')")
        .unwrap();
    let error = store.migrate().await.unwrap_err();
    assert!(matches!(&error, MigrateError::Newer { version } if version == "29991231000000"));
    assert!(
        error.to_string().contains("newer version of Tasklane"),
        "{error}"
    );
    assert!(Readiness::pending_migrations(&store).await.is_err());
}

/// As several processes that start at once on an empty folder.
#[test]
fn stores_that_open_and_migrate_at_once_apply_each_migration_once() {
    for _ in 0..10 {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("new/tasklane.db");
        let applied: Vec<String> = std::thread::scope(|scope| {
            let starts: Vec<_> = (0..6)
                .map(|_| {
                    scope.spawn(|| {
                        let runtime = tokio::runtime::Builder::new_current_thread();
                        let runtime = { runtime }.enable_time().build().unwrap();
                        runtime.block_on(async { open(&path).migrate().await.unwrap() })
                    })
                })
                .collect();
            starts
                .into_iter()
                .flat_map(|start| start.join().unwrap())
                .collect()
        });
        assert_eq!(applied, NAMES);
    }
}
