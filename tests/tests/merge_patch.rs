//! Partial updates by JSON merge patch (RFC 7396): what is left out is kept.

use macro_rules_attribute::apply;
use serde_json::{Value, json};
use tasklane_tests::app::App;
use tasklane_tests::both_stores;
use tasklane_tests::client::MERGE_PATCH;
use tasklane_tests::task::Task;
use tasklane_tests::user::User;

const CONTENT: [&str; 8] = [
    "title",
    "description",
    "completed",
    "priority",
    "due",
    "tags",
    "position",
    "metadata",
];

async fn create_full(user: &User) -> Task {
    user.create(json!({
        "title": "Buy milk",
        "description": "Two litres",
        "completed": true,
        "priority": "high",
        "due": { "date": "2026-11-21", "time": "09:00", "timezone": "Europe/Rome" },
        "tags": ["home", "shop"],
        "position": "a0V",
        "metadata": { "icon": "house" },
    }))
    .await
}

async fn patched(user: &User, task: &Task, patch: Value) -> Task {
    user.patch(&task.path(), &patch).await.is(200).task()
}

#[apply(both_stores)]
async fn omitted_fields_keep_their_values(app: &App) {
    let ada = app.user("ada").await;
    for (field, value) in [
        ("title", json!("Buy bread")),
        ("description", json!("One loaf")),
        ("completed", json!(false)),
        ("priority", json!("low")),
        ("due", json!({ "date": "2026-12-24" })),
        ("tags", json!(["other"])),
        ("position", json!("Zz")),
        ("metadata", json!({ "icon": "tree" })),
    ] {
        let task = create_full(&ada).await;
        let changed = patched(&ada, &task, json!({ (field): value })).await;
        assert_ne!(changed[field], task[field], "{field}");
        for kept in CONTENT.into_iter().filter(|name| *name != field) {
            assert_eq!(changed[kept], task[kept], "{kept}, when {field} is patched");
        }
        assert!(changed.revision() > task.revision());
        assert_eq!(ada.read(task.id()).await, changed);
    }
}

/// A client that knows nothing of descriptions must not wipe them, whichever way it writes.
#[apply(both_stores)]
async fn not_one_of_many_descriptions_is_lost_to_updates_that_omit_it(app: &App) {
    const TASKS: usize = 60;
    let ada = app.user("ada").await;
    let mut expected = Vec::new();
    for number in 0..TASKS {
        let description = format!("Description {number}");
        let task = json!({ "title": number.to_string(), "description": description });
        let task = ada.create(task).await;
        let (path, id) = (task.path(), task.id());
        match number % 6 {
            0 => drop(patched(&ada, &task, json!({ "title": "Moved" })).await),
            1 => drop(patched(&ada, &task, json!({})).await),
            2 => drop(ada.toggle(&path).await.is(200)),
            3 => {
                ada.delete(&path).await.is(204);
                ada.restore(&path).await.is(200);
            }
            4 => {
                let sorted = json!({ "op": "update", "id": id, "patch": { "priority": "high" } });
                let done = json!({ "op": "toggle", "id": id });
                let batch = json!({ "operations": [sorted, done] });
                ada.post("/api/batch", &batch).await.is(200);
            }
            _ => drop(patched(&ada, &task, json!({ "due": { "date": "2026-12-24" } })).await),
        }
        expected.push((id.to_owned(), json!(description)));
    }
    for (id, description) in expected {
        assert_eq!(ada.read(&id).await["description"], description);
    }
}

#[apply(both_stores)]
async fn null_sets_the_default(app: &App) {
    let ada = app.user("ada").await;
    for (field, default) in [
        ("description", Value::Null),
        ("completed", json!(false)),
        ("priority", json!("none")),
        ("due", Value::Null),
        ("tags", json!([])),
    ] {
        let task = create_full(&ada).await;
        let changed = patched(&ada, &task, json!({ (field): null })).await;
        assert_eq!(changed[field], default, "{field}");
        for kept in CONTENT.into_iter().filter(|name| *name != field) {
            assert_eq!(changed[kept], task[kept], "{kept}, when {field} is cleared");
        }
    }
    let task = create_full(&ada).await;
    let answer = ada.patch(&task.path(), &json!({ "title": null })).await;
    assert_eq!(
        answer.problem(422, "validation_failed").pointers(),
        ["/title"]
    );
}

