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
    ada.post("/api/tasks/batch", &batch).await.is(200);
    assert_eq!(titles(&ada, BY_POSITION).await, titles_of_batch);
}
