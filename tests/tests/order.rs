//! The order that people make by hand: order keys, and moves.

use macro_rules_attribute::apply;
use serde_json::{Value, json};
use tasklane_tests::app::App;
use tasklane_tests::both_stores;
use tasklane_tests::task::Task;
use tasklane_tests::user::User;

const BY_POSITION: &str = "/api/tasks?sort=position";

async fn create_at(user: &User, title: &str, position: &str) -> Task {
    let task = json!({ "title": title, "position": position });
    user.create(task).await
}

async fn titles(user: &User, path: &str) -> Vec<String> {
    let tasks = user.walk(path).await;
    tasks.iter().map(|task| task.title().to_owned()).collect()
}

#[apply(both_stores)]
async fn what_is_new_comes_last_and_one_write_puts_it_between_two(app: &App) {
    let ada = app.user("ada").await;
    for title in ["First", "Second", "Third"] {
        ada.create_titled(title).await;
    }
    assert_eq!(
        titles(&ada, BY_POSITION).await,
        ["First", "Second", "Third"]
    );
    let tasks = ada.walk(BY_POSITION).await;
    let first = tasks[0]["position"].as_str().unwrap();
    assert!(first.starts_with('i') && first.len() == 10, "{first}");
    // Longer than the key that it begins with, and below all that are greater than that.
    let between = format!("{first}V");
    let change = json!({ "position": between });
    ada.patch(&tasks[2].path(), &change).await.is(200);
    assert_eq!(
        titles(&ada, BY_POSITION).await,
        ["First", "Third", "Second"]
    );
    let descending = titles(&ada, "/api/tasks?sort=-position&limit=1").await;
    assert_eq!(descending, ["Second", "Third", "First"]);
}

#[apply(both_stores)]
async fn keys_sort_by_their_bytes_page_by_page(app: &App) {
    let ada = app.user("ada").await;
    let last = format!("z{}", "z".repeat(127));
    let order = ["Zz", "a0", "a0V", "a0a", "a1", "aA", "aa", "b00", &last];
    for index in [3, 8, 0, 5, 1, 7, 2, 6, 4] {
        create_at(&ada, order[index], order[index]).await;
    }
    for limit in [1, 4, 100] {
        let path = format!("{BY_POSITION}&limit={limit}");
        assert_eq!(titles(&ada, &path).await, order);
    }
}

#[apply(both_stores)]
async fn a_position_is_an_order_key_or_refused(app: &App) {
    let ada = app.user("ada").await;
    let task = ada.create_titled("Task").await;
    let smallest = format!("A{}", "0".repeat(26));
    let too_long = format!("a0{}", "V".repeat(127));
    for bad in [
        "", "a", "a00", "b0", " a0", "a0 ", "a0-", "é0", &smallest, &too_long,
    ] {
        let body = json!({ "title": "Task", "position": bad });
        let patch = json!({ "position": bad });
        for answer in [
            ada.post("/api/tasks", &body).await,
            ada.put(&task.path(), &body).await,
            ada.patch(&task.path(), &patch).await,
        ] {
            let problem = answer.problem(422, "validation_failed");
            assert_eq!(problem.code_at("/position"), "invalid_position", "{bad}");
        }
    }
    let number = ada.patch(&task.path(), &json!({ "position": 5 })).await;
    let problem = number.problem(422, "validation_failed");
    assert_eq!(problem.pointers(), ["/position"]);
    assert_eq!(ada.read(task.id()).await, task);
}

#[apply(both_stores)]
async fn without_a_position_a_task_has_that_of_its_creation(app: &App) {
    let ada = app.user("ada").await;
    let task = ada.create_titled("Task").await;
    let default = task["position"].clone();
    for content in [
        json!({ "title": "Task" }),
        json!({ "title": "Task", "position": null }),
    ] {
        let moved = ada.patch(&task.path(), &json!({ "position": "a0" })).await;
        assert_eq!(moved.is(200).task()["position"], "a0");
        let replaced = ada.put(&task.path(), &content).await.is(200).task();
        assert_eq!(replaced["position"], default);
    }
    ada.patch(&task.path(), &json!({ "position": "a0" }))
        .await
        .is(200);
    let cleared = ada
        .patch(&task.path(), &json!({ "position": Value::Null }))
        .await;
    assert_eq!(cleared.is(200).task()["position"], default);
}

#[apply(both_stores)]
async fn tasks_of_one_batch_are_in_its_order(app: &App) {
    let ada = app.user("ada").await;
    let titles_of_batch: Vec<String> = (0..100).map(|number| format!("Task {number}")).collect();
    let create = |title: &String| json!({ "op": "create", "task": { "title": title } });
    let operations: Vec<Value> = titles_of_batch.iter().map(create).collect();
    let batch = json!({ "operations": operations });
    ada.post("/api/batch", &batch).await.is(200);
    assert_eq!(titles(&ada, BY_POSITION).await, titles_of_batch);
}