#[apply(both_stores)]
async fn a_patched_due_date_is_merged(app: &App) {
    let ada = app.user("ada").await;
    let task = create_full(&ada).await;
    let due = |date: &str, time: Option<&str>, timezone: Option<&str>| json!({ "date": date, "time": time, "timezone": timezone });
    let rome = Some("Europe/Rome");
    for (patch, merged) in [
        (
            json!({ "date": "2026-12-24" }),
            due("2026-12-24", Some("09:00"), rome),
        ),
        (
            json!({ "time": "10:30:15" }),
            due("2026-12-24", Some("10:30:15"), rome),
        ),
        (
            json!({ "timezone": "Asia/Tokyo" }),
            due("2026-12-24", Some("10:30:15"), Some("Asia/Tokyo")),
        ),
        (
            json!({ "timezone": null }),
            due("2026-12-24", Some("10:30:15"), None),
        ),
        (json!({ "time": null }), due("2026-12-24", None, None)),
        (
            json!({ "time": "08:00", "timezone": "Europe/Rome" }),
            due("2026-12-24", Some("08:00"), rome),
        ),
        (
            json!({ "time": null, "timezone": null }),
            due("2026-12-24", None, None),
        ),
    ] {
        let changed = patched(&ada, &task, json!({ "due": patch })).await;
        assert_eq!(changed["due"], merged, "{patch}");
        assert_eq!(ada.read(task.id()).await, changed);
    }
}

#[apply(both_stores)]
async fn a_merged_due_date_must_make_sense(app: &App) {
    let ada = app.user("ada").await;
    let zoned = create_full(&ada).await;
    let undated = ada.create_titled("Some day").await;
    for (task, patch, pointer) in [
        (&undated, json!({ "time": "09:00" }), "/due/date"),
        (&undated, json!({}), "/due/date"),
        (&zoned, json!({ "date": null }), "/due/date"),
        (&zoned, json!({ "time": null }), "/due/timezone"),
        (&zoned, json!({ "date": "tomorrow" }), "/due/date"),
    ] {
        let answer = ada.patch(&task.path(), &json!({ "due": patch })).await;
        assert_eq!(
            answer.problem(422, "validation_failed").pointers(),
            [pointer],
            "{patch}"
        );
        assert_eq!(ada.read(task.id()).await, *task);
    }
    let dated = patched(&ada, &undated, json!({ "due": { "date": "2026-11-21" } })).await;
    assert_eq!(
        dated["due"],
        json!({ "date": "2026-11-21", "time": null, "timezone": null })
    );
}

#[apply(both_stores)]
async fn a_patch_that_changes_nothing_takes_no_revision(app: &App) {
    let ada = app.user("ada").await;
    let task = create_full(&ada).await;
    let same: serde_json::Map<String, Value> = CONTENT
        .iter()
        .map(|name| ((*name).to_owned(), task[*name].clone()))
        .collect();
    for patch in [
        json!({}),
        json!({ "title": " Buy milk " }),
        json!({ "completed": true }),
        json!({ "due": {} }),
        json!({ "due": { "time": "09:00" } }),
        json!({ "tags": ["home", "shop", "HOME"] }),
        Value::Object(same),
    ] {
        assert_eq!(patched(&ada, &task, patch.clone()).await, task, "{patch}");
    }
    assert_eq!(ada.revision().await, task.revision());
    assert_eq!(ada.read(task.id()).await, task);
}

#[apply(both_stores)]
async fn tags_are_replaced_as_a_whole_and_their_order_and_case_count(app: &App) {
    let ada = app.user("ada").await;
    let task = create_full(&ada).await;
    for tags in [
        json!(["shop", "home"]),
        json!(["Shop", "home"]),
        json!(["home"]),
        json!([]),
    ] {
        assert_eq!(
            patched(&ada, &task, json!({ "tags": tags })).await["tags"],
            tags
        );
    }
    assert_eq!(ada.revision().await, task.revision() + 4);
}

#[apply(both_stores)]
async fn a_refused_patch_changes_nothing_at_all(app: &App) {
    let ada = app.user("ada").await;
    let task = create_full(&ada).await;
    let patch =
        json!({ "title": "Good", "priority": "worst", "tags": ["fine", ""], "colour": "red" });
    let problem = ada
        .patch(&task.path(), &patch)
        .await
        .problem(422, "validation_failed");
    assert_eq!(problem.pointers(), ["/colour", "/priority", "/tags/1"]);
    assert_eq!(ada.read(task.id()).await, task);
    assert_eq!(ada.revision().await, task.revision());
}

#[apply(both_stores)]
async fn both_media_types_are_merge_patches(app: &App) {
    let ada = app.user("ada").await;
    let task = create_full(&ada).await;
    let media_types = [
        MERGE_PATCH,
        "application/json",
        "application/json; charset=utf-8",
        "Application/JSON",
    ];
    for (number, media_type) in media_types.into_iter().enumerate() {
        let patch = json!({ "title": format!("Title {number}") });
        let answer = ada
            .patch(&task.path(), &patch)
            .text(media_type, patch.to_string())
            .await;
        let changed = answer.is(200).task();
        assert_eq!(
            (&changed["title"], &changed["tags"]),
            (&patch["title"], &task["tags"])
        );
    }
}
