//! The list: pages, cursors and conditional requests. What it can be asked for is in `finding`.

use macro_rules_attribute::apply;
use serde_json::{Value, json};
use tasklane_tests::answer::Answer;
use tasklane_tests::app::App;
use tasklane_tests::both_stores;
use tasklane_tests::user::User;

async fn create_numbered(user: &User, count: usize) {
    for number in 1..=count {
        user.create_titled(&number.to_string()).await;
    }
}

/// The titles on a page.
fn titles(page: &Value) -> Vec<&str> {
    let items = page["items"].as_array().unwrap();
    items
        .iter()
        .map(|task| task["title"].as_str().unwrap())
        .collect()
}

/// The target of the link with `rel="next"` (RFC 8288).
fn next_link(answer: &Answer) -> Option<&str> {
    let (target, parameters) = answer.header("link")?.strip_prefix('<')?.split_once('>')?;
    assert_eq!(parameters.replace(' ', ""), ";rel=\"next\"");
    Some(target)
}

#[apply(both_stores)]
async fn a_new_user_has_an_empty_list(app: &App) {
    let ada = app.user("ada").await;
    let answer = ada.get("/api/tasks").await.is(200);
    assert_eq!(answer.json(), json!({ "items": [], "next_cursor": null }));
    assert_eq!(
        (answer.etag().as_str(), answer.header("link")),
        ("W/\"0\"", None)
    );
}

#[apply(both_stores)]
async fn the_newest_task_comes_first(app: &App) {
    let ada = app.user("ada").await;
    create_numbered(&ada, 3).await;
    let page = ada.get("/api/tasks").await.is(200).json();
    assert_eq!(titles(&page), ["3", "2", "1"]);
    let first = page["items"][2]["id"].as_str().unwrap();
    ada.toggle(&format!("/api/tasks/{first}")).await.is(200);
    assert_eq!(
        titles(&ada.get("/api/tasks").await.is(200).json()),
        ["3", "2", "1"]
    );
}

#[apply(both_stores)]
async fn a_page_has_1_to_100_tasks_and_50_by_default(app: &App) {
    let ada = app.user("ada").await;
    create_numbered(&ada, 102).await;
    for (query, length) in [
        ("", 50),
        ("?limit=1", 1),
        ("?limit=50", 50),
        ("?limit=100", 100),
    ] {
        let page = ada.get(&format!("/api/tasks{query}")).await.is(200).json();
        assert_eq!(titles(&page).len(), length, "{query}");
        assert!(page["next_cursor"].is_string());
    }
    for bad in [
        "0",
        "101",
        "-1",
        "1.5",
        "1e1",
        "ten",
        "",
        " 5",
        "99999999999999999999",
        "0x10",
        "%00",
    ] {
        let answer = ada.get(&format!("/api/tasks?limit={bad}")).await;
        answer.problem(400, "invalid_parameter").names("limit");
    }
}

#[apply(both_stores)]
async fn pages_lead_from_one_to_the_next_and_end(app: &App) {
    let ada = app.user("ada").await;
    create_numbered(&ada, 7).await;
    let mut path = "/api/tasks?limit=3&completed=false".to_owned();
    let mut walked: Vec<Vec<String>> = Vec::new();
    loop {
        let answer = ada.get(&path).await.is(200);
        let page = answer.json();
        walked.push(titles(&page).into_iter().map(str::to_owned).collect());
        let Some(next) = next_link(&answer) else {
            assert_eq!(page["next_cursor"], Value::Null);
            break;
        };
        // The link and the cursor are two ways to the same page.
        let cursor = page["next_cursor"].as_str().unwrap();
        let by_cursor = ada
            .get("/api/tasks?limit=3&completed=false")
            .query("cursor", cursor)
            .await;
        let by_link = ada.get(next).await.is(200);
        assert_eq!(by_cursor.is(200).json(), by_link.json());
        path = next.to_owned();
    }
    assert_eq!(
        walked,
        [vec!["7", "6", "5"], vec!["4", "3", "2"], vec!["1"]]
    );
}

#[apply(both_stores)]
async fn a_full_last_page_has_no_next(app: &App) {
    let ada = app.user("ada").await;
    create_numbered(&ada, 6).await;
    let first = ada.get("/api/tasks?limit=3").await.is(200).json();
    let cursor = first["next_cursor"].as_str().unwrap();
    let last = ada
        .get("/api/tasks?limit=3")
        .query("cursor", cursor)
        .await
        .is(200);
    assert_eq!(
        (titles(&last.json()), next_link(&last)),
        (vec!["3", "2", "1"], None)
    );
    assert_eq!(last.json()["next_cursor"], Value::Null);
    let all = ada.get("/api/tasks?limit=6").await.is(200);
    assert_eq!(
        (&all.json()["next_cursor"], next_link(&all)),
        (&Value::Null, None)
    );
}

#[apply(both_stores)]
async fn writes_between_two_pages_neither_hide_nor_repeat_the_others(app: &App) {
    let ada = app.user("ada").await;
    create_numbered(&ada, 6).await;
    let first = ada.get("/api/tasks?limit=3").await.is(200).json();
    let cursor = first["next_cursor"].as_str().unwrap();
    // One more in front, the one that the cursor stands on gone, one behind it changed.
    ada.create_titled("new").await;
    let on_cursor = first["items"][2]["id"].as_str().unwrap();
    ada.delete(&format!("/api/tasks/{on_cursor}")).await.is(204);
    let second = ada
        .tasks()
        .await
        .into_iter()
        .find(|task| task.title() == "2")
        .unwrap();
    ada.toggle(&second.path()).await.is(200);
    let rest = ada
        .get("/api/tasks?limit=3")
        .query("cursor", cursor)
        .await
        .is(200)
        .json();
    assert_eq!(titles(&rest), ["3", "2", "1"]);
}

