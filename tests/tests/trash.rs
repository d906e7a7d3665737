//! The trash: deleted, listed, restored, erased, emptied.

use macro_rules_attribute::apply;
use serde_json::{Value, json};
use tasklane_tests::app::App;
use tasklane_tests::both_stores;
use tasklane_tests::task::Task;
use tasklane_tests::user::User;
use uuid::Uuid;

const TRASH: &str = "/api/tasks?deleted=true";

async fn deleted(user: &User, title: &str) -> Task {
    let task = user
        .create(json!({ "title": title, "priority": "high", "tags": ["a"] }))
        .await;
    user.delete(&task.path()).await.is(204);
    task
}

/// Adds what makes a delete permanent.
fn for_good(task: &Task) -> String {
    format!("{}?permanent=true", task.path())
}

#[apply(both_stores)]
async fn a_deleted_task_is_in_the_trash_with_all_it_had(app: &App) {
    let ada = app.user("ada").await;
    let (live, task) = (
        ada.create_titled("Live").await,
        deleted(&ada, "Deleted").await,
    );
    let trash = ada.walk(TRASH).await;
    assert_eq!(trash.len(), 1);
    assert_eq!((trash[0].id(), trash[0].revision()), (task.id(), 3));
    assert_eq!(trash[0]["deleted_at"], trash[0]["updated_at"]);
    assert!(trash[0]["deleted_at"].as_str() > task["updated_at"].as_str());
    for member in [
        "title",
        "description",
        "completed",
        "priority",
        "due",
        "tags",
        "created_at",
    ] {
        assert_eq!(trash[0][member], task[member], "{member}");
    }
    assert_eq!(ada.tasks().await, [live]);
}

#[apply(both_stores)]
async fn the_trash_is_a_list_like_the_other(app: &App) {
    let ada = app.user("ada").await;
    for title in ["b", "a", "c"] {
        deleted(&ada, title).await;
    }
    let sorted = ada
        .walk(&format!("{TRASH}&sort=title&limit=1&priority=high&tag=A"))
        .await;
    assert_eq!(
        sorted.iter().map(Task::title).collect::<Vec<_>>(),
        ["a", "b", "c"]
    );
    let answer = ada.get(TRASH).await.is(200);
    assert_eq!(answer.etag(), "W/\"6-0\"");
    ada.get(TRASH).if_none_match("W/\"6-0\"").await.is(304);
    ada.get(TRASH).if_none_match("W/\"6\"").await.is(200);
}

#[apply(both_stores)]
async fn a_restored_task_is_as_it_was(app: &App) {
    let ada = app.user("ada").await;
    let task = deleted(&ada, "Deleted").await;
    let restored = ada.restore(&task.path()).await.is(200).task();
    assert_eq!(
        (restored.revision(), &restored["deleted_at"]),
        (3, &Value::Null)
    );
    for member in ["title", "priority", "tags", "completed_at", "created_at"] {
        assert_eq!(restored[member], task[member], "{member}");
    }
    assert_eq!(ada.read(task.id()).await, restored);
    assert_eq!(ada.tasks().await, [restored]);
    assert_eq!(ada.walk(TRASH).await, []);
}

#[apply(both_stores)]
async fn only_what_is_in_the_trash_can_be_restored(app: &App) {
    let ada = app.user("ada").await;
    let live = ada.create_titled("Live").await;
    ada.restore(&live.path()).await.problem(409, "not_deleted");
    ada.restore(&format!("/api/tasks/{}", Uuid::from_u128(1)))
        .await
        .problem(404, "not_found");
    let erased = deleted(&ada, "Erased").await;
    ada.delete(&for_good(&erased)).await.is(204);
    ada.restore(&erased.path()).await.problem(404, "not_found");
    assert_eq!(ada.revision().await, 4);
}

#[apply(both_stores)]
async fn a_restore_minds_its_precondition(app: &App) {
    let ada = app.user("ada").await;
    let task = deleted(&ada, "Deleted").await;
    let answer = ada.restore(&task.path()).if_match("\"1\"").await;
    answer.problem(412, "precondition_failed");
    assert_eq!(answer.etag(), "\"2\"");
    assert_eq!(ada.walk(TRASH).await.len(), 1);
    ada.restore(&task.path()).if_match("\"2\"").await.is(200);
}

