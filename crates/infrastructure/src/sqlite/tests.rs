//! The writer and the readers under trouble that the ports cannot make.

use std::sync::mpsc;
use std::time::Duration;

use diesel::connection::SimpleConnection;
use diesel::prelude::*;
use futures::future::join_all;
use tasklane_domain::clock::Timestamp;
use tasklane_domain::error::StoreError;
use tasklane_domain::id::UserId;
use tasklane_domain::page::ListVersion;
use tasklane_domain::port::{Readiness, TaskRepository, WriteError};
use tasklane_domain::task::WriteRules;
use tasklane_domain::testing::builders::{
    a_draft, a_full_draft, a_task_id, an_issued_owner, create, instant,
};
use uuid::Uuid;

use super::error::Failure;
use super::schema::{tasks, users};
use super::user_row::{Profile, admit_user};
use super::{SqliteSettings, SqliteStore};

struct Fixture {
    store: SqliteStore,
    _folder: tempfile::TempDir,
}

async fn fixture(wait: Duration) -> Fixture {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("tasklane.db");
    let store = SqliteStore::open(&SqliteSettings { path, readers: 2, wait }).unwrap();
    store.migrate().await.unwrap();
    Fixture { store, _folder: folder }
}

const PATIENT: Duration = Duration::from_secs(30);
const HASTY: Duration = Duration::from_millis(50);

fn user(number: u128) -> UserId {
    UserId::new(Uuid::from_u128(number))
}

fn at() -> Timestamp {
    instant(0)
}

/// Makes a user by hand: a write that can be made to fail afterwards.
fn insert_user(connection: &mut SqliteConnection, number: u128) -> QueryResult<()> {
    let owner = an_issued_owner();
    let tasklane_domain::user::Origin::Issuer(issued) = &owner.origin else { unreachable!() };
    admit_user(connection, user(number), &Profile::of_issued(issued, at()))
}

impl Fixture {
    async fn insert(&self, number: u128) -> Result<(), StoreError> {
        self.store.writer().run(move |connection| Ok(insert_user(connection, number)?)).await
    }

    /// The users there are, as they are seen by a reader.
    async fn users(&self) -> Vec<u128> {
        let ids = self.store.readers().run(|connection| -> Result<_, Failure> {
            Ok(users::table.select(users::id).order(users::id).load(connection)?)
        });
        let ids: Vec<super::column::Id> = ids.await.unwrap();
        ids.into_iter().map(|id| id.0.as_u128()).collect()
    }

    /// Keeps the writer busy until something is sent or the sender is dropped.
    async fn occupy_writer(&self) -> (mpsc::Sender<()>, tokio::task::JoinHandle<()>) {
        let (release, released) = mpsc::channel();
        let (begin, begun) = tokio::sync::oneshot::channel();
        let store = self.store.clone();
        let busy = tokio::spawn(async move {
            let work = move |_: &mut SqliteConnection| -> Result<(), Failure> {
                begin.send(()).unwrap();
                released.recv().ok();
                Ok(())
            };
            store.writer().run(work).await.unwrap();
        });
        begun.await.unwrap();
        (release, busy)
    }
}

fn assert_unavailable<T: std::fmt::Debug>(outcome: Result<T, StoreError>) {
    assert!(matches!(outcome, Err(StoreError::Unavailable(_))), "{outcome:?}");
}

