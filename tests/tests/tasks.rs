//! The life of a task: created, read, replaced, patched, toggled, deleted.

use macro_rules_attribute::apply;
use serde_json::{Value, json};
use tasklane_tests::app::App;
use tasklane_tests::both_stores;
use tasklane_tests::store::Store;
use uuid::Uuid;

/// Every member of a task.
const MEMBERS: [&str; 16] = [
    "completed",
    "completed_at",
    "created_at",
    "deleted_at",
    "description",
    "due",
    "id",
    "metadata",
    "owner_id",
    "parent_id",
    "position",
    "priority",
    "revision",
    "tags",
    "title",
    "updated_at",
];

fn full_task() -> Value {
    json!({
        "title": "Buy milk",
        "description": "Two litres,\n\tnot from the shop at the corner",
        "completed": false,
        "priority": "high",
        "due": { "date": "2026-11-21", "time": "09:00", "timezone": "Europe/Rome" },
        "tags": ["home", "Shopping"],
    })
}

#[track_caller]
fn assert_instant(value: &Value) {
    let text = value.as_str().unwrap_or_default();
    let shape: String = text
        .chars()
        .map(|c| if c.is_ascii_digit() { '9' } else { c })
        .collect();
    assert_eq!(shape, "9999-99-99T99:99:99.999999Z", "{text}");
}

#[apply(both_stores)]
async fn a_created_task_has_its_defaults(app: &App) {
    let ada = app.user("ada").await;
    let answer = ada
        .post("/api/tasks", &json!({ "title": "Buy milk" }))
        .await
        .is(201);
    let task = answer.task();

    let members: Vec<&String> = task.as_object().unwrap().keys().collect();
    assert_eq!(members, MEMBERS);
    assert_eq!(answer.header("location"), Some(task.path().as_str()));
    assert_eq!(task["title"], "Buy milk");
    assert_eq!(task["owner_id"], ada.id());
    assert_eq!((task.revision(), ada.revision().await), (1, 1));
    for (member, default) in [
        ("description", Value::Null),
        ("completed", json!(false)),
        ("completed_at", Value::Null),
        ("priority", json!("none")),
        ("due", Value::Null),
        ("tags", json!([])),
        ("deleted_at", Value::Null),
    ] {
        assert_eq!(task[member], default, "{member}");
    }
    assert_instant(&task["created_at"]);
    assert_eq!(task["created_at"], task["updated_at"]);
    let id: Uuid = task.id().parse().unwrap();
    assert_eq!(
        (id.get_version_num(), id.to_string().as_str()),
        (7, task.id())
    );
    assert_eq!(ada.read(task.id()).await, task);
}

#[apply(both_stores)]
async fn every_field_comes_back_as_it_was_given(app: &App) {
    let ada = app.user("ada").await;
    let given = full_task();
    let task = ada.create(given.clone()).await;
    for (member, value) in given.as_object().unwrap() {
        assert_eq!(&task[member], value, "{member}");
    }
    assert_eq!(ada.read(task.id()).await, task);
    assert_eq!(ada.tasks().await, [task]);
}

#[apply(both_stores)]
async fn a_done_task_says_since_when(app: &App) {
    let ada = app.user("ada").await;
    let done = ada
        .create(json!({ "title": "Done already", "completed": true }))
        .await;
    assert_eq!(done["completed_at"], done["created_at"]);

    // Another change leaves the instant alone; being open again forgets it.
    let renamed = ada
        .patch(&done.path(), &json!({ "title": "Done", "completed": true }))
        .await;
    assert_eq!(renamed.is(200).task()["completed_at"], done["completed_at"]);
    let open = ada
        .patch(&done.path(), &json!({ "completed": false }))
        .await
        .is(200)
        .task();
    assert_eq!(open["completed_at"], Value::Null);
}

#[apply(both_stores)]
async fn toggling_flips_completion_and_takes_a_revision_each_time(app: &App) {
    let ada = app.user("ada").await;
    let task = ada.create(full_task()).await;
    let done = ada.toggle(&task.path()).await.is(200).task();
    assert_eq!((&done["completed"], done.revision()), (&json!(true), 2));
    assert_instant(&done["completed_at"]);
    assert_eq!(done["completed_at"], done["updated_at"]);

    let open = ada.toggle(&task.path()).await.is(200).task();
    assert_eq!((&open["completed"], open.revision()), (&json!(false), 3));
    for member in [
        "title",
        "description",
        "priority",
        "due",
        "tags",
        "created_at",
        "completed_at",
    ] {
        assert_eq!(open[member], task[member], "{member}");
    }
    assert_eq!(ada.read(task.id()).await, open);
}

#[apply(both_stores)]
async fn put_replaces_the_whole_task(app: &App) {
    let ada = app.user("ada").await;
    let task = ada.create(full_task()).await;
    let replaced = ada
        .put(&task.path(), &json!({ "title": "Bread" }))
        .await
        .is(200)
        .task();
    assert_eq!(
        (replaced["title"].as_str(), replaced.revision()),
        (Some("Bread"), 2)
    );
    assert_eq!(replaced["description"], Value::Null);
    assert_eq!(replaced["priority"], "none");
    assert_eq!(replaced["due"], Value::Null);
    assert_eq!(replaced["tags"], json!([]));
    for member in ["id", "owner_id", "created_at"] {
        assert_eq!(replaced[member], task[member], "{member}");
    }
    assert_instant(&replaced["updated_at"]);
    assert!(replaced["updated_at"].as_str() > task["updated_at"].as_str());
    assert_eq!(ada.read(task.id()).await, replaced);
}

