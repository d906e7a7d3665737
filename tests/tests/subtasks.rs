//! Tasks that are parts of others.

use macro_rules_attribute::apply;
use serde_json::{Value, json};
use tasklane_tests::app::App;
use tasklane_tests::both_stores;
use tasklane_tests::task::Task;
use tasklane_tests::user::User;

async fn part(user: &User, title: &str, parent: &Task) -> Task {
    let task = json!({ "title": title, "parent_id": parent.id() });
    user.create(task).await
}

/// The titles of a list, in the order of positions.
async fn titles(user: &User, query: &str) -> Vec<String> {
    let path = format!("/api/tasks?sort=position&{query}");
    let tasks = user.walk(&path).await;
    tasks.iter().map(|task| task.title().to_owned()).collect()
}

#[apply(both_stores)]
async fn sub_tasks_are_found_by_their_parent(app: &App) {
    let ada = app.user("ada").await;
    let parent = ada.create_titled("Move house").await;
    assert_eq!(parent["parent_id"], Value::Null);
    for title in ["Pack", "Hire a van", "Clean"] {
        let task = part(&ada, title, &parent).await;
        assert_eq!(task["parent_id"], parent.id());
    }
    ada.create_titled("Buy milk").await;
    let parts = format!("parent={}&limit=2", parent.id());
    assert_eq!(titles(&ada, &parts).await, ["Pack", "Hire a van", "Clean"]);
    assert_eq!(
        titles(&ada, "parent=none").await,
        ["Move house", "Buy milk"]
    );
    let unknown = "parent=0193a5c8-7e2b-7c4d-9f10-6b1a2c3d4e5f";
    assert!(titles(&ada, unknown).await.is_empty());
    for bad in ["parent=", "parent=some", "parent=1"] {
        let answer = ada.get(&format!("/api/tasks?{bad}")).await;
        let problem = answer.problem(400, "invalid_parameter");
        assert_eq!(problem.parameters(), ["parent"], "{bad}");
    }
    let first = ada
        .get("/api/tasks?parent=none&limit=1")
        .await
        .is(200)
        .json();
    let cursor = first["next_cursor"].as_str().unwrap();
    let other = ada
        .get(&format!("/api/tasks?limit=1&cursor={cursor}"))
        .await;
    other.problem(400, "invalid_cursor");
}

#[apply(both_stores)]
async fn a_parent_that_cannot_be_one_is_refused_where_it_was_named(app: &App) {
    let (ada, bob) = (app.user("ada").await, app.user("bob").await);
    let parent = ada.create_titled("Move house").await;
    let pack = part(&ada, "Pack", &parent).await;
    let milk = ada.create_titled("Buy milk").await;
    let foreign = bob.create_titled("Secret").await;
    let trashed = ada.create_titled("Trashed").await;
    ada.delete(&trashed.path()).await.is(204);
    for (id, code) in [
        (foreign.id(), "unknown_task"),
        (trashed.id(), "unknown_task"),
        (milk.id(), "unknown_task"),
        (pack.id(), "too_deep"),
    ] {
        let patch = json!({ "parent_id": id });
        let patched = ada.patch(&milk.path(), &patch).await;
        let moved = ada.post(&format!("{}/move", milk.path()), &patch).await;
        let replacement = json!({ "title": "Buy milk", "parent_id": id });
        let replaced = ada.put(&milk.path(), &replacement).await;
        for answer in [patched, moved, replaced] {
            let problem = answer.problem(422, "validation_failed");
            assert_eq!(problem.code_at("/parent_id"), code, "{id}");
        }
        for (pointer, operation) in [
            (
                "/operations/1/patch/parent_id",
                json!({ "op": "update", "id": milk.id(), "patch": patch }),
            ),
            (
                "/operations/1/parent_id",
                json!({ "op": "move", "id": milk.id(), "parent_id": id }),
            ),
        ] {
            let operations =
                json!({ "operations": [{ "op": "toggle", "id": pack.id() }, operation] });
            let answer = ada.post("/api/batch", &operations).await;
            let problem = answer.problem(422, "validation_failed");
            assert_eq!(problem.code_at(pointer), code, "{id}");
        }
    }
    let new = json!({ "title": "New", "parent_id": pack.id() });
    let problem = ada
        .post("/api/tasks", &new)
        .await
        .problem(422, "validation_failed");
    assert_eq!(problem.code_at("/parent_id"), "too_deep");
    let create = json!({ "operations": [{ "op": "create", "task": new }] });
    let answer = ada.post("/api/batch", &create).await;
    let problem = answer.problem(422, "validation_failed");
    assert_eq!(problem.code_at("/operations/0/task/parent_id"), "too_deep");
    let above = json!({ "parent_id": milk.id() });
    let problem = ada
        .patch(&parent.path(), &above)
        .await
        .problem(422, "validation_failed");
    assert_eq!(problem.code_at("/parent_id"), "too_deep");
    for bad in [json!(5), json!("x"), json!({})] {
        let answer = ada.patch(&milk.path(), &json!({ "parent_id": bad })).await;
        let problem = answer.problem(422, "validation_failed");
        assert_eq!(problem.pointers(), ["/parent_id"]);
    }
    assert_eq!(ada.read(milk.id()).await, milk);
}

