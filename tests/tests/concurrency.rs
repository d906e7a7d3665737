//! Two hundred clients at the same tasks: every change happens, once, in the order of revisions.

use std::collections::BTreeMap;

use macro_rules_attribute::apply;
use serde_json::{Value, json};
use tasklane_tests::app::App;
use tasklane_tests::both_stores;
use tasklane_tests::task::Task;
use tasklane_tests::user::User;

const CLIENTS_PER_USER: usize = 100;
const CHANGES_PER_CLIENT: usize = 6;
const TASKS_PER_USER: usize = 5;

/// What a client does to a task.
#[derive(Debug, Clone)]
enum Change {
    Toggle,
    Patch(Value),
}

/// A change that was acknowledged, and the task as it was then.
#[derive(Debug)]
struct Done {
    change: Change,
    after: Task,
}

/// The change that a client makes in a round; every patch is unlike all others, so none is empty.
fn change_of(client: usize, round: usize) -> Change {
    let mark = format!("client {client}, round {round}");
    match (client + round) % 4 {
        0 | 1 => Change::Toggle,
        2 => Change::Patch(json!({ "title": mark })),
        _ => Change::Patch(json!({ "description": mark, "tags": [format!("{client}-{round}")] })),
    }
}

/// One client's changes. Every third names the revision that it last saw, and may come too late.
async fn change_tasks(user: User, tasks: Vec<Task>, client: usize) -> Vec<Done> {
    let mut known: Vec<Task> = tasks;
    let mut done = Vec::new();
    for round in 0..CHANGES_PER_CLIENT {
        let index = (client + round) % known.len();
        let task = &mut known[index];
        let change = change_of(client, round);
        let mut call = match &change {
            Change::Toggle => user.toggle(&task.path()),
            Change::Patch(patch) => user.patch(&task.path(), patch),
        };
        let conditional = round % 3 == 2;
        if conditional {
            call = call.if_match(&task.etag());
        }
        let answer = call.await;
        if conditional && answer.status() == 412 {
            answer.problem(412, "precondition_failed");
            *task = user.read(task.id()).await;
            continue;
        }
        let after = answer.is(200).task();
        if conditional {
            let (seen, now) = (task.revision(), after.revision());
            assert!(now > seen, "revision {now} is no later than {seen}");
        }
        *task = after.clone();
        done.push(Done { change, after });
    }
    done
}

/// Does a change to a copy of the task, as the contract describes it.
fn replay(task: &mut Value, change: &Change) {
    match change {
        Change::Toggle => task["completed"] = json!(!task["completed"].as_bool().unwrap()),
        Change::Patch(patch) => {
            for (member, value) in patch.as_object().unwrap() {
                task[member.as_str()] = value.clone();
            }
        }
    }
}

/// Does all changes one after another, by revision, and compares every step with what was answered.
fn assert_one_after_another(created: &[Task], mut done: Vec<Done>) -> BTreeMap<String, Value> {
    done.sort_by_key(|done| done.after.revision());
    let mut replayed: BTreeMap<String, Value> = created
        .iter()
        .map(|task| (task.id().to_owned(), task.clone().into_document()))
        .collect();
    let mut last = created.iter().map(Task::revision).max().unwrap();
    for Done { change, after } in &done {
        assert!(after.revision() > last, "revision {last} was given twice");
        last = after.revision();
        let task = replayed.get_mut(after.id()).unwrap();
        replay(task, change);
        for member in [
            "title",
            "description",
            "completed",
            "tags",
            "priority",
            "created_at",
        ] {
            assert_eq!(
                after[member], task[member],
                "{member} at revision {last}: an update is lost"
            );
        }
        *task = after.clone().into_document();
    }
    replayed
}

async fn create_tasks(user: &User) -> Vec<Task> {
    let mut tasks = Vec::new();
    for number in 0..TASKS_PER_USER {
        tasks.push(user.create_titled(&number.to_string()).await);
    }
    tasks
}

#[apply(both_stores)]
async fn every_revision_is_taken_once_in_order_and_no_update_is_lost(app: &App) {
    let users = [app.user("ada").await, app.user("bob").await];
    let created = [create_tasks(&users[0]).await, create_tasks(&users[1]).await];
    let clients: Vec<_> = (0..2 * CLIENTS_PER_USER)
        .map(|client| {
            let (user, tasks) = (users[client % 2].clone(), created[client % 2].clone());
            (client % 2, tokio::spawn(change_tasks(user, tasks, client)))
        })
        .collect();
    let mut done: [Vec<Done>; 2] = [Vec::new(), Vec::new()];
    for (user, client) in clients {
        done[user].extend(client.await.expect("no client meets an error"));
    }
    for ((user, created), done) in users.iter().zip(&created).zip(done) {
        assert!(
            done.len() >= CLIENTS_PER_USER * CHANGES_PER_CLIENT * 2 / 3,
            "{}",
            done.len()
        );
        let last = done.iter().map(|done| done.after.revision()).max().unwrap();
        let replayed = assert_one_after_another(created, done);
        let stored = user.tasks().await;
        assert_eq!(stored.len(), TASKS_PER_USER);
        for task in stored {
            assert_eq!(*task, replayed[task.id()]);
        }
        assert_eq!(user.revision().await, last);
    }
}

#[apply(both_stores)]
async fn creations_side_by_side_all_happen(app: &App) {
    let ada = app.user("ada").await;
    let creations: Vec<_> = (0..100)
        .map(|number| {
            let user = ada.clone();
            tokio::spawn(async move { user.create_titled(&number.to_string()).await })
        })
        .collect();
    let mut revisions = Vec::new();
    for creation in creations {
        revisions.push(creation.await.unwrap().revision());
    }
    revisions.sort_unstable();
    revisions.dedup();
    assert_eq!((revisions.len(), ada.tasks().await.len()), (100, 100));
}