async fn moved(user: &User, task: &Task, to: Value) -> Task {
    let path = format!("{}/move", task.path());
    user.post(&path, &to).await.is(200).task()
}

#[apply(both_stores)]
async fn a_task_is_moved_before_or_after_another_or_last(app: &App) {
    let ada = app.user("ada").await;
    for title in ["a", "b", "c"] {
        ada.create_titled(title).await;
    }
    let tasks = ada.walk(BY_POSITION).await;
    let [a, b, c] = &tasks[..] else {
        panic!("three tasks")
    };
    moved(&ada, c, json!({ "before": a.id() })).await;
    assert_eq!(titles(&ada, BY_POSITION).await, ["c", "a", "b"]);
    let after = moved(&ada, c, json!({ "after": a.id(), "before": null })).await;
    assert_eq!(titles(&ada, BY_POSITION).await, ["a", "c", "b"]);
    assert_eq!(moved(&ada, c, json!({ "before": b.id() })).await, after);
    assert_eq!(ada.revision().await, after.revision());
    moved(&ada, a, json!({})).await;
    assert_eq!(titles(&ada, BY_POSITION).await, ["c", "b", "a"]);
}

#[apply(both_stores)]
async fn a_move_that_cannot_be_done_says_why(app: &App) {
    let ada = app.user("ada").await;
    let bob = app.user("bob").await;
    let task = ada.create_titled("Task").await;
    let other = ada.create_titled("Other").await;
    let trashed = ada.create_titled("Trashed").await;
    ada.delete(&trashed.path()).await.is(204);
    let foreign = bob.create_titled("Foreign").await;
    let path = format!("{}/move", task.path());
    let (other, trashed, foreign) = (other.id(), trashed.id(), foreign.id());
    for (body, pointer, code) in [
        (json!({ "after": trashed }), "/after", "unknown_task"),
        (json!({ "before": foreign }), "/before", "unknown_task"),
        (json!({ "before": task.id() }), "/before", "elsewhere"),
        (
            json!({ "before": other, "after": other }),
            "/after",
            "exclusive",
        ),
        (json!({ "after": "there" }), "/after", "invalid_uuid"),
        (json!({ "list_id": null }), "/list_id", "unknown_field"),
    ] {
        let problem = ada
            .post(&path, &body)
            .await
            .problem(422, "validation_failed");
        assert_eq!(problem.pointers(), [pointer], "{body}");
        assert_eq!(problem.code_at(pointer), code, "{body}");
        let mut operation = body.clone();
        operation["op"] = json!("move");
        operation["id"] = json!(task.id());
        let batch = json!({ "operations": [operation] });
        let problem = ada.post("/api/batch", &batch).await;
        let problem = problem.problem(422, "validation_failed");
        assert_eq!(
            problem.pointers(),
            [format!("/operations/0{pointer}")],
            "{body}"
        );
    }
    let stale = ada
        .post(&path, &json!({}))
        .header("If-Match", "\"999\"")
        .await;
    stale.problem(412, "precondition_failed");
    let gone = format!("/api/tasks/{trashed}/move");
    ada.post(&gone, &json!({})).await.problem(404, "not_found");
    assert_eq!(ada.read(task.id()).await, task);
}

/// More of them than a move looks at first.
#[apply(both_stores)]
async fn a_task_is_moved_into_a_crowd_of_equal_positions(app: &App) {
    let ada = app.user("ada").await;
    let create = |_| json!({ "op": "create", "task": { "title": "Equal", "position": "a1" } });
    let operations: Vec<Value> = (0..90).map(create).collect();
    let batch = json!({ "operations": operations });
    ada.post("/api/batch", &batch).await.is(200);
    let mut order = ada.walk(BY_POSITION).await;
    let task = create_at(&ada, "Moved", "a9").await;
    let beside = order[44].id().to_owned();
    let task = moved(&ada, &task, json!({ "after": beside })).await;
    order.insert(45, task);
    let ids =
        |tasks: &[Task]| -> Vec<String> { tasks.iter().map(|task| task.id().to_owned()).collect() };
    assert_eq!(ids(&ada.walk(BY_POSITION).await), ids(&order));
}

#[apply(both_stores)]
async fn moves_in_a_batch_see_each_other(app: &App) {
    let ada = app.user("ada").await;
    for title in ["a", "b", "c"] {
        ada.create_titled(title).await;
    }
    let tasks = ada.walk(BY_POSITION).await;
    let id = |index: usize| tasks[index].id();
    let batch = json!({ "operations": [
        { "op": "move", "id": id(0) },
        { "op": "move", "id": id(1), "after": id(0), "if_match": tasks[1].revision() },
        { "op": "move", "id": id(2), "before": null },
    ] });
    let answer = ada.post("/api/batch", &batch).await.is(200).json();
    assert_eq!(answer["results"][2]["status"], 200);
    assert_eq!(titles(&ada, BY_POSITION).await, ["a", "b", "c"]);
}
