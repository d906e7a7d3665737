//! Many operations at once: all of them, in order, or none.

use macro_rules_attribute::apply;
use serde_json::{Value, json};
use tasklane_tests::answer::Answer;
use tasklane_tests::app::App;
use tasklane_tests::both_stores;
use tasklane_tests::task::Task;
use tasklane_tests::user::User;
use uuid::Uuid;

async fn batch(user: &User, operations: Value) -> Answer {
    user.post("/api/batch", &json!({ "operations": operations }))
        .await
}

fn create(title: &str) -> Value {
    json!({ "op": "create", "task": { "title": title } })
}

#[apply(both_stores)]
async fn operations_are_done_in_order_and_answered_in_order(app: &App) {
    let ada = app.user("ada").await;
    let trashed = ada.create_titled("Trashed").await;
    ada.delete(&trashed.path()).await.is(204);
    let doomed = ada.create_titled("Doomed").await;
    let own = Uuid::from_u128(77);
    let answer = batch(
        &ada,
        json!([
            { "op": "create", "id": own, "task": { "title": "Own", "tags": ["a"] } },
            create("Made"),
            { "op": "update", "id": own, "patch": { "title": "Renamed" } },
            { "op": "toggle", "id": own },
            { "op": "delete", "id": doomed.id() },
            { "op": "restore", "id": trashed.id() },
            { "op": "update", "id": own, "patch": { "title": "Renamed" } },
            { "op": "erase", "kind": "task", "id": trashed.id() },
        ]),
    )
    .await
    .is(200)
    .json();
    let statuses: Vec<_> = answer["results"]
        .as_array()
        .unwrap()
        .iter()
        .map(|result| result["status"].clone())
        .collect();
    assert_eq!(statuses, [201, 201, 200, 200, 204, 200, 200, 204]);
    let task = |index: usize| Task::new(answer["results"][index]["task"].clone());
    assert_eq!(
        answer["results"][4],
        json!({ "status": 204, "revision": 8 })
    );
    assert_eq!(
        answer["results"][7],
        json!({ "status": 204, "revision": 10 })
    );
    assert_eq!((task(0).title(), task(0).revision()), ("Own", 4));
    assert_eq!((task(2).title(), task(2).revision()), ("Renamed", 6));
    assert_eq!(
        (&task(3)["completed"], &task(3)["tags"]),
        (&json!(true), &json!(["a"]))
    );
    assert_eq!((task(5).id(), task(5).revision()), (trashed.id(), 9));
    assert_eq!(task(6), task(3), "what changes nothing takes no revision");
    assert_eq!(answer["revision"], 10);
    assert_eq!(ada.revision().await, 10);
    assert_eq!(ada.read(&own.to_string()).await, task(3));
    assert_eq!(ada.read(task(1).id()).await, task(1));
    ada.get(&doomed.path()).await.problem(404, "not_found");
}

#[apply(both_stores)]
async fn the_first_failure_undoes_everything(app: &App) {
    let ada = app.user("ada").await;
    let task = ada.create_titled("Task").await;
    let missing = Uuid::from_u128(1);
    for (failing, status, code) in [
        (json!({ "op": "toggle", "id": missing }), 404, "not_found"),
        (
            json!({ "op": "delete", "id": task.id(), "if_match": 7 }),
            412,
            "precondition_failed",
        ),
        (
            json!({ "op": "restore", "id": task.id() }),
            409,
            "not_deleted",
        ),
        (
            json!({ "op": "create", "id": task.id(), "task": { "title": "x" } }),
            412,
            "precondition_failed",
        ),
        (
            json!({ "op": "update", "id": task.id(), "patch": { "due": { "time": "09:00" } } }),
            422,
            "validation_failed",
        ),
    ] {
        let operations = json!([
            create("Never"),
            { "op": "update", "id": task.id(), "patch": { "title": "Never" } },
            failing,
            { "op": "toggle", "id": missing },
        ]);
        let problem = batch(&ada, operations).await.problem(status, code);
        let pointers = problem.pointers();
        assert!(
            pointers.len() == 1 && pointers[0].starts_with("/operations/2"),
            "{failing}: {pointers:?}"
        );
        assert_eq!(ada.tasks().await, std::slice::from_ref(&task));
        assert_eq!(ada.revision().await, 1);
    }
}

