//! What every answer says to browsers and to caches.

use macro_rules_attribute::apply;
use reqwest::Method;
use serde_json::json;
use tasklane_tests::answer::Answer;
use tasklane_tests::app::App;
use tasklane_tests::both_stores;
use tasklane_tests::client::Call;
use tasklane_tests::event_stream::EventStream;
use tasklane_tests::server::Server;
use tasklane_tests::store::{Kind, Store};
use tasklane_tests::user::{PASSWORD, User};

const HSTS: &str = "max-age=31536000; includeSubDomains";

/// An answer of each kind: of an operation and refused, of the documentation, of the page, of the
/// checks, to a preflight, and of nothing at all.
async fn of_each_kind(server: &Server, ada: &User) -> Vec<Answer> {
    let anyone = server.anonymous();
    let preflight = anyone
        .call(Method::OPTIONS, "/api/tasks")
        .header("origin", "http://localhost:3000")
        .header("access-control-request-method", "POST");
    let calls: Vec<Call> = vec![
        ada.get("/api/tasks"),
        ada.post("/api/tasks", &json!({ "title": "Task" })),
        ada.post("/api/tasks", &json!({})),
        ada.call(Method::PUT, "/api/tasks"),
        ada.get("/api/users/me/export"),
        anyone.get("/api/tasks"),
        anyone.get("/.well-known/jwks.json"),
        anyone.get("/"),
        anyone.get("/sw.js"),
        anyone.get("/docs"),
        anyone.get("/docs/"),
        anyone.get("/docs/nothing"),
        anyone.get("/openapi.json"),
        anyone.get("/problems/not_found"),
        anyone.get("/health"),
        anyone.get("/health/live"),
        anyone.get("/nothing"),
        preflight,
    ];
    let mut answers = Vec::new();
    for call in calls {
        answers.push(call.await);
    }
    answers
}

#[apply(both_stores)]
async fn every_answer_keeps_browsers_from_harm_and_does_not_say_what_answers(store: &Store) {
    let server = store.program().serve().await;
    let ada = server.user("ada").await;
    for answer in of_each_kind(&server, &ada).await {
        let what = format!("{} {}", answer.status(), answer.path());
        let says = |name| answer.header(name);
        assert_eq!(says("x-content-type-options"), Some("nosniff"), "{what}");
        assert_eq!(says("referrer-policy"), Some("no-referrer"), "{what}");
        let policy = says("content-security-policy").unwrap_or_default();
        for directive in ["default-src 'none'", "frame-ancestors 'none'"] {
            assert!(policy.contains(directive), "{what}: {policy}");
        }
        assert!(says("cache-control").is_some(), "{what}");
        for name in ["server", "x-powered-by", "via", "set-cookie"] {
            assert_eq!(says(name), None, "{what}");
        }
    }
}

#[apply(both_stores)]
async fn https_alone_is_asked_for_where_the_settings_say_so(store: &Store) {
    let program = store.program().set("server.hsts", HSTS);
    let server = program.serve().await;
    let ada = server.user("ada").await;
    for answer in of_each_kind(&server, &ada).await {
        let value = answer.header("strict-transport-security");
        assert_eq!(value, Some(HSTS), "{} {}", answer.status(), answer.path());
    }
    server.stop().await;
    let server = store.program().serve().await;
    let ada = server.user("grace").await;
    for answer in of_each_kind(&server, &ada).await {
        let value = answer.header("strict-transport-security");
        assert_eq!(value, None, "{} {}", answer.status(), answer.path());
    }
}

#[tokio::test]
async fn a_header_that_is_none_is_refused_at_the_start() {
    let store = Store::create(Kind::Sqlite).await;
    for value in [
        "31536000",
        "max-age=soon",
        "max-age=1\r\nx: y",
        "é; max-age=1",
    ] {
        let program = store.program().set("server.hsts", value);
        let refused = program.run(&["serve"]).await;
        let line = refused.failed_with_one_line();
        assert!(line.contains("server.hsts"), "{line}");
    }
}

#[apply(both_stores)]
async fn what_holds_a_token_or_follows_a_user_is_never_stored(app: &App) {
    let ada = app.user("ada").await;
    let credentials = json!({ "email": ada.email(), "password": PASSWORD });
    let newcomer = json!({ "email": "grace@example.com", "password": PASSWORD });
    let anyone = app.anonymous();
    let login = anyone.post("/api/auth/login", &credentials).await.is(200);
    let session = login.json();
    let refresh = json!({ "refresh_token": session["refresh_token"] });
    let unknown = json!({ "refresh_token": "unknown" });
    for answer in [
        login,
        anyone.post("/api/auth/register", &newcomer).await.is(201),
        anyone.post("/api/auth/refresh", &refresh).await.is(200),
        anyone.post("/api/auth/refresh", &unknown).await.is(401),
        ada.post("/api/auth/verify", &json!({})).await.is(200),
        ada.get("/api/auth/sessions").await.is(200),
    ] {
        let control = answer.header("cache-control");
        assert_eq!(control, Some("no-store"), "{}", answer.path());
    }
    let events = EventStream::follow(app, &ada).await;
    assert_eq!(
        events.header("cache-control"),
        Some("no-store, no-transform")
    );
}