#[tokio::test]
async fn a_write_that_fails_or_panics_undoes_itself_alone() {
    let fixture = fixture(PATIENT).await;
    let (release, busy) = fixture.occupy_writer().await;
    let commits = fixture.store.writer_stats().commits;
    let writes = (1..=30).map(|number| {
        let store = fixture.store.clone();
        tokio::spawn(async move {
            let work = move |connection: &mut SqliteConnection| -> Result<(), Failure> {
                insert_user(connection, number)?;
                match number % 3 {
                    0 => Err(Failure(StoreError::corrupt("row", "made to fail"))),
                    1 => Ok(()),
                    _ => panic!("made to panic"),
                }
            };
            store.writer().run(work).await
        })
    });
    let writes: Vec<_> = writes.collect();
    while fixture.store.writer_stats().queued < 30 {
        tokio::task::yield_now().await;
    }
    release.send(()).unwrap();
    busy.await.unwrap();
    for (number, outcome) in (1..=30).zip(join_all(writes).await) {
        match (number % 3, outcome.unwrap()) {
            (0, Err(StoreError::Corrupt("row", _)))
            | (1, Ok(()))
            | (2, Err(StoreError::Unavailable(_))) => {}
            (_, other) => panic!("{number}: {other:?}"),
        }
    }
    // The one that kept the writer busy, and all the others together.
    assert_eq!(fixture.store.writer_stats().commits, commits + 2);
    assert_eq!(fixture.users().await, (1..=30).filter(|number| number % 3 == 1).collect::<Vec<_>>());
    fixture.insert(100).await.unwrap();
}

#[tokio::test]
async fn a_request_that_was_given_up_disturbs_nobody() {
    let fixture = fixture(PATIENT).await;
    let (release, busy) = fixture.occupy_writer().await;
    let given_up: Vec<_> = (1..=10)
        .map(|number| {
            let store = fixture.store.clone();
            tokio::spawn(async move {
                let work = move |connection: &mut SqliteConnection| -> Result<(), Failure> {
                    Ok(insert_user(connection, number)?)
                };
                store.writer().run(work).await
            })
        })
        .collect();
    while fixture.store.writer_stats().queued < 10 {
        tokio::task::yield_now().await;
    }
    for request in &given_up {
        request.abort();
    }
    join_all(given_up).await;
    release.send(()).unwrap();
    busy.await.unwrap();
    fixture.insert(11).await.unwrap();
    assert_eq!(fixture.users().await, [11]);
}

#[tokio::test]
async fn an_answer_that_nobody_takes_any_more_does_not_undo_the_write() {
    let fixture = fixture(PATIENT).await;
    let (begin, begun) = tokio::sync::oneshot::channel();
    let (release, released) = mpsc::channel::<()>();
    let store = fixture.store.clone();
    let request = tokio::spawn(async move {
        let work = move |connection: &mut SqliteConnection| -> Result<(), Failure> {
            begin.send(()).unwrap();
            released.recv().ok();
            Ok(insert_user(connection, 1)?)
        };
        store.writer().run(work).await
    });
    begun.await.unwrap();
    request.abort();
    assert!(request.await.unwrap_err().is_cancelled());
    release.send(()).unwrap();
    fixture.insert(2).await.unwrap();
    assert_eq!(fixture.users().await, [1, 2]);
}

#[tokio::test]
async fn a_full_queue_is_an_outage_after_the_wait() {
    let fixture = fixture(HASTY).await;
    let (release, busy) = fixture.occupy_writer().await;
    let waiting: Vec<_> = (1..=1024)
        .map(|number| {
            let store = fixture.store.clone();
            tokio::spawn(async move {
                let work = move |connection: &mut SqliteConnection| -> Result<(), Failure> {
                    Ok(insert_user(connection, number)?)
                };
                store.writer().run(work).await
            })
        })
        .collect();
    while fixture.store.writer_stats().queued < 1024 {
        tokio::task::yield_now().await;
    }
    assert_unavailable(fixture.insert(2000).await);
    release.send(()).unwrap();
    busy.await.unwrap();
    for outcome in join_all(waiting).await {
        outcome.unwrap().unwrap();
    }
    assert_eq!(fixture.users().await, (1..=1024).collect::<Vec<_>>());
}

