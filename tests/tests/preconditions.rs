//! Entity tags: `If-Match` and `If-None-Match` (RFC 9110 §13.1).

use macro_rules_attribute::apply;
use reqwest::Method;
use serde_json::{Value, json};
use tasklane_tests::app::App;
use tasklane_tests::both_stores;
use tasklane_tests::client::Call;
use tasklane_tests::store::Store;
use tasklane_tests::task::Task;
use tasklane_tests::user::User;
use uuid::Uuid;

/// Every write to a live task that takes a precondition.
fn writes(user: &User, path: &str) -> [Call; 5] {
    [
        user.put(path, &json!({ "title": "Replaced" })),
        user.patch(path, &json!({ "title": "Patched" })),
        user.toggle(path),
        user.delete(path),
        user.delete(&format!("{path}?permanent=true")),
    ]
}

/// A task that is at revision 2, its user too.
async fn changed_once(user: &User) -> Task {
    let task = user.create_titled("First").await;
    user.patch(&task.path(), &json!({ "title": "Second" }))
        .await
        .is(200)
        .task()
}

#[apply(both_stores)]
async fn a_stale_revision_is_refused_and_nothing_is_written(app: &App) {
    let ada = app.user("ada").await;
    let task = changed_once(&ada).await;
    for tags in [
        "\"1\"",
        "\"3\"",
        "\"0\"",
        "\"1\", \"3\"",
        "\"9223372036854775807\"",
    ] {
        for call in writes(&ada, &task.path()) {
            let answer = call.if_match(tags).await;
            let problem = answer.problem(412, "precondition_failed");
            assert_eq!(answer.etag(), "\"2\"", "the present revision is told");
            assert_eq!(
                problem.members().get("current"),
                Some(&task.clone().into_document())
            );
        }
    }
    assert_eq!(ada.read(task.id()).await, task);
    assert_eq!(ada.revision().await, 2);
}

#[apply(both_stores)]
async fn the_present_revision_lets_every_write_through(app: &App) {
    let ada = app.user("ada").await;
    for (number, status) in [200, 200, 200, 204, 204].into_iter().enumerate() {
        let task = ada.create_titled("Task").await;
        let call = writes(&ada, &task.path()).into_iter().nth(number).unwrap();
        call.if_match(&task.etag()).await.is(status);
    }
}

#[apply(both_stores)]
async fn one_of_a_list_of_tags_is_enough(app: &App) {
    let ada = app.user("ada").await;
    let path = changed_once(&ada).await.path();
    for (number, tags) in [
        "\"1\", \"%\"",
        "\"%\",\"1\"",
        "\"other,with-a-comma\" ,\t\"%\"",
        "W/\"%\", \"%\"",
        ", \"%\" , ,",
        "\"\", \"%\"",
    ]
    .into_iter()
    .enumerate()
    {
        let revision = ada.revision().await.to_string();
        let patch = json!({ "title": format!("Title {number}") });
        ada.patch(&path, &patch)
            .if_match(&tags.replace('%', &revision))
            .await
            .is(200);
    }
    let tag = format!("\"{}\"", ada.revision().await);
    let twice = ada.toggle(&path).if_match("\"1\"").if_match(&tag).await;
    assert_eq!(
        twice.is(200).task()["completed"],
        true,
        "header lines make one list"
    );
}

#[apply(both_stores)]
async fn what_is_not_the_same_tag_does_not_match(app: &App) {
    let ada = app.user("ada").await;
    let path = changed_once(&ada).await.path();
    for tags in [
        "W/\"2\"", "\"02\"", "\"+2\"", "\"2.0\"", "\"\"", "\"abc\"", "\"é\"",
    ] {
        ada.toggle(&path)
            .if_match(tags)
            .await
            .problem(412, "precondition_failed");
    }
}

#[apply(both_stores)]
async fn a_star_means_that_the_task_exists(app: &App) {
    let ada = app.user("ada").await;
    let task = ada.create_titled("Task").await;
    let toggled = ada.toggle(&task.path()).if_match("*").await.is(200);
    assert_eq!(toggled.task()["completed"], true);
}