#[apply(both_stores)]
async fn a_put_replaces_or_creates(app: &App) {
    let ada = app.user("ada").await;
    let id = Uuid::from_u128(5);
    let put = |title: &str| json!({ "op": "put", "id": id, "task": { "title": title } });
    let only_over = |revision: i64, title: &str| {
        let mut put = put(title);
        put["if_match"] = json!(revision);
        put
    };
    batch(&ada, json!([only_over(1, "Not there")]))
        .await
        .problem(404, "not_found");
    let operations = json!([
        put("New"),
        put("Replaced"),
        only_over(2, "Again"),
        put("Again")
    ]);
    let answer = batch(&ada, operations).await.is(200).json();
    let statuses: Vec<_> = (0..4)
        .map(|index| answer["results"][index]["status"].clone())
        .collect();
    assert_eq!(statuses, [201, 200, 200, 200]);
    assert_eq!(answer["revision"], 3);
    let stale = batch(&ada, json!([only_over(2, "Lost")])).await;
    stale.problem(412, "precondition_failed");

    let path = format!("/api/tasks/{id}");
    ada.delete(&path).await.is(204);
    batch(&ada, json!([put("In the trash")]))
        .await
        .problem(412, "precondition_failed");
    ada.delete(&format!("{path}?permanent=true")).await.is(204);
    for gone in [put("Erased"), only_over(5, "Erased")] {
        batch(&ada, json!([gone]))
            .await
            .problem(412, "precondition_failed");
    }
    assert_eq!(ada.revision().await, 5);
}

async fn batch_of_each(user: &User, operations: Value) -> Answer {
    let body = json!({ "operations": operations, "atomic": false });
    user.post("/api/batch", &body).await
}

#[apply(both_stores)]
async fn what_is_refused_leaves_the_others_if_the_batch_is_not_atomic(app: &App) {
    let ada = app.user("ada").await;
    let task = ada.create_titled("Task").await;
    let trashed = ada.create_titled("Trashed").await;
    ada.delete(&trashed.path()).await.is(204);
    let in_trash = ada.walk("/api/tasks?deleted=true").await.remove(0);
    let missing = Uuid::from_u128(1);
    let answer = batch_of_each(
        &ada,
        json!([
            { "op": "toggle", "id": missing },
            create("Made"),
            { "op": "toggle", "id": task.id(), "if_match": 7 },
            create(""),
            { "op": "toggle", "id": task.id() },
            { "op": "update", "id": task.id(), "patch": { "due": { "time": "09:00" } } },
            { "op": "restore", "id": task.id() },
            { "op": "update", "id": trashed.id(), "patch": { "title": "x" } },
            { "op": "toggle", "kind": "label", "id": task.id() },
            { "op": "delete", "id": task.id() },
        ]),
    )
    .await
    .is(200);
    let request_id = answer.header("x-request-id").unwrap().to_owned();
    let answer = answer.json();
    let results = answer["results"].as_array().unwrap();
    let statuses: Vec<_> = results.iter().map(|result| &result["status"]).collect();
    assert_eq!(statuses, [404, 201, 412, 422, 200, 422, 409, 404, 422, 204]);
    assert_eq!(answer["revision"], 6);
    let toggled = &results[4]["task"];
    for (index, code, pointer, current) in [
        (0, "not_found", "/operations/0", &Value::Null),
        (
            2,
            "precondition_failed",
            "/operations/2",
            &task.clone().into_document(),
        ),
        (
            3,
            "validation_failed",
            "/operations/3/task/title",
            &Value::Null,
        ),
        (
            5,
            "validation_failed",
            "/operations/5/patch/due/date",
            toggled,
        ),
        (6, "not_deleted", "/operations/6", toggled),
        (7, "not_found", "/operations/7", &in_trash.into_document()),
        (8, "validation_failed", "/operations/8/kind", &Value::Null),
    ] {
        let result = &results[index];
        let problem = &result["problem"];
        assert_eq!(problem["code"], code, "{result}");
        assert_eq!(problem["status"], result["status"]);
        assert_eq!(problem["instance"], "/api/batch");
        assert_eq!(problem["request_id"], *request_id);
        assert_eq!(problem["errors"][0]["pointer"], pointer);
        assert_eq!(result.get("task"), Some(current), "{result}");
    }
    assert_eq!(results[2]["problem"]["current"], results[2]["task"]);
    assert_eq!(results[9], json!({ "status": 204, "revision": 6 }));
    assert_eq!(ada.tasks().await.len(), 1);

    let whole = json!({ "operations": [create("")], "atomic": null, "more": 1 });
    let problem = ada
        .post("/api/batch", &whole)
        .await
        .problem(422, "validation_failed");
    assert_eq!(problem.pointers(), ["/more", "/operations/0/task/title"]);
    for (atomic, pointers) in [
        (json!(false), vec!["/operations"]),
        (json!("no"), vec!["/atomic", "/operations"]),
    ] {
        let body = json!({ "operations": [], "atomic": atomic });
        let problem = ada.post("/api/batch", &body).await;
        let problem = problem.problem(422, "validation_failed");
        assert_eq!(problem.pointers(), pointers);
    }
    assert_eq!(ada.revision().await, 6);
}