#[apply(both_stores)]
async fn the_size_of_a_page_may_change_on_the_way(app: &App) {
    let ada = app.user("ada").await;
    create_numbered(&ada, 6).await;
    let first = ada.get("/api/tasks?limit=2").await.is(200).json();
    let cursor = first["next_cursor"].as_str().unwrap();
    let rest = ada
        .get("/api/tasks?limit=100")
        .query("cursor", cursor)
        .await
        .is(200)
        .json();
    assert_eq!(titles(&rest), ["4", "3", "2", "1"]);
}

#[apply(both_stores)]
async fn a_cursor_from_elsewhere_is_refused(app: &App) {
    let (ada, bob) = (app.user("ada").await, app.user("bob").await);
    create_numbered(&ada, 3).await;
    create_numbered(&bob, 3).await;
    let page = ada.get("/api/tasks?limit=1").await.is(200).json();
    let cursor = page["next_cursor"].as_str().unwrap();
    for query in [
        "completed=false",
        "completed=true",
        "priority=none",
        "tag=home",
        "q=1",
        "due_before=2026-11-21",
        "due_after=2026-11-21",
        "due=none",
        "updated_after=2026-11-21",
        "completed_before=2026-11-21",
        "completed_after=2026-11-21",
        "ids=00000000-0000-0000-0000-000000000000",
        "deleted=true",
        "sort=created_at",
        "sort=-updated_at",
        "sort=title",
        "sort=due",
    ] {
        let answer = ada
            .get(&format!("/api/tasks?limit=1&{query}"))
            .query("cursor", cursor)
            .await;
        answer.problem(400, "invalid_cursor");
    }
    bob.get("/api/tasks?limit=1")
        .query("cursor", cursor)
        .await
        .problem(400, "invalid_cursor");
    ada.get("/api/tasks?limit=1&sort=-created_at")
        .query("cursor", cursor)
        .await
        .is(200);
}

#[apply(both_stores)]
async fn a_tampered_cursor_is_refused(app: &App) {
    let ada = app.user("ada").await;
    create_numbered(&ada, 2).await;
    let page = ada.get("/api/tasks?limit=1").await.is(200).json();
    let cursor = page["next_cursor"].as_str().unwrap();
    let mut tampered = vec![
        String::new(),
        "x".into(),
        "null".into(),
        "é".into(),
        "A".repeat(4000),
        format!("{cursor}A"),
        format!("{cursor}="),
        format!(" {cursor}"),
        cursor[1..].to_owned(),
        cursor[..cursor.len() - 1].to_owned(),
        cursor.to_lowercase(),
        cursor.chars().rev().collect(),
    ];
    for index in 0..cursor.len() {
        let mut bytes = cursor.as_bytes().to_vec();
        bytes[index] = if bytes[index] == b'A' { b'B' } else { b'A' };
        tampered.push(String::from_utf8(bytes).unwrap());
    }
    for bad in tampered {
        let answer = ada.get("/api/tasks?limit=1").query("cursor", &bad).await;
        assert_eq!(answer.problem(400, "invalid_cursor").status(), 400, "{bad}");
    }
}

#[apply(both_stores)]
async fn a_known_list_is_not_sent_again(app: &App) {
    let ada = app.user("ada").await;
    create_numbered(&ada, 3).await;
    for path in [
        "/api/tasks",
        "/api/tasks?limit=1",
        "/api/tasks?completed=true&sort=title",
    ] {
        let answer = ada.get(path).await.is(200);
        assert_eq!(answer.etag(), "W/\"3\"");
        for tags in ["W/\"3\"", "\"3\"", "\"1\", W/\"3\"", "*"] {
            let known = ada.get(path).if_none_match(tags).await.is(304);
            assert_eq!(
                (known.etag().as_str(), known.bytes()),
                ("W/\"3\"", b"".as_slice()),
                "{tags}"
            );
        }
        ada.get(path).if_none_match("W/\"2\"").await.is(200);
        ada.get(path)
            .if_none_match("nonsense")
            .await
            .problem(400, "invalid_parameter");
    }
    ada.create_titled("4").await;
    let changed = ada.get("/api/tasks").if_none_match("W/\"3\"").await.is(200);
    assert_eq!(changed.etag(), "W/\"4\"");
}

#[apply(both_stores)]
async fn a_parameter_that_is_unknown_or_given_twice_is_refused(app: &App) {
    let ada = app.user("ada").await;
    for (query, name) in [
        ("colour=red", "colour"),
        ("Limit=5", "Limit"),
        ("offset=5", "offset"),
        ("limit=5&limit=5", "limit"),
        ("sort=due&sort=due", "sort"),
        ("q=a&q=b", "q"),
        ("completed=true&completed=false", "completed"),
        ("priority=low&priority=high", "priority"),
        ("due_before=2026-11-21&due_before=2026-11-22", "due_before"),
        ("due_after=2026-11-21&due_after=2026-11-21", "due_after"),
        ("deleted=true&deleted=true", "deleted"),
        ("sort=-title&cursor=a&cursor=b", "cursor"),
        ("limit=%205", "limit"),
        ("=5", ""),
    ] {
        let answer = ada.get(&format!("/api/tasks?{query}")).await;
        answer.problem(400, "invalid_parameter").names(name);
    }
    ada.get("/api/tasks?tag=a&tag=b").await.is(200);
}
