//! The writer and the readers under trouble that the ports cannot make.

mod checkpoints;
mod inspector;
mod outages;
mod rows;
mod writer;

use std::ops::RangeInclusive;
use std::path::PathBuf;
use std::sync::mpsc;
use std::time::Duration;

use diesel::connection::SimpleConnection;
use diesel::prelude::*;
use tasklane_domain::clock::Timestamp;
use tasklane_domain::error::StoreError;
use tasklane_domain::id::UserId;
use tasklane_domain_testkit::builders::{a_federated_actor, instant};
use tokio::sync::oneshot;
use tokio::task::JoinHandle;
use uuid::Uuid;

use super::column::Id;
use super::error::TxError;
use super::schema::users;
use super::user::row::{Profile, admit_user};
use super::{SqliteSettings, SqliteStore};

struct Fixture {
    store: SqliteStore,
    folder: tempfile::TempDir,
}

fn settings(path: PathBuf, wait: Duration) -> SqliteSettings {
    SqliteSettings {
        path,
        readers: 2,
        wait,
    }
}

async fn fixture(wait: Duration) -> Fixture {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("tasklane.db");
    let store = SqliteStore::open(&settings(path, wait)).unwrap();
    store.migrate().await.unwrap();
    Fixture { store, folder }
}

const PATIENT: Duration = Duration::from_secs(30);
const HASTY: Duration = Duration::from_millis(50);

fn user(number: u128) -> UserId {
    UserId::new(Uuid::from_u128(number))
}

fn at() -> Timestamp {
    instant(0)
}

/// A user by hand, so that the write can be made to fail afterwards.
fn insert_user(connection: &mut SqliteConnection, number: u128) -> QueryResult<()> {
    let owner = a_federated_actor();
    let admission = owner.admission(at()).unwrap();
    admit_user(connection, user(number), &Profile::of_admission(&admission))
}

/// A write that is on its way.
type Request = JoinHandle<Result<(), StoreError>>;

impl Fixture {
    /// Begins a write that runs `work`.
    fn begin<W>(&self, work: W) -> Request
    where
        W: FnOnce(&mut SqliteConnection) -> Result<(), TxError> + Send + 'static,
    {
        let store = self.store.clone();
        tokio::spawn(async move { store.writer().run(work).await })
    }

    /// Begins a write for each number, which makes a user and then does `more`, and waits until all
    /// of them wait for the writer.
    async fn queue<F>(&self, numbers: RangeInclusive<u128>, more: F) -> Vec<Request>
    where
        F: FnOnce(&mut SqliteConnection, u128) -> Result<(), TxError> + Copy + Send + 'static,
    {
        let requests: Vec<_> = numbers
            .map(|number| {
                self.begin(move |connection| {
                    insert_user(connection, number)?;
                    more(connection, number)
                })
            })
            .collect();
        while self.store.writer_stats().queued < requests.len() {
            tokio::task::yield_now().await;
        }
        requests
    }

    async fn insert(&self, number: u128) -> Result<(), StoreError> {
        self.begin(move |connection| Ok(insert_user(connection, number)?))
            .await
            .unwrap()
    }

    /// Runs plain statements on the writer's connection.
    async fn execute(&self, statements: String) -> Result<(), StoreError> {
        self.begin(move |connection| Ok(connection.batch_execute(&statements)?))
            .await
            .unwrap()
    }

    /// The users there are, as a reader sees them.
    async fn users(&self) -> Vec<u128> {
        let look = |connection: &mut SqliteConnection| -> Result<Vec<Id>, TxError> {
            let ids = users::table.select(users::id).order(users::id);
            Ok(ids.load(connection)?)
        };
        let ids = self.store.readers().run(look).await.unwrap();
        ids.into_iter().map(|Id(id)| id.as_u128()).collect()
    }

    /// Keeps the writer busy until the sender is dropped.
    async fn occupy_writer(&self) -> (mpsc::Sender<()>, Request) {
        let (release, released) = mpsc::channel();
        let (begin, at_work) = oneshot::channel();
        let request = self.begin(move |_| {
            begin.send(()).unwrap();
            released.recv().ok();
            Ok(())
        });
        at_work.await.unwrap();
        (release, request)
    }
}

fn assert_unavailable(outcome: &Result<(), StoreError>) {
    assert!(
        matches!(outcome, Err(StoreError::Unavailable(_))),
        "{outcome:?}"
    );
}
