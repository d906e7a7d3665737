//! The `SQLite` store and its file: making it, sharing it, and what is in it after the end.

#![cfg(feature = "sqlite")]
#![expect(
    clippy::panic,
    clippy::unwrap_used,
    reason = "a test says by panicking what is wrong"
)]

use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Duration;

use futures::future::join_all;
use tasklane_domain::id::TaskId;
use tasklane_domain::port::{Readiness, TaskRepository};
use tasklane_domain::task::{Outcome, WriteRules};
use tasklane_domain::user::{Actor, FederatedProfile};
use tasklane_domain_testkit::Writes;
use tasklane_domain_testkit::builders::{
    a_draft, a_federated_actor, a_full_draft, a_task_id, create, instant, toggle,
};
use tasklane_infrastructure::sqlite::{OpenError, SqliteSettings, SqliteStore};

fn settings(path: &Path) -> SqliteSettings {
    SqliteSettings {
        path: path.to_owned(),
        readers: 2,
        wait: Duration::from_secs(30),
    }
}

async fn migrated(path: &Path) -> SqliteStore {
    let store = SqliteStore::open(&settings(path)).unwrap();
    store.migrate().await.unwrap();
    store
}

async fn create_task(store: &SqliteStore, owner: &Actor) -> TaskId {
    let create = create(a_task_id(), a_full_draft("Buy milk"));
    let outcome = store
        .apply(owner, create, WriteRules::default(), instant(0))
        .await
        .unwrap();
    let Outcome::Created(task) = outcome else {
        panic!("{outcome:?}")
    };
    assert_eq!(
        store.find(owner.owner(), task.id).await.unwrap().as_ref(),
        Some(&task)
    );
    task.id
}

#[tokio::test]
async fn the_file_and_its_folder_are_made_and_the_store_closes_tidily() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a/tasklane.db");
    let store = migrated(&path).await;
    let owner = a_federated_actor();
    let task = create_task(&store, &owner).await;
    #[cfg(unix)]
    for file in ["tasklane.db", "tasklane.db-wal", "tasklane.db-shm"] {
        use std::os::unix::fs::PermissionsExt;
        let mode = path
            .with_file_name(file)
            .metadata()
            .unwrap()
            .permissions()
            .mode();
        assert_eq!(mode & 0o777, 0o600, "{file}");
    }
    drop(store);
    let left: Vec<_> = path.parent().unwrap().read_dir().unwrap().collect();
    assert_eq!(left.len(), 1, "{left:?}");
    let again = migrated(&path).await;
    assert!(again.find(owner.owner(), task).await.unwrap().is_some());
}

#[test]
fn what_cannot_be_a_database_is_refused_in_words() {
    let folder = tempfile::tempdir().unwrap();
    let text = folder.path().join("notes.txt");
    std::fs::write(
        &text,
        "no database at all, but longer than a header would be".repeat(20),
    )
    .unwrap();
    let open = |path: &Path| SqliteStore::open(&settings(path)).err().unwrap();
    assert!(matches!(
        open(Path::new(":memory:")),
        OpenError::Path { .. }
    ));
    assert!(matches!(open(Path::new("")), OpenError::Path { .. }));
    assert!(matches!(open(&text), OpenError::Database { .. }));
    assert!(matches!(open(folder.path()), OpenError::Database { .. }));
    assert!(matches!(
        open(&text.join("tasklane.db")),
        OpenError::File { .. }
    ));
    let message = open(&text).to_string();
    assert!(message.contains("notes.txt"), "{message}");
    let deep = open(&folder.path().join("a/b/tasklane.db"));
    assert!(matches!(deep, OpenError::Folder { .. }), "{deep}");
    assert!(!folder.path().join("a").exists(), "no tree is made");
}

#[tokio::test]
async fn a_file_that_is_removed_or_replaced_fails_readiness_and_writes_and_is_not_made_again() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("tasklane.db");
    let aside = folder.path().join("aside.db");
    let store = migrated(&path).await;
    let owner = a_federated_actor();
    create_task(&store, &owner).await;
    let write = || {
        let create = create(a_task_id(), a_full_draft("Lost"));
        store.apply(&owner, create, WriteRules::default(), instant(0))
    };
    for replaced in [false, true] {
        std::fs::rename(&path, &aside).unwrap();
        if replaced {
            std::fs::write(&path, "").unwrap();
        }
        store.ping().await.unwrap_err();
        write().await.unwrap_err();
        for _ in 0..4 {
            // Readers that are open still read; new ones are not made.
            let _ = store.version(owner.owner()).await;
        }
        assert_eq!(path.exists(), replaced, "no file is made in its place");
        std::fs::rename(&aside, &path).unwrap();
        store.ping().await.unwrap();
        write().await.unwrap();
    }
}

