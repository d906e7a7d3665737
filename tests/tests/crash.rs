//! What was acknowledged survives the sudden death of the process.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use macro_rules_attribute::apply;
use serde_json::json;
use tasklane_tests::both_stores;
use tasklane_tests::store::Store;
use tasklane_tests::task::Task;
use tasklane_tests::user::User;

const WRITERS: usize = 16;
const ROUNDS: usize = 3;
/// How many writes are acknowledged, at least, before the process is killed.
const WRITES_PER_ROUND: usize = 150;
const ROUND_LIMIT: Duration = Duration::from_mins(1);

/// The newest state of each task that the server has acknowledged.
type Acknowledged = Arc<Mutex<Vec<Task>>>;

/// Creates tasks and changes each of them twice, until the server is gone.
async fn write(user: User, writer: usize, acknowledged: Acknowledged) {
    for number in 0.. {
        let title = format!("{writer}-{number}");
        let Ok(created) = user
            .post("/api/tasks", &json!({ "title": title }))
            .attempt()
            .await
        else {
            return;
        };
        let task = created.is(201).task();
        let path = task.path();
        acknowledged.lock().unwrap().push(task);
        let changes = [
            user.toggle(&path),
            user.patch(&path, &json!({ "priority": "high" })),
        ];
        for change in changes {
            let Ok(answer) = change.attempt().await else {
                return;
            };
            acknowledged.lock().unwrap().push(answer.is(200).task());
        }
    }
}

/// Kills the server in the middle of many writes.
async fn write_and_kill(store: &Store, ada: Option<User>, acknowledged: &Acknowledged) -> User {
    let server = store.program().serve().await;
    let ada = match ada {
        Some(ada) => ada.at(server.url()),
        None => server.user("ada").await,
    };
    let before = acknowledged.lock().unwrap().len();
    let writers: Vec<_> = (0..WRITERS)
        .map(|writer| tokio::spawn(write(ada.clone(), writer, Arc::clone(acknowledged))))
        .collect();
    let started = Instant::now();
    while acknowledged.lock().unwrap().len() < before + WRITES_PER_ROUND {
        assert!(
            started.elapsed() < ROUND_LIMIT,
            "the writers come to nothing"
        );
        tokio::time::sleep(Duration::from_millis(1)).await;
    }
    server.kill().await;
    for writer in writers {
        writer.await.expect("no writer is told of an error");
    }
    ada
}

async fn assert_all_there(ada: &User, acknowledged: &Acknowledged) {
    let stored = ada.tasks().await;
    let revisions: BTreeSet<i64> = stored.iter().map(Task::revision).collect();
    assert_eq!(revisions.len(), stored.len(), "a revision is duplicated");
    let stored: BTreeMap<&str, &Task> = stored.iter().map(|task| (task.id(), task)).collect();
    let mut newest: BTreeMap<String, Task> = BTreeMap::new();
    for task in acknowledged.lock().unwrap().iter() {
        newest.insert(task.id().to_owned(), task.clone());
    }
    for (id, task) in newest {
        let kept = stored
            .get(id.as_str())
            .unwrap_or_else(|| panic!("lost: {task}"));
        // Only the one change that was under way can have been made without being acknowledged.
        let unheard = kept.revision() > task.revision();
        assert!(
            **kept == task || unheard,
            "acknowledged {task}, kept {kept}"
        );
    }
}

#[apply(both_stores)]
async fn every_acknowledged_write_is_there_after_a_kill(store: &Store) {
    let acknowledged = Acknowledged::default();
    let mut ada = None;
    for _ in 0..ROUNDS {
        let user = write_and_kill(store, ada, &acknowledged).await;
        let server = store.program().serve().await;
        let user = user.at(server.url());
        assert_all_there(&user, &acknowledged).await;
        let revision = user.revision().await;
        let next = user.create_titled("Goes on").await;
        assert!(next.revision() > revision);
        acknowledged.lock().unwrap().push(next);
        server.stop().await;
        ada = Some(user);
    }
}

#[apply(both_stores)]
async fn an_account_that_was_acknowledged_can_sign_in_after_a_kill(store: &Store) {
    let server = store.program().serve().await;
    let ada = server.user("ada").await;
    server.kill().await;
    let server = store.program().serve().await;
    let ada = ada.at(server.url());
    ada.get("/api/users/me").await.is(200);
    ada.login().await;
}