#[apply(both_stores)]
async fn a_put_of_equal_values_takes_no_revision(app: &App) {
    let ada = app.user("ada").await;
    let task = ada.create(full_task()).await;
    let mut same = full_task();
    same["title"] = json!("  Buy milk ");
    let answer = ada.put(&task.path(), &same).await.is(200);
    assert_eq!(answer.task(), task);
    assert_eq!(ada.revision().await, task.revision());
}

#[apply(both_stores)]
async fn put_makes_no_task_unless_it_was_asked_to(app: &App) {
    let ada = app.user("ada").await;
    let path = format!("/api/tasks/{}", Uuid::from_u128(7));
    ada.put(&path, &full_task()).await.problem(404, "not_found");
    ada.get(&path).await.problem(404, "not_found");
    assert_eq!(ada.revision().await, 0);
}

#[apply(both_stores)]
async fn a_client_can_bring_any_uuid_of_its_own(app: &App) {
    let ada = app.user("ada").await;
    for spelling in [
        "00000000-0000-0000-0000-000000000000",
        "F47AC10B-58CC-4372-A567-0E02B2C3D479",
        "0193a5c800007000800000000000abcd",
        "ffffffff-ffff-ffff-ffff-ffffffffffff",
    ] {
        let id = spelling.parse::<Uuid>().unwrap().to_string();
        let asked = ada
            .put(&format!("/api/tasks/{spelling}"), &full_task())
            .if_none_match("*");
        let answer = asked.await.is(201);
        let task = answer.task();
        assert_eq!(
            (task.id(), &task["tags"]),
            (id.as_str(), &full_task()["tags"])
        );
        assert_eq!(answer.header("location"), Some(task.path().as_str()));
        assert_eq!(ada.read(&id).await, task);
    }
    assert_eq!(ada.revision().await, 4);
}

#[apply(both_stores)]
async fn any_spelling_of_an_id_is_read(app: &App) {
    let ada = app.user("ada").await;
    let task = ada.create_titled("Buy milk").await;
    let id: Uuid = task.id().parse().unwrap();
    for spelling in [
        id.hyphenated().to_string().to_uppercase(),
        id.simple().to_string(),
        id.urn().to_string(),
        format!("%7B{id}%7D"),
    ] {
        let read = ada
            .get(&format!("/api/tasks/{spelling}"))
            .await
            .is(200)
            .task();
        assert_eq!(read, task, "{spelling}");
    }
}

#[apply(both_stores)]
async fn a_deleted_task_is_gone(app: &App) {
    let ada = app.user("ada").await;
    let (task, other) = (
        ada.create(full_task()).await,
        ada.create_titled("Stays").await,
    );
    let path = task.path();
    let deleted = ada.delete(&path).await.is(204);
    assert_eq!(deleted.bytes(), b"");
    assert_eq!(ada.revision().await, 3);

    ada.delete(&path).await.problem(404, "not_found");
    ada.get(&path).await.problem(404, "not_found");
    ada.toggle(&path).await.problem(404, "not_found");
    ada.put(&path, &full_task()).await.problem(404, "not_found");
    ada.patch(&path, &json!({ "title": "Back" }))
        .await
        .problem(404, "not_found");
    assert_eq!(ada.tasks().await, [other]);
    assert_eq!(ada.revision().await, 3, "what is refused takes no revision");
}

#[apply(both_stores)]
async fn a_task_that_never_was_is_not_found(app: &App) {
    let ada = app.user("ada").await;
    let path = format!("/api/tasks/{}", Uuid::from_u128(42));
    let problem = ada.get(&path).await.problem(404, "not_found");
    assert_eq!(problem.errors().len(), 0);
    ada.delete(&path).await.problem(404, "not_found");
    ada.toggle(&path).await.problem(404, "not_found");
    ada.patch(&path, &json!({})).await.problem(404, "not_found");
}

#[apply(both_stores)]
async fn a_body_is_judged_before_the_task_is_looked_for(app: &App) {
    let ada = app.user("ada").await;
    let path = format!("/api/tasks/{}", Uuid::from_u128(42));
    ada.patch(&path, &json!({ "title": "" }))
        .await
        .problem(422, "validation_failed");
}

#[apply(both_stores)]
async fn revisions_count_all_changes_of_one_user_and_nobody_elses(app: &App) {
    let (ada, bob) = (app.user("ada").await, app.user("bob").await);
    let first = ada.create_titled("First").await;
    let second = ada.create_titled("Second").await;
    assert_eq!((first.revision(), second.revision()), (1, 2));
    assert_eq!(bob.create_titled("Elsewhere").await.revision(), 1);
    assert_eq!(ada.toggle(&first.path()).await.is(200).task().revision(), 3);
    assert_eq!(ada.read(second.id()).await.revision(), 2);
    assert_eq!((ada.revision().await, bob.revision().await), (3, 1));
}

#[apply(both_stores)]
async fn everything_is_there_after_a_restart(store: &Store) {
    let server = store.program().serve().await;
    let ada = server.user("ada").await;
    let tasks = [ada.create(full_task()).await, ada.create_titled("🦀").await];
    ada.delete(&ada.create_titled("Gone").await.path())
        .await
        .is(204);
    server.stop().await;

    let server = store.program().serve().await;
    let ada = ada.at(server.url());
    let mut kept = ada.tasks().await;
    kept.reverse();
    assert_eq!(kept, tasks);
    assert_eq!(ada.revision().await, 4);
    assert_eq!(ada.create_titled("Next").await.revision(), 5);
}
