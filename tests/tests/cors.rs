//! Which web pages may read an answer, errors above all: a page that cannot read why it was refused
//! can tell its user nothing.

use std::collections::BTreeSet;

use macro_rules_attribute::apply;
use reqwest::Method;
use serde_json::json;
use tasklane_tests::answer::Answer;
use tasklane_tests::both_stores;
use tasklane_tests::client::Call;
use tasklane_tests::server::Server;
use tasklane_tests::store::Store;
use tasklane_tests::task::Task;
use tasklane_tests::user::{PASSWORD, User};

/// Every status that a client's own request can be refused with.
const STATUSES: [u16; 12] = [400, 401, 403, 404, 405, 409, 412, 413, 415, 422, 428, 429];

/// What a page has to read, beside what every page may.
const EXPOSED: [&str; 9] = [
    "allow",
    "etag",
    "link",
    "location",
    "ratelimit",
    "ratelimit-policy",
    "retry-after",
    "www-authenticate",
    "x-request-id",
];

/// A server on which every status can be had: a user may keep one task, must name revisions, and has
/// used the `auth` policy up by registering.
async fn strict(store: &Store) -> Server {
    let program = store
        .program()
        .set(
            "cors.origins",
            "https://app.example.com,https://*.example.org",
        )
        .set("api.require_if_match", "true")
        .set("quota.tasks_per_user", "1")
        .set("rate_limit.auth.quota", "1")
        .set("rate_limit.auth.window", "1h");
    program.serve().await
}

/// A request for each status.
fn refused(ada: &User, task: &Task) -> [(u16, Call); 12] {
    let tasks = "/api/tasks";
    let one_more = json!({ "title": "One more" });
    let long = json!({ "title": "Long", "description": "x".repeat(70 * 1024) });
    let credentials = json!({ "email": ada.email(), "password": PASSWORD });
    [
        (400, ada.get("/api/tasks?limit=0")),
        (401, ada.get(tasks).without("authorization")),
        (403, ada.post(tasks, &one_more)),
        (404, ada.get("/nothing")),
        (405, ada.call(Method::PUT, tasks)),
        (409, ada.restore(&task.path()).if_match("*")),
        (412, ada.toggle(&task.path()).if_match("\"999999\"")),
        (413, ada.post(tasks, &long)),
        (415, ada.post(tasks, &one_more).text("text/plain", "x")),
        (422, ada.post(tasks, &json!({}))),
        (428, ada.toggle(&task.path())),
        (429, ada.post("/api/auth/login", &credentials)),
    ]
}

fn values<'a>(answer: &'a Answer, name: &str) -> BTreeSet<String> {
    let lines: Vec<&'a str> = answer
        .headers()
        .get_all(name)
        .iter()
        .map(|line| line.to_str().unwrap())
        .collect();
    lines
        .iter()
        .flat_map(|line| line.split(','))
        .map(|value| value.trim().to_lowercase())
        .collect()
}

#[track_caller]
fn assert_readable(answer: &Answer, origin: &str) {
    let status = answer.status();
    let allowed = answer.header("access-control-allow-origin");
    assert_eq!(allowed, Some(origin), "{status}");
    let exposed = values(answer, "access-control-expose-headers");
    for name in EXPOSED {
        assert!(exposed.contains(name), "{status}: {name} of {exposed:?}");
    }
    assert_varies(answer);
}

#[track_caller]
fn assert_unreadable(answer: &Answer) {
    let mut names = answer.headers().keys();
    let allowing = names.find(|name| name.as_str().starts_with("access-control-allow-"));
    assert_eq!(allowing, None, "{}", answer.status());
    assert_varies(answer);
}

/// A cache must not give one page what was answered to another.
#[track_caller]
fn assert_varies(answer: &Answer) {
    let varied = values(answer, "vary");
    assert!(varied.contains("origin"), "{}: {varied:?}", answer.status());
}

#[apply(both_stores)]
async fn every_error_can_be_read_by_the_pages_that_may_call(store: &Store) {
    let server = strict(store).await;
    let ada = server.user("ada").await;
    let task = ada.create_titled("Task").await;
    for origin in ["https://app.example.com", "https://preview-7.example.org"] {
        let calls = refused(&ada, &task);
        assert_eq!(calls.each_ref().map(|(status, _)| *status), STATUSES);
        for (status, call) in calls {
            let answer = call.header("origin", origin).await.is(status);
            assert_readable(&answer, origin);
        }
        let read = ada.get(&task.path()).header("origin", origin);
        assert_readable(&read.await.is(200), origin);
    }
}

#[apply(both_stores)]
async fn no_error_can_be_read_by_any_other_page(store: &Store) {
    let server = strict(store).await;
    let ada = server.user("ada").await;
    let task = ada.create_titled("Task").await;
    for origin in [
        "https://evil.example",
        "http://app.example.com",
        "https://app.example.com:8443",
        "https://app.example.com.evil.example",
        "https://example.org",
        "null",
    ] {
        for (status, call) in refused(&ada, &task) {
            let answer = call.header("origin", origin).await.is(status);
            assert_unreadable(&answer);
        }
        let read = ada.get(&task.path()).header("origin", origin);
        assert_unreadable(&read.await.is(200));
    }
}

#[apply(both_stores)]
async fn a_refusal_for_too_many_requests_says_to_the_page_when_to_come_back(store: &Store) {
    let server = strict(store).await;
    let ada = server.user("ada").await;
    let origin = "https://app.example.com";
    let credentials = json!({ "email": ada.email(), "password": PASSWORD });
    let login = ada.post("/api/auth/login", &credentials);
    let answer = login.header("origin", origin).await;
    answer.problem(429, "rate_limited");
    assert_readable(&answer, origin);
    for name in ["retry-after", "ratelimit", "ratelimit-policy"] {
        assert!(answer.header(name).is_some(), "{name}");
    }
}