#[apply(both_stores)]
async fn an_erased_task_is_nowhere_and_its_id_stays_taken(app: &App) {
    let ada = app.user("ada").await;
    let live = ada.create_titled("Erased while live").await;
    let trashed = deleted(&ada, "Erased from the trash").await;
    for task in [&live, &trashed] {
        let answer = ada.delete(&for_good(task)).await.is(204);
        assert_eq!(answer.bytes(), b"");
        ada.delete(&for_good(task)).await.problem(404, "not_found");
        ada.get(&task.path()).await.problem(404, "not_found");
        let again = ada
            .put(&task.path(), &json!({ "title": "Again" }))
            .if_none_match("*")
            .await;
        again.problem(412, "precondition_failed");
    }
    assert_eq!((ada.tasks().await, ada.walk(TRASH).await), (vec![], vec![]));
    assert_eq!(ada.revision().await, 5);
}

#[apply(both_stores)]
async fn erasing_minds_its_precondition_and_its_parameter(app: &App) {
    let ada = app.user("ada").await;
    let task = deleted(&ada, "Deleted").await;
    let stale = ada.delete(&for_good(&task)).if_match("\"1\"").await;
    stale.problem(412, "precondition_failed");
    for bad in ["", "yes", "1"] {
        let answer = ada
            .delete(&format!("{}?permanent={bad}", task.path()))
            .await;
        answer.problem(400, "invalid_parameter").names("permanent");
    }
    assert_eq!(ada.walk(TRASH).await.len(), 1);
    ada.delete(&for_good(&task)).if_match("\"2\"").await.is(204);
}

#[apply(both_stores)]
async fn emptying_the_trash_leaves_live_tasks_alone(app: &App) {
    let ada = app.user("ada").await;
    let live = ada.create_titled("Live").await;
    for title in ["1", "2", "3"] {
        deleted(&ada, title).await;
    }
    assert_eq!(
        ada.delete(TRASH).await.is(200).json(),
        json!({ "purged": 3 })
    );
    assert_eq!(
        (ada.tasks().await, ada.walk(TRASH).await),
        (vec![live], vec![])
    );
    assert_eq!(
        ada.revision().await,
        10,
        "each erased task takes a revision of its own"
    );
    assert_eq!(
        ada.delete(TRASH).await.is(200).json(),
        json!({ "purged": 0 })
    );
    assert_eq!(ada.revision().await, 10);
}

#[apply(both_stores)]
async fn live_tasks_are_not_deleted_by_a_forgotten_parameter(app: &App) {
    let ada = app.user("ada").await;
    let task = ada.create_titled("Live").await;
    for query in ["", "?deleted=false", "?deleted=", "?deleted=yes"] {
        let answer = ada.delete(&format!("/api/tasks{query}")).await;
        answer.problem(400, "invalid_parameter").names("deleted");
    }
    let answer = ada.delete("/api/tasks?deleted=true&tag=a").await;
    answer.problem(400, "invalid_parameter").names("tag");
    for query in [
        "completed_before=",
        "completed_before=now",
        "completed_before=2099-01-01&deleted=true",
    ] {
        let answer = ada.delete(&format!("/api/tasks?{query}")).await;
        let problem = answer.problem(400, "invalid_parameter");
        assert_eq!(problem.parameters(), ["completed_before"]);
    }
    assert_eq!(ada.tasks().await, [task]);
}

#[apply(both_stores)]
async fn what_was_completed_before_an_instant_is_cleared_away(app: &App) {
    let ada = app.user("ada").await;
    let open = ada.create_titled("Open").await;
    let create = json!({ "op": "create", "task": { "title": "Done", "completed": true } });
    let many = json!({ "operations": vec![create; 100] });
    ada.post("/api/batch", &many).await.is(200);
    ada.create(json!({ "title": "Done", "completed": true }))
        .await;
    let late = ada
        .create(json!({ "title": "Done late", "completed": true }))
        .await;
    let before = late["completed_at"].as_str().unwrap();
    let path = format!("/api/tasks?completed_before={before}");
    let revision = ada.revision().await;
    assert_eq!(
        ada.delete(&path).await.is(200).json(),
        json!({ "deleted": 101 })
    );
    assert_eq!(ada.tasks().await, [late, open]);
    assert_eq!(
        ada.walk("/api/tasks?deleted=true&limit=100").await.len(),
        101
    );
    assert_eq!(
        ada.revision().await,
        revision + 101,
        "each takes a revision of its own"
    );
    assert_eq!(
        ada.delete(&path).await.is(200).json(),
        json!({ "deleted": 0 })
    );
    let day = ada.delete("/api/tasks?completed_before=2000-01-01").await;
    assert_eq!(day.is(200).json(), json!({ "deleted": 0 }));
}