#[apply(both_stores)]
async fn a_batch_of_which_nothing_can_be_done_changes_nothing(app: &App) {
    let ada = app.user("ada").await;
    let operations = json!([create(""), { "op": "toggle", "id": Uuid::from_u128(1) }]);
    let answer = batch_of_each(&ada, operations).await.is(200).json();
    let statuses: Vec<_> = (0..2)
        .map(|index| answer["results"][index]["status"].clone())
        .collect();
    assert_eq!(statuses, [422, 404]);
    assert_eq!(answer["revision"], 0);
    let answer = batch_of_each(&ada, json!([create("")])).await.is(200);
    assert_eq!(answer.json()["revision"], 0);
    assert_eq!(ada.revision().await, 0);
}

#[apply(both_stores)]
async fn an_if_match_sees_the_operations_before_it(app: &App) {
    let ada = app.user("ada").await;
    let task = ada.create_titled("Task").await;
    let toggle = |revision: i64| json!({ "op": "toggle", "id": task.id(), "if_match": revision });
    batch(&ada, json!([toggle(1), toggle(2), toggle(3)]))
        .await
        .is(200);
    let stale = batch(&ada, json!([toggle(4), toggle(4)])).await;
    let problem = stale.problem(412, "precondition_failed");
    assert!(
        problem.pointers()[0].starts_with("/operations/1"),
        "{:?}",
        problem.pointers()
    );
    assert_eq!(ada.revision().await, 4);
}

#[apply(both_stores)]
async fn everything_that_is_wrong_is_told_at_once(app: &App) {
    let ada = app.user("ada").await;
    let id = Uuid::from_u128(1);
    let operations = json!([
        create(""),
        { "op": "create", "id": "no-uuid", "task": { "title": "x", "tags": [""] } },
        { "op": "update", "id": id, "patch": { "colour": "red", "priority": "worst" } },
        { "op": "update", "id": id },
        { "op": "toggle" },
        { "op": "explode", "id": id },
        { "id": id },
        { "op": "delete", "id": id, "if_match": "1" },
        { "op": "delete", "id": id, "if_match": -1 },
        { "op": "restore", "id": id, "patch": {} },
        "toggle",
        { "op": "create", "kind": "label", "label": {} },
        { "op": "toggle", "kind": 1, "id": id },
    ]);
    let problem = batch(&ada, operations)
        .await
        .problem(422, "validation_failed");
    assert_eq!(
        problem.pointers(),
        [
            "/operations/0/task/title",
            "/operations/1/id",
            "/operations/1/task/tags/0",
            "/operations/10",
            "/operations/11/kind",
            "/operations/12/kind",
            "/operations/2/patch/colour",
            "/operations/2/patch/priority",
            "/operations/3/patch",
            "/operations/4/id",
            "/operations/5/op",
            "/operations/6/op",
            "/operations/7/if_match",
            "/operations/8/if_match",
            "/operations/9/patch",
        ]
    );
    assert_eq!(ada.revision().await, 0);
}