#[apply(both_stores)]
async fn sub_tasks_go_to_the_trash_and_come_back_with_their_parent(app: &App) {
    let ada = app.user("ada").await;
    let parent = ada.create_titled("Move house").await;
    let pack = part(&ada, "Pack", &parent).await;
    let clean = part(&ada, "Clean", &parent).await;
    let earlier = part(&ada, "Sell the piano", &parent).await;
    ada.delete(&earlier.path()).await.is(204);
    let before = ada.revision().await;

    let deleted = ada.delete(&parent.path()).await.is(204);
    assert_eq!(
        deleted.header("etag"),
        Some(format!("\"{}\"", before + 1).as_str())
    );
    assert_eq!(ada.revision().await, before + 3);
    assert!(ada.tasks().await.is_empty());
    let trash = ada.walk("/api/tasks?deleted=true&sort=revision").await;
    let went: Vec<&str> = trash.iter().map(Task::title).collect();
    assert_eq!(went, ["Sell the piano", "Move house", "Pack", "Clean"]);
    assert_eq!(trash[1]["deleted_at"], trash[2]["deleted_at"]);
    ada.get(&pack.path()).await.problem(404, "not_found");

    let restored = ada
        .post(&format!("{}/restore", parent.path()), &json!({}))
        .await;
    assert_eq!(restored.is(200).task().revision(), before + 4);
    assert_eq!(
        titles(&ada, "limit=100").await,
        ["Move house", "Pack", "Clean"]
    );

    // Alone, without a live parent, it stands on its own.
    ada.delete(&parent.path()).await.is(204);
    let alone = ada
        .post(&format!("{}/restore", clean.path()), &json!({}))
        .await;
    assert_eq!(alone.is(200).task()["parent_id"], Value::Null);

    ada.delete(&format!("{}?permanent=true", parent.path()))
        .await
        .is(204);
    assert!(ada.walk("/api/tasks?deleted=true").await.is_empty());
    assert_eq!(titles(&ada, "limit=100").await, ["Clean"]);
}

#[apply(both_stores)]
async fn siblings_are_moved_among_each_other(app: &App) {
    let ada = app.user("ada").await;
    let parent = ada.create_titled("Move house").await;
    let pack = part(&ada, "Pack", &parent).await;
    let clean = part(&ada, "Clean", &parent).await;
    let van = ada.create_titled("Hire a van").await;
    let parts = format!("parent={}", parent.id());

    let path = |task: &Task| format!("{}/move", task.path());
    let between = json!({ "parent_id": parent.id(), "before": clean.id() });
    let moved = ada.post(&path(&van), &between).await.is(200).task();
    assert_eq!(moved["parent_id"], parent.id());
    assert_eq!(titles(&ada, &parts).await, ["Pack", "Hire a van", "Clean"]);
    ada.post(&path(&pack), &json!({})).await.is(200);
    assert_eq!(titles(&ada, &parts).await, ["Hire a van", "Clean", "Pack"]);
    for (task, place, pointer) in [
        (&pack, json!({ "after": parent.id() }), "/after"),
        (&parent, json!({ "before": pack.id() }), "/before"),
        (
            &pack,
            json!({ "parent_id": null, "before": clean.id() }),
            "/before",
        ),
    ] {
        let problem = ada
            .post(&path(task), &place)
            .await
            .problem(422, "validation_failed");
        assert_eq!(problem.code_at(pointer), "elsewhere");
    }
    let out = json!({ "parent_id": null, "before": parent.id() });
    ada.post(&path(&van), &out).await.is(200);
    assert_eq!(
        titles(&ada, "parent=none").await,
        ["Hire a van", "Move house"]
    );
}

#[apply(both_stores)]
async fn sub_tasks_count_in_the_summary_and_are_told_in_the_feed(app: &App) {
    let ada = app.user("ada").await;
    let parent = ada.create_titled("Move house").await;
    part(&ada, "Pack", &parent).await;
    let summary = ada.get("/api/tasks/summary").await.is(200).json();
    assert_eq!(
        (&summary["open"], &summary["no_date"]),
        (&json!(2), &json!(2))
    );
    let exported = ada.get("/api/users/me/export").await.is(200).json();
    let parents: Vec<&Value> = exported["tasks"]
        .as_array()
        .unwrap()
        .iter()
        .map(|task| &task["parent_id"])
        .collect();
    assert!(parents.contains(&&json!(parent.id())), "{parents:?}");
}