#[apply(both_stores)]
async fn a_malformed_precondition_is_refused_by_name(app: &App) {
    let ada = app.user("ada").await;
    let task = ada.create_titled("Task").await;
    let malformed = [
        "1",
        "\"1",
        "1\"",
        "\"1\" \"2\"",
        "w/\"1\"",
        "W/ \"1\"",
        "*, \"1\"",
        "\"1\", *",
        "\" 1\"",
        "**",
        "'1'",
        "",
    ];
    for tags in malformed {
        let answer = ada.toggle(&task.path()).if_match(tags).await;
        answer.problem(400, "invalid_parameter").names("if-match");
        let answer = ada.get(&task.path()).if_none_match(tags).await;
        answer
            .problem(400, "invalid_parameter")
            .names("if-none-match");
    }
    assert_eq!(ada.read(task.id()).await, task);
}

#[apply(both_stores)]
async fn a_missing_task_is_not_found_whatever_the_precondition(app: &App) {
    let ada = app.user("ada").await;
    let missing = format!("/api/tasks/{}", Uuid::from_u128(1));
    let deleted = ada.create_titled("Task").await;
    ada.delete(&deleted.path()).await.is(204);
    for tags in ["*", "\"1\"", "\"2\"", "\"abc\""] {
        for call in writes(&ada, &missing) {
            call.if_match(tags).await.problem(404, "not_found");
        }
        for call in writes(&ada, &deleted.path()).into_iter().take(4) {
            call.if_match(tags).await.problem(404, "not_found");
        }
    }
}

#[apply(both_stores)]
async fn a_known_task_is_not_sent_again(app: &App) {
    let ada = app.user("ada").await;
    let task = changed_once(&ada).await;
    for tags in ["\"2\"", "W/\"2\"", "\"1\", \"2\"", "\"1\",W/\"2\"", "*"] {
        let answer = ada.get(&task.path()).if_none_match(tags).await.is(304);
        assert_eq!(
            (answer.etag().as_str(), answer.bytes()),
            ("\"2\"", b"".as_slice()),
            "{tags}"
        );
    }
    for tags in ["\"1\"", "\"3\"", "\"abc\"", "W/\"1\""] {
        assert_eq!(
            ada.get(&task.path())
                .if_none_match(tags)
                .await
                .is(200)
                .task(),
            task,
            "{tags}"
        );
    }
    let missing = format!("/api/tasks/{}", Uuid::from_u128(1));
    ada.get(&missing)
        .if_none_match("*")
        .await
        .problem(404, "not_found");
}

#[apply(both_stores)]
async fn creation_under_a_taken_id_is_refused(app: &App) {
    let ada = app.user("ada").await;
    let task = ada.create_titled("Task").await;
    let again = || {
        ada.put(&task.path(), &json!({ "title": "Again" }))
            .if_none_match("*")
    };
    let answer = again().await;
    let problem = answer.problem(412, "precondition_failed");
    assert_eq!(answer.etag(), task.etag());
    assert_eq!(
        problem.members().get("current"),
        Some(&task.clone().into_document())
    );
    assert_eq!(ada.read(task.id()).await, task);

    ada.delete(&task.path()).await.is(204);
    let answer = again().await;
    let problem = answer.problem(412, "precondition_failed");
    let trashed = &ada.walk("/api/tasks?deleted=true").await[0];
    assert_eq!(
        problem.members().get("current"),
        Some(&trashed.clone().into_document())
    );
    assert_eq!(answer.etag(), trashed.etag());

    ada.delete(&format!("{}?permanent=true", task.path()))
        .await
        .is(204);
    let problem = again().await.problem(412, "precondition_failed");
    assert_eq!(problem.members().get("current"), Some(&Value::Null));
    assert_eq!(ada.revision().await, 3);
}

#[apply(both_stores)]
async fn a_stale_write_to_a_task_in_the_trash_gives_it_as_it_is_there(app: &App) {
    let ada = app.user("ada").await;
    let task = ada.create_titled("Task").await;
    ada.delete(&task.path()).await.is(204);
    let trashed = &ada.walk("/api/tasks?deleted=true").await[0];
    let erase = ada.delete(&format!("{}?permanent=true", task.path()));
    for call in [ada.restore(&task.path()), erase] {
        let answer = call.if_match(&task.etag()).await;
        let problem = answer.problem(412, "precondition_failed");
        assert_eq!(
            problem.members().get("current"),
            Some(&trashed.clone().into_document())
        );
        assert_eq!(answer.etag(), trashed.etag());
    }
}

#[apply(both_stores)]
async fn a_deletion_names_the_revision_that_it_took(app: &App) {
    let ada = app.user("ada").await;
    let task = ada.create_titled("Task").await;
    let deleted = ada.delete(&task.path()).await.is(204);
    assert_eq!(deleted.etag(), "\"2\"");
    let permanent = format!("{}?permanent=true", task.path());
    let erased = ada.delete(&permanent).await.is(204);
    assert_eq!(erased.etag(), "\"3\"");
    assert_eq!(ada.revision().await, 3);
}