/// A copy of the files at the moment of the answer is what a power failure would leave.
#[tokio::test]
async fn an_acknowledged_write_is_in_the_files_at_once() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("tasklane.db");
    let store = migrated(&path).await;
    let owner = a_federated_actor();
    for number in 0..5 {
        let task = create_task(&store, &owner).await;
        let copy = folder.path().join(format!("copy-{number}.db"));
        for end in ["", "-wal"] {
            let with_end = |path: &Path| format!("{}{end}", path.display());
            std::fs::copy(with_end(&path), with_end(&copy)).unwrap();
        }
        let after_the_crash = migrated(&copy).await;
        assert!(
            after_the_crash
                .find(owner.owner(), task)
                .await
                .unwrap()
                .is_some()
        );
        assert_eq!(
            after_the_crash
                .version(owner.owner())
                .await
                .unwrap()
                .revision
                .as_i64(),
            number + 1
        );
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn two_stores_on_one_file_take_turns() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("tasklane.db");
    let stores = [migrated(&path).await, migrated(&path).await];
    let owner = a_federated_actor();
    let task = create_task(&stores[0], &owner).await;
    let writes = (0..200).map(|number: usize| {
        let (store, owner) = (stores[number % 2].clone(), owner.clone());
        tokio::spawn(async move {
            let outcome = store
                .apply(&owner, toggle(task), WriteRules::default(), instant(1))
                .await;
            outcome.unwrap().revision_taken().unwrap().as_i64()
        })
    });
    let mut revisions: Vec<i64> = join_all(writes)
        .await
        .into_iter()
        .map(|revision| revision.unwrap())
        .collect();
    revisions.sort_unstable();
    assert_eq!(revisions, (2..=201).collect::<Vec<_>>());
    for store in &stores {
        assert_eq!(
            store
                .version(owner.owner())
                .await
                .unwrap()
                .revision
                .as_i64(),
            201
        );
    }
}

const CHILD_FILE: &str = "TASKLANE_TEST_CHILD_FILE";

fn child_owner() -> Actor {
    Actor::federated(FederatedProfile {
        alias: "issuer".to_owned(),
        subject: "child".to_owned(),
        email: None,
        email_verified: false,
        name: None,
    })
}

/// The part of the next test that is killed: writes, and prints the id of what was acknowledged.
#[test]
fn the_child_that_writes_until_it_is_killed() {
    let Ok(path) = std::env::var(CHILD_FILE) else {
        return;
    };
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_time()
        .build()
        .unwrap();
    runtime.block_on(async {
        let store = migrated(Path::new(&path)).await;
        let writers = (0..16).map(|_| async {
            loop {
                let id = a_task_id();
                let create = create(id, a_draft("Survive"));
                let rules = WriteRules::default();
                store
                    .apply(&child_owner(), create, rules, instant(0))
                    .await
                    .unwrap();
                println!("\nacknowledged {id}");
            }
        });
        join_all(writers).await;
    });
}

#[tokio::test]
async fn every_acknowledged_write_survives_a_kill() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("tasklane.db");
    let mut child = Command::new(std::env::current_exe().unwrap())
        .args([
            "--exact",
            "the_child_that_writes_until_it_is_killed",
            "--nocapture",
        ])
        .env(CHILD_FILE, &path)
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut acknowledged: Vec<TaskId> = Vec::new();
    for line in BufReader::new(child.stdout.take().unwrap())
        .lines()
        .map_while(Result::ok)
    {
        if let Some(id) = line.strip_prefix("acknowledged ") {
            // The last line may be cut off.
            acknowledged.extend(id.parse::<TaskId>().ok());
        }
        if acknowledged.len() == 300 {
            child.kill().unwrap();
        }
    }
    assert!(!child.wait().unwrap().success());
    assert!(acknowledged.len() >= 300, "{}", acknowledged.len());
    let store = migrated(&path).await;
    for id in acknowledged {
        assert!(
            store
                .find(child_owner().owner(), id)
                .await
                .unwrap()
                .is_some(),
            "{id} is lost"
        );
    }
}