#[tokio::test]
async fn readers_that_are_all_busy_are_an_outage_after_the_wait() {
    let fixture = fixture(HASTY).await;
    let (release, released) = mpsc::channel::<()>();
    let released = std::sync::Arc::new(std::sync::Mutex::new(released));
    let busy: Vec<_> = (0..2)
        .map(|_| {
            let (store, released) = (fixture.store.clone(), released.clone());
            tokio::spawn(async move {
                let work = move |_: &mut SqliteConnection| -> Result<(), Failure> {
                    released.lock().unwrap().recv().ok();
                    Ok(())
                };
                store.readers().run(work).await
            })
        })
        .collect();
    tokio::task::yield_now().await;
    assert_unavailable(fixture.store.ping().await);
    release.send(()).unwrap();
    release.send(()).unwrap();
    for outcome in join_all(busy).await {
        outcome.unwrap().unwrap();
    }
    fixture.store.ping().await.unwrap();
}

#[tokio::test]
async fn a_reader_cannot_write_and_survives_a_panic() {
    let fixture = fixture(PATIENT).await;
    let write = |connection: &mut SqliteConnection| Ok(insert_user(connection, 1)?);
    assert_unavailable::<()>(fixture.store.readers().run(write).await);
    for _ in 0..4 {
        let panic = |connection: &mut SqliteConnection| -> Result<(), Failure> {
            connection.transaction(|_| panic!("made to panic"))
        };
        assert_unavailable(fixture.store.readers().run(panic).await);
    }
    fixture.insert(2).await.unwrap();
    assert_eq!(fixture.users().await, [2]);
}

#[tokio::test]
async fn a_full_disk_is_an_outage_until_there_is_room_again() {
    let fixture = fixture(PATIENT).await;
    let limit = |pages: u32| {
        fixture.store.writer().run(move |connection| -> Result<(), Failure> {
            Ok(connection.batch_execute(&format!("PRAGMA max_page_count = {pages}"))?)
        })
    };
    limit(40).await.unwrap();
    let owner = an_issued_owner();
    let mut created = 0;
    let error = loop {
        let create = create(a_task_id(), a_full_draft("Fill the disk"));
        match fixture.store.apply(&owner, create, WriteRules::default(), at()).await {
            Ok(_) => created += 1,
            Err(error) => break error,
        }
        assert!(created < 10_000);
    };
    assert!(matches!(error, WriteError::Store(StoreError::Unavailable(_))), "{error:?}");
    let version = fixture.store.version(owner.id).await.unwrap();
    assert_eq!(version.revision.as_i64(), created);
    limit(1_000_000).await.unwrap();
    let create = create(a_task_id(), a_full_draft("There is room"));
    fixture.store.apply(&owner, create, WriteRules::default(), at()).await.unwrap();
}

#[tokio::test]
async fn a_write_that_takes_the_whole_transaction_down_fails_its_group_and_nothing_else() {
    let fixture = fixture(PATIENT).await;
    let (release, busy) = fixture.occupy_writer().await;
    let writes: Vec<_> = (1..=9)
        .map(|number| {
            let store = fixture.store.clone();
            tokio::spawn(async move {
                let work = move |connection: &mut SqliteConnection| -> Result<(), Failure> {
                    insert_user(connection, number)?;
                    if number == 5 {
                        // What SQLite does by itself when, say, it cannot read a page.
                        connection.batch_execute("ROLLBACK")?;
                    }
                    Ok(())
                };
                store.writer().run(work).await
            })
        })
        .collect();
    while fixture.store.writer_stats().queued < 9 {
        tokio::task::yield_now().await;
    }
    release.send(()).unwrap();
    busy.await.unwrap();
    for outcome in join_all(writes).await {
        assert_unavailable(outcome.unwrap());
    }
    assert_eq!(fixture.users().await, [0; 0]);
    fixture.insert(10).await.unwrap();
    assert_eq!(fixture.users().await, [10]);
}