#[apply(both_stores)]
async fn a_batch_that_is_refused_shows_no_state_that_was_not_kept(app: &App) {
    let ada = app.user("ada").await;
    let task = ada.create_titled("Task").await;
    let toggle = |revision: i64| json!({ "op": "toggle", "id": task.id(), "if_match": revision });
    let operations = json!({ "operations": [toggle(1), toggle(1)] });
    let answer = ada.post("/api/batch", &operations).await;
    let problem = answer.problem(412, "precondition_failed");
    assert_eq!(problem.members().get("current"), None);
}

#[apply(both_stores)]
async fn one_of_many_simultaneous_creations_under_an_id_wins(app: &App) {
    let ada = app.user("ada").await;
    let path = format!("/api/tasks/{}", Uuid::from_u128(9));
    let attempts: Vec<_> = (0..20)
        .map(|number| {
            let call = ada.put(&path, &json!({ "title": format!("By {number}") }));
            tokio::spawn(call.if_none_match("*").into_future())
        })
        .collect();
    let mut winners = Vec::new();
    for attempt in attempts {
        let answer = attempt.await.unwrap();
        match answer.status() {
            201 => winners.push(answer.task()),
            _ => drop(answer.problem(412, "precondition_failed")),
        }
    }
    assert_eq!(winners, [ada.read(&Uuid::from_u128(9).to_string()).await]);
}

#[apply(both_stores)]
async fn one_of_many_simultaneous_writes_to_a_revision_wins(app: &App) {
    let ada = app.user("ada").await;
    let task = ada.create_titled("Task").await;
    let attempts: Vec<_> = (0..20)
        .map(|number| {
            let call = ada.patch(&task.path(), &json!({ "title": format!("By {number}") }));
            tokio::spawn(call.if_match(&task.etag()).into_future())
        })
        .collect();
    let mut winners = Vec::new();
    for attempt in attempts {
        let answer = attempt.await.unwrap();
        match answer.status() {
            200 => winners.push(answer.task()),
            _ => drop(answer.problem(412, "precondition_failed")),
        }
    }
    assert_eq!(winners, [ada.read(task.id()).await]);
}

#[apply(both_stores)]
async fn a_write_without_a_precondition_is_refused_where_one_is_required(store: &Store) {
    let server = store
        .program()
        .set("api.require_if_match", "true")
        .serve()
        .await;
    let ada = server.user("ada").await;
    let task = ada.create_titled("Creating needs none").await;
    let own = format!("/api/tasks/{}", Uuid::from_u128(3));
    ada.put(&own, &json!({ "title": "Nor does this" }))
        .if_none_match("*")
        .await
        .is(201);

    for call in writes(&ada, &task.path()) {
        call.await.problem(428, "precondition_required");
    }
    assert_eq!(ada.read(task.id()).await, task);
    let missing = format!("/api/tasks/{}", Uuid::from_u128(1));
    for call in writes(&ada, &missing) {
        call.await.problem(404, "not_found");
    }
    ada.toggle(&task.path()).if_match("*").await.is(200);
    let tag = ada.read(task.id()).await.etag();
    ada.delete(&task.path()).if_match(&tag).await.is(204);
    ada.restore(&task.path())
        .await
        .problem(428, "precondition_required");
    ada.restore(&task.path()).if_match("*").await.is(200);
}

#[apply(both_stores)]
async fn a_write_that_changes_nothing_still_minds_its_precondition(app: &App) {
    let ada = app.user("ada").await;
    let task = changed_once(&ada).await;
    let same = json!({ "title": "Second" });
    ada.patch(&task.path(), &same)
        .if_match("\"1\"")
        .await
        .problem(412, "precondition_failed");
    ada.put(&task.path(), &same)
        .if_match("\"1\"")
        .await
        .problem(412, "precondition_failed");
    ada.patch(&task.path(), &same)
        .if_match("\"2\"")
        .await
        .is(200);
    assert_eq!(ada.revision().await, 2);
}

#[apply(both_stores)]
async fn a_head_request_tells_the_tag_without_the_task(app: &App) {
    let ada = app.user("ada").await;
    let task = ada.create_titled("Task").await;
    let answer = ada.call(Method::HEAD, &task.path()).await.is(200);
    assert_eq!(
        (answer.etag(), answer.bytes()),
        (task.etag(), b"".as_slice())
    );
}
