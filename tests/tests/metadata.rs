//! What clients keep with a task for themselves.

use macro_rules_attribute::apply;
use serde_json::{Map, Value, json};
use tasklane_tests::app::App;
use tasklane_tests::both_stores;
use tasklane_tests::task::Task;
use tasklane_tests::user::User;

async fn kept(user: &User, metadata: Value) -> Value {
    let task = json!({ "title": "Task", "metadata": metadata });
    user.create(task).await["metadata"].clone()
}

fn numbered(count: usize, value: &str) -> Value {
    let members = (0..count).map(|number| (format!("{number:02}"), json!(value)));
    Value::Object(members.collect::<Map<_, _>>())
}

#[apply(both_stores)]
async fn members_are_kept_to_the_byte_and_null_is_as_absent(app: &App) {
    let ada = app.user("ada").await;
    assert_eq!(ada.create_titled("Task").await["metadata"], json!({}));
    assert_eq!(kept(&ada, json!(null)).await, json!({}));
    let metadata = json!({ "icon": " \u{1f3e0} ", "my-app.ref_2": "a:b=c,{}\"", "empty": "" });
    assert_eq!(kept(&ada, metadata.clone()).await, metadata);
    assert_eq!(
        kept(&ada, json!({ "a": "1", "b": null })).await,
        json!({ "a": "1" })
    );
    let listed = ada.tasks().await;
    assert!(listed.iter().any(|task| task["metadata"] == metadata));
    assert_eq!(kept(&ada, numbered(50, "x")).await, numbered(50, "x"));
}

#[apply(both_stores)]
async fn a_patch_merges_members_and_a_replacement_sets_them(app: &App) {
    let ada = app.user("ada").await;
    let task = json!({ "title": "Task", "metadata": { "a": "1", "b": "2" } });
    let path = ada.create(task).await.path();
    for (patch, expected) in [
        (
            json!({ "b": "3", "c": "4" }),
            json!({ "a": "1", "b": "3", "c": "4" }),
        ),
        (
            json!({ "a": null, "missing": null }),
            json!({ "b": "3", "c": "4" }),
        ),
        (json!({}), json!({ "b": "3", "c": "4" })),
        (json!(null), json!({})),
    ] {
        let patch = json!({ "metadata": patch });
        let task = ada.patch(&path, &patch).await.is(200).task();
        assert_eq!(task["metadata"], expected, "{patch}");
    }
    let full = json!({ "title": "Task", "metadata": { "d": "5" } });
    let replaced = ada.put(&path, &full).await.is(200).task();
    assert_eq!(replaced["metadata"], json!({ "d": "5" }));
    let same = ada
        .patch(&path, &json!({ "metadata": { "d": "5", "x": null } }))
        .await;
    assert_eq!(same.is(200).task().revision(), replaced.revision());
    let plain = ada
        .put(&path, &json!({ "title": "Task" }))
        .await
        .is(200)
        .task();
    assert_eq!(plain["metadata"], json!({}));
}

#[apply(both_stores)]
async fn what_breaks_a_rule_is_named_by_its_member(app: &App) {
    let ada = app.user("ada").await;
    let task = ada
        .create(json!({ "title": "Task", "metadata": numbered(16, &"x".repeat(500)) }))
        .await;
    let long_name = "x".repeat(41);
    for (metadata, pointer, code) in [
        (json!([]), "/metadata".to_owned(), "wrong_type"),
        (json!({ "a": 5 }), "/metadata/a".to_owned(), "wrong_type"),
        (
            json!({ "a": "x".repeat(501) }),
            "/metadata/a".to_owned(),
            "too_long",
        ),
        (
            json!({ "a": "b\tc" }),
            "/metadata/a".to_owned(),
            "control_character",
        ),
        (
            json!({ "a/b": "c" }),
            "/metadata/a~1b".to_owned(),
            "invalid_name",
        ),
        (
            json!({ (long_name.as_str()): "c" }),
            format!("/metadata/{long_name}"),
            "invalid_name",
        ),
        (numbered(51, ""), "/metadata".to_owned(), "too_many"),
        (
            numbered(17, &"x".repeat(500)),
            "/metadata".to_owned(),
            "too_large",
        ),
    ] {
        let body = json!({ "title": "Task", "metadata": metadata });
        let patch = json!({ "metadata": metadata });
        for answer in [
            ada.post("/api/tasks", &body).await,
            ada.patch(&task.path(), &patch).await,
        ] {
            let problem = answer.problem(422, "validation_failed");
            assert_eq!(problem.pointers(), [pointer.as_str()]);
            assert_eq!(problem.code_at(&pointer), code);
        }
    }
    let operation =
        json!({ "op": "update", "id": task.id(), "patch": { "metadata": numbered(51, "") } });
    let batch = json!({ "operations": [operation] });
    let problem = ada
        .post("/api/batch", &batch)
        .await
        .problem(422, "validation_failed");
    assert_eq!(problem.pointers(), ["/operations/0/patch/metadata"]);
    assert_eq!(ada.read(task.id()).await, task);
}

#[apply(both_stores)]
async fn a_list_is_filtered_by_members_exactly(app: &App) {
    let ada = app.user("ada").await;
    for (title, metadata) in [
        ("a", json!({ "icon": "house", "ref": "a:b" })),
        ("b", json!({ "icon": "houses" })),
        ("c", json!({ "icon": "House", "other": "house" })),
        ("d", json!({ "icon": "", "ref": "a:b" })),
        ("e", json!({})),
    ] {
        ada.create(json!({ "title": title, "metadata": metadata }))
            .await;
    }
    for (members, expected) in [
        (&["icon:house"][..], &["a"][..]),
        (&["ref:a:b"], &["a", "d"]),
        (&["ref:a:b", "icon:"], &["d"]),
        (&["icon:house", "icon:houses"], &[]),
        (&["absent:"], &[]),
    ] {
        let mut query = vec![("sort", "title")];
        query.extend(members.iter().map(|member| ("metadata", *member)));
        let found = ada.walk_with("/api/tasks?limit=1", &query).await;
        let titles: Vec<&str> = found.iter().map(Task::title).collect();
        assert_eq!(titles, expected, "{members:?}");
    }
    let many = ["metadata=a:b"; 11].join("&");
    for bad in ["metadata=icon", "metadata=a%20b:c", "metadata=:c", &many] {
        let answer = ada.get(&format!("/api/tasks?{bad}")).await;
        let problem = answer.problem(400, "invalid_parameter");
        assert_eq!(problem.parameters(), ["metadata"], "{bad}");
    }
}
