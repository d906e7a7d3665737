//! `Idempotency-Key`: a create that is sent twice makes one task.

use macro_rules_attribute::apply;
use serde_json::{Value, json};
use tasklane_tests::answer::Answer;
use tasklane_tests::app::App;
use tasklane_tests::both_stores;
use tasklane_tests::user::User;

const KEY: &str = "8e03978e-40d5-43dd-bc93-6894a57f9324";
const REPLAYED: &str = "idempotency-replayed";

async fn create(user: &User, key: &str, body: &Value) -> Answer {
    user.post("/api/tasks", body)
        .header("idempotency-key", key)
        .await
}

#[apply(both_stores)]
async fn a_create_that_is_sent_again_makes_no_second_task(app: &App) {
    let ada = app.user("ada").await;
    let body = json!({ "title": "Once", "tags": ["a"], "due": { "date": "2026-11-21" } });
    let first = create(&ada, KEY, &body).await.is(201);
    assert_eq!(first.header(REPLAYED), None);
    for _ in 0..2 {
        let again = create(&ada, KEY, &body).await.is(201);
        assert_eq!(again.header(REPLAYED), Some("true"));
        assert_eq!(again.task(), first.task());
        assert_eq!(again.header("location"), first.header("location"));
    }
    assert_eq!(ada.tasks().await, [first.task()]);
    assert_eq!(ada.revision().await, 1);
}

#[apply(both_stores)]
async fn the_same_values_are_the_same_body(app: &App) {
    let ada = app.user("ada").await;
    let first = create(&ada, KEY, &json!({ "title": "Once", "tags": ["a"] }))
        .await
        .is(201)
        .task();
    let spelt_otherwise =
        json!({ "tags": [" a ", "A"], "title": " Once ", "priority": null, "completed": false });
    let again = create(&ada, KEY, &spelt_otherwise).await.is(201);
    assert_eq!(
        (again.header(REPLAYED), again.task()),
        (Some("true"), first)
    );
}

#[apply(both_stores)]
async fn a_key_is_not_for_two_bodies(app: &App) {
    let ada = app.user("ada").await;
    let task = create(&ada, KEY, &json!({ "title": "Once" }))
        .await
        .is(201)
        .task();
    for other in [
        json!({ "title": "Twice" }),
        json!({ "title": "Once", "description": "x" }),
        json!({ "title": "Once", "tags": ["a"] }),
        json!({ "title": "Once", "completed": true }),
    ] {
        create(&ada, KEY, &other)
            .await
            .problem(422, "idempotency_key_reused");
    }
    assert_eq!(ada.tasks().await, [task]);
}

#[apply(both_stores)]
async fn the_task_is_answered_as_it_now_stands(app: &App) {
    let ada = app.user("ada").await;
    let body = json!({ "title": "Once" });
    let task = create(&ada, KEY, &body).await.is(201).task();
    let changed = ada
        .patch(&task.path(), &json!({ "title": "Renamed" }))
        .await
        .is(200)
        .task();
    assert_eq!(create(&ada, KEY, &body).await.is(201).task(), changed);

    ada.delete(&task.path()).await.is(204);
    let trashed = create(&ada, KEY, &body).await.is(201).task();
    assert!(
        trashed["deleted_at"].is_string() && trashed.revision() == 3,
        "{trashed}"
    );

    ada.delete(&format!("{}?permanent=true", task.path()))
        .await
        .is(204);
    create(&ada, KEY, &body)
        .await
        .problem(422, "idempotency_key_reused");
    assert_eq!(ada.tasks().await, []);
}

#[apply(both_stores)]
async fn a_refused_create_does_not_use_the_key_up(app: &App) {
    let ada = app.user("ada").await;
    create(&ada, KEY, &json!({ "title": "" }))
        .await
        .problem(422, "validation_failed");
    let task = create(&ada, KEY, &json!({ "title": "Good" })).await.is(201);
    assert_eq!(task.header(REPLAYED), None);
}

#[apply(both_stores)]
async fn keys_belong_to_one_user(app: &App) {
    let (ada, bob) = (app.user("ada").await, app.user("bob").await);
    let of_ada = create(&ada, KEY, &json!({ "title": "Ada's" }))
        .await
        .is(201)
        .task();
    let of_bob = create(&bob, KEY, &json!({ "title": "Bob's" }))
        .await
        .is(201);
    assert_eq!(of_bob.header(REPLAYED), None);
    assert_ne!(of_bob.task().id(), of_ada.id());
}

#[apply(both_stores)]
async fn simultaneous_creates_with_one_key_make_one_task(app: &App) {
    let ada = app.user("ada").await;
    let attempts: Vec<_> = (0..20)
        .map(|_| {
            let call = ada.post("/api/tasks", &json!({ "title": "Once" }));
            tokio::spawn(call.header("idempotency-key", KEY).into_future())
        })
        .collect();
    let mut created = 0;
    for attempt in attempts {
        let answer = attempt.await.unwrap().is(201);
        created += usize::from(answer.header(REPLAYED).is_none());
    }
    assert_eq!((created, ada.tasks().await.len()), (1, 1));
}

#[apply(both_stores)]
async fn a_key_may_be_quoted(app: &App) {
    let ada = app.user("ada").await;
    let body = json!({ "title": "Once" });
    for (number, (quoted, bare)) in [("\"abc\"", "abc"), ("\"a\\\"b\\\\c\"", "a\"b\\c")]
        .into_iter()
        .enumerate()
    {
        create(&ada, quoted, &body).await.is(201);
        let again = create(&ada, bare, &body).await.is(201);
        assert_eq!(again.header(REPLAYED), Some("true"), "{bare}");
        assert_eq!(ada.tasks().await.len(), number + 1);
    }
}

#[apply(both_stores)]
async fn a_key_has_1_to_255_visible_characters(app: &App) {
    let ada = app.user("ada").await;
    let body = json!({ "title": "Task" });
    let longest = "k".repeat(255);
    for good in ["k", "!~", longest.as_str()] {
        create(&ada, good, &body).await.is(201);
    }
    let too_long = "k".repeat(256);
    for bad in [
        "",
        "two words",
        "ké",
        "\"unfinished",
        "\"a\" b",
        "\"a\\nb\"",
        "\"\"",
        "\"a b\"",
        &too_long,
    ] {
        let answer = create(&ada, bad, &body).await;
        answer
            .problem(400, "invalid_parameter")
            .names("idempotency-key");
    }
    let twice = ada.post("/api/tasks", &body).header("idempotency-key", "a");
    let answer = twice.header("idempotency-key", "b").await;
    answer
        .problem(400, "invalid_parameter")
        .names("idempotency-key");
    assert_eq!(ada.tasks().await.len(), 3);
}