#[tokio::test]
async fn a_read_only_file_is_an_outage_and_nothing_is_half_written() {
    let fixture = fixture(PATIENT).await;
    let owner = an_issued_owner();
    let set = |mode: &'static str| {
        fixture.store.writer().run(move |connection| -> Result<(), Failure> {
            Ok(connection.batch_execute(&format!("PRAGMA query_only = {mode}"))?)
        })
    };
    set("ON").await.unwrap();
    let operation = create(a_task_id(), a_draft("Not now"));
    let rules = WriteRules::default();
    let refused = fixture.store.apply(&owner, operation.clone(), rules, at()).await;
    assert!(matches!(refused, Err(WriteError::Store(StoreError::Unavailable(_)))), "{refused:?}");
    assert_eq!(fixture.store.version(owner.id).await.unwrap(), ListVersion::default());
    assert_eq!(fixture.users().await, [0; 0]);
    set("OFF").await.unwrap();
    fixture.store.apply(&owner, operation, rules, at()).await.unwrap();
}

#[tokio::test]
async fn another_process_that_does_not_let_go_is_an_outage_after_the_wait() {
    let fixture = fixture(HASTY).await;
    let path = fixture._folder.path().join("tasklane.db");
    let mut other = SqliteConnection::establish(path.to_str().unwrap()).unwrap();
    other.batch_execute("BEGIN IMMEDIATE").unwrap();
    assert_unavailable(fixture.insert(1).await);
    assert_eq!(fixture.users().await, [0; 0], "readers are not held up");
    other.batch_execute("COMMIT").unwrap();
    fixture.insert(2).await.unwrap();
    assert_eq!(fixture.users().await, [2]);
}

#[tokio::test]
async fn a_row_that_nobody_can_have_written_is_corrupt() {
    let fixture = fixture(PATIENT).await;
    let owner = an_issued_owner();
    let id = a_task_id();
    let (rules, draft) = (WriteRules::default(), a_draft("Spoil me"));
    fixture.store.apply(&owner, create(id, draft), rules, at()).await.unwrap();
    for spoiled in ["title = ' '", "tags = '[1]'", "due_date = '2026-02-30', due_at = 0"] {
        let spoil = format!("UPDATE tasks SET {spoiled}");
        let spoil = move |connection: &mut SqliteConnection| -> Result<(), Failure> {
            Ok(connection.batch_execute(&spoil)?)
        };
        fixture.store.writer().run(spoil).await.unwrap();
        let found = fixture.store.find(owner.id, id).await;
        assert!(matches!(found, Err(StoreError::Corrupt(..))), "{spoiled}: {found:?}");
    }
}

#[tokio::test]
async fn the_tables_themselves_refuse_what_the_domain_refuses() {
    let fixture = fixture(PATIENT).await;
    let owner = an_issued_owner();
    let create = create(a_task_id(), a_full_draft("Keep the rules"));
    fixture.store.apply(&owner, create, WriteRules::default(), at()).await.unwrap();
    let broken = [
        "title = ''",
        "title = printf('%201s', 'x')",
        "title = NULL, title_key = NULL",
        "title_key = NULL",
        "description = printf('%10001s', 'x')",
        "priority = 5",
        "revision = 0",
        "due_time = NULL",
        "due_date = NULL",
        "due_date = '21.11.2026'",
        "tags = 'home'",
        "tags = (SELECT json_group_array(value) FROM generate(21))",
        "fingerprint = x'00'",
        "user_id = x'00000000000000000000000000000000'",
        "created_at = 'now'",
    ];
    for assignment in broken {
        let numbers = "WITH RECURSIVE generate(value) AS \
                       (SELECT 1 UNION ALL SELECT value + 1 FROM generate WHERE value < 21)";
        let statement =
            format!("{numbers} UPDATE tasks SET {}", assignment.replace("generate(21)", "generate"));
        let outcome = fixture.store.writer().run(move |connection| -> Result<(), Failure> {
            Ok(connection.batch_execute(&statement)?)
        });
        assert!(outcome.await.is_err(), "{assignment}");
    }
    let count = |connection: &mut SqliteConnection| -> Result<i64, Failure> {
        Ok(tasks::table.filter(tasks::priority.eq(3)).count().get_result(connection)?)
    };
    assert_eq!(fixture.store.readers().run(count).await.unwrap(), 1);
}