#[apply(both_stores)]
async fn a_batch_has_1_to_100_operations(app: &App) {
    let ada = app.user("ada").await;
    let hundred: Vec<Value> = (0..100).map(|number| create(&number.to_string())).collect();
    let mut too_many = hundred.clone();
    too_many.push(create("100"));
    for operations in [json!([]), json!(too_many), json!({}), Value::Null] {
        let problem = batch(&ada, operations)
            .await
            .problem(422, "validation_failed");
        assert_eq!(problem.pointers(), ["/operations"]);
    }
    let answer = ada.post("/api/batch", &json!({})).await;
    assert_eq!(
        answer.problem(422, "validation_failed").pointers(),
        ["/operations"]
    );

    let answer = batch(&ada, json!(hundred)).await.is(200).json();
    assert_eq!(answer["revision"], 100);
    let created = ada.tasks().await;
    assert_eq!(created.len(), 100);
    let revisions: Vec<i64> = answer["results"]
        .as_array()
        .unwrap()
        .iter()
        .map(|result| result["task"]["revision"].as_i64().unwrap())
        .collect();
    assert_eq!(revisions, (1..=100).collect::<Vec<_>>());
}

#[apply(both_stores)]
async fn a_batch_may_be_a_mebibyte_long(app: &App) {
    let ada = app.user("ada").await;
    let description = "d".repeat(10_000);
    let operation =
        json!({ "op": "create", "task": { "title": "Long", "description": description } });
    batch(&ada, json!(vec![operation; 100])).await.is(200);
    let body = format!(
        "{}{}",
        json!({ "operations": [create("x")] }),
        " ".repeat(1024 * 1024)
    );
    let answer = ada
        .post("/api/batch", &json!({}))
        .text("application/json", body)
        .await;
    answer.problem(413, "payload_too_large");
    assert_eq!(ada.revision().await, 100);
}

#[apply(both_stores)]
async fn batches_over_the_same_tasks_do_not_stop_each_other(app: &App) {
    let ada = app.user("ada").await;
    let (first, second) = (ada.create_titled("1").await, ada.create_titled("2").await);
    let toggle = |task: &Task| json!({ "op": "toggle", "id": task.id() });
    let forth = json!({ "operations": [toggle(&first), toggle(&second)] });
    let back = json!({ "operations": [toggle(&second), toggle(&first)] });
    let batches: Vec<_> = (0..40)
        .map(|number| {
            let operations = if number % 2 == 0 { &forth } else { &back };
            tokio::spawn(ada.post("/api/batch", operations).into_future())
        })
        .collect();
    for batch in batches {
        batch.await.unwrap().is(200);
    }
    assert_eq!(ada.revision().await, 82);
    assert_eq!(ada.read(first.id()).await["completed"], false);
}

#[apply(both_stores)]
async fn a_revision_may_be_written_with_a_fraction_of_zero(app: &App) {
    let ada = app.user("ada").await;
    let task = ada.create_titled("Task").await;
    let toggle = |revision: &str| {
        let id = task.id();
        let body = format!(
            "{{\"operations\": [{{\"op\": \"toggle\", \"id\": \"{id}\", \"if_match\": {revision}}}]}}"
        );
        ada.call(reqwest::Method::POST, "/api/batch")
            .text("application/json", body)
    };
    for bad in ["1.5", "1e300", "-1.0"] {
        toggle(bad).await.problem(422, "validation_failed");
    }
    toggle("7.0").await.problem(412, "precondition_failed");
    toggle(&format!("{}.0", task.revision())).await.is(200);
}
