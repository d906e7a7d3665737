//! Which web pages may read an answer, errors above all: a page that cannot read why it was refused
//! can tell its user nothing.

use std::collections::BTreeSet;
use std::time::Duration;

use macro_rules_attribute::apply;
use reqwest::Method;
use serde_json::json;
use tasklane_tests::answer::Answer;
use tasklane_tests::both_stores;
use tasklane_tests::client::Call;
use tasklane_tests::event_stream::{EVENTS, EventStream};
use tasklane_tests::server::Server;
use tasklane_tests::socket::{Socket, status_of};
use tasklane_tests::store::{Kind, Store};
use tasklane_tests::task::Task;
use tasklane_tests::user::{PASSWORD, User};
use tokio_postgres::NoTls;

/// Every error status of the contract but 408 and 500, which no whole request to a sound store has.
const STATUSES: [u16; 14] = [
    400, 401, 403, 404, 405, 409, 410, 412, 413, 415, 422, 428, 429, 503,
];

/// What a page has to read, beside what every page may.
const EXPOSED: [&str; 11] = [
    "accept-patch",
    "allow",
    "etag",
    "idempotency-replayed",
    "link",
    "location",
    "ratelimit",
    "ratelimit-policy",
    "retry-after",
    "www-authenticate",
    "x-request-id",
];

const APP: &str = "https://app.example.com";

/// A server on which every status can be had: a user may keep one task, must name revisions and has
/// used the `auth` policy up by registering, one stream is open and no other may be, and a task was
/// deleted so long ago that it is forgotten.
struct Strict {
    server: Server,
    ada: User,
    task: Task,
    _stream: EventStream,
}

impl Strict {
    async fn on(store: &Store) -> Self {
        let program = store
            .program()
            .set("cors.origins", &format!("{APP},https://*.example.org"))
            .set("api.require_if_match", "true")
            .set("quota.tasks_per_user", "1")
            .set("rate_limit.auth.quota", "1")
            .set("rate_limit.auth.window", "1h")
            .set("server.max_event_streams", "1")
            .set("server.body_timeout", "3s")
            .set("trash.retention", "1s");
        let server = program.serve().await;
        let ada = server.user("ada").await;
        let forgotten = ada.create_titled("Forgotten").await;
        let delete = ada.delete(&forgotten.path()).if_match("*");
        delete.await.is(204);
        tokio::time::sleep(Duration::from_millis(1500)).await;
        program.run(&["purge"]).await.succeeded();
        Self {
            _stream: EventStream::follow(&server, &ada).await,
            task: ada.create_titled("Task").await,
            server,
            ada,
        }
    }

    /// A request for each status.
    fn refused(&self) -> [(u16, Call); 14] {
        let (ada, task) = (&self.ada, self.task.path());
        let tasks = "/api/tasks";
        let one_more = json!({ "title": "One more" });
        let long = json!({ "title": "Long", "description": "x".repeat(70 * 1024) });
        let credentials = json!({ "email": ada.email(), "password": PASSWORD });
        let calls = [
            (400, ada.get("/api/tasks?limit=0")),
            (401, ada.get(tasks).without("authorization")),
            (403, ada.post(tasks, &one_more)),
            (404, ada.get("/nothing")),
            (405, ada.call(Method::PUT, tasks)),
            (409, ada.restore(&task).if_match("*")),
            (410, ada.get("/api/changes?since=1")),
            (412, ada.toggle(&task).if_match("\"999999\"")),
            (413, ada.post(tasks, &long)),
            (415, ada.post(tasks, &one_more).text("text/plain", "x")),
            (422, ada.post(tasks, &json!({}))),
            (428, ada.toggle(&task)),
            (429, ada.post("/api/auth/login", &credentials)),
            (503, ada.get(EVENTS)),
        ];
        assert_eq!(calls.each_ref().map(|(status, _)| *status), STATUSES);
        calls
    }
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
    let strict = Strict::on(store).await;
    for origin in [APP, "https://preview-7.example.org"] {
        for (status, call) in strict.refused() {
            let answer = call.header("origin", origin).await.is(status);
            assert_readable(&answer, origin);
        }
        let read = strict.ada.get(&strict.task.path()).header("origin", origin);
        assert_readable(&read.await.is(200), origin);
    }
}

#[apply(both_stores)]
async fn no_error_can_be_read_by_any_other_page(store: &Store) {
    let strict = Strict::on(store).await;
    for origin in [
        "https://evil.example",
        "http://app.example.com",
        "https://app.example.com:8443",
        "https://app.example.com.evil.example",
        "https://example.org",
        "null",
    ] {
        for (status, call) in strict.refused() {
            let answer = call.header("origin", origin).await.is(status);
            assert_unreadable(&answer);
        }
        let read = strict.ada.get(&strict.task.path()).header("origin", origin);
        assert_unreadable(&read.await.is(200));
    }
}

#[apply(both_stores)]
async fn a_page_is_told_that_its_request_came_too_slowly(store: &Store) {
    let strict = Strict::on(store).await;
    let head = format!(
        "POST /api/tasks HTTP/1.1\r\nhost: localhost\r\norigin: {APP}\r\nauthorization: Bearer {}\r\n\
         content-type: application/json\r\ncontent-length: 100\r\n\r\n{{",
        strict.ada.access_token()
    );
    let socket = Socket::connect(&strict.server).await;
    let answer = socket.exchange(head.as_bytes()).await;
    assert_eq!(status_of(&answer), Some(408), "{answer}");
    let allowed = format!("\r\naccess-control-allow-origin: {APP}\r\n");
    assert!(answer.contains(&allowed), "{answer}");
    assert!(
        answer.contains("\r\naccess-control-expose-headers: "),
        "{answer}"
    );
}

/// A row of an SQLite file is the server's own, and cannot be spoilt from outside.
#[tokio::test]
async fn a_page_can_read_an_error_of_the_server_itself() {
    let store = Store::create(Kind::Postgres).await;
    let strict = Strict::on(&store).await;
    let (beside, connection) = tokio_postgres::connect(&store.url(), NoTls).await.unwrap();
    tokio::spawn(connection);
    beside
        .batch_execute("UPDATE tasks SET priority = 99")
        .await
        .unwrap();
    let call = strict.ada.get(&strict.task.path()).header("origin", APP);
    let answer = call.await;
    answer.problem(500, "internal");
    assert_readable(&answer, APP);
}

#[apply(both_stores)]
async fn a_refusal_for_too_many_requests_says_to_the_page_when_to_come_back(store: &Store) {
    let Strict {
        ada,
        server: _server,
        ..
    } = Strict::on(store).await;
    let credentials = json!({ "email": ada.email(), "password": PASSWORD });
    let login = ada.post("/api/auth/login", &credentials);
    let answer = login.header("origin", APP).await;
    answer.problem(429, "rate_limited");
    assert_readable(&answer, APP);
    for name in ["retry-after", "ratelimit", "ratelimit-policy"] {
        assert!(answer.header(name).is_some(), "{name}");
    }
}
