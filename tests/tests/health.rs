//! Health checks, request ids, and the headers that every answer has.

use macro_rules_attribute::apply;
use reqwest::Method;
use serde_json::json;
use tasklane_tests::app::App;
use tasklane_tests::both_stores;
use tasklane_tests::store::{Kind, Store};
use uuid::Uuid;

#[apply(both_stores)]
async fn a_server_that_serves_is_live_and_ready(app: &App) {
    let anyone = app.anonymous();
    anyone.get("/health/live").await.is(200);
    anyone.get("/health/ready").await.is(200);
    let health = anyone.get("/health").await.is(200).json();
    assert!(
        health["status"].is_string() && health["version"].is_string(),
        "{health}"
    );
    assert!(!health["checks"].is_null(), "{health}");
    for secret in ["postgres://", "sqlite:", "secret"] {
        assert!(!health.to_string().contains(secret), "{health}");
    }
}

#[tokio::test]
async fn a_server_whose_schema_is_not_there_is_live_and_not_ready() {
    let store = Store::create_empty(Kind::Postgres).await;
    let program = store.program();
    let server = program
        .clone()
        .set("database.migrate", "false")
        .serve()
        .await;
    let anyone = server.anonymous();
    anyone.get("/health/live").await.is(200);
    anyone.get("/health/ready").await.is(503);
    let health = anyone.get("/health").await;
    assert!([200, 503].contains(&health.status()), "{}", health.text());

    program.run(&["migrate"]).await.succeeded();
    anyone.get("/health/ready").await.is(200);
    server.user("ada").await.create_titled("Task").await;
}

#[apply(both_stores)]
async fn a_good_request_id_is_echoed(app: &App) {
    let ada = app.user("ada").await;
    let longest = "x".repeat(128);
    for id in [
        "1",
        "a-b_c.D9",
        "0193a5c8-0000-7000-8000-00000000abcd",
        longest.as_str(),
    ] {
        for path in [
            "/api/tasks",
            "/nothing",
            "/health/live",
            "/api/tasks?limit=0",
            "/openapi.json",
        ] {
            // The client checks that a problem document says the same.
            let answer = ada.get(path).header("x-request-id", id).await;
            assert_eq!(answer.header("x-request-id"), Some(id), "{path}");
        }
        let unauthenticated = app
            .anonymous()
            .get("/api/tasks")
            .header("x-request-id", id)
            .await;
        assert_eq!(unauthenticated.header("x-request-id"), Some(id));
        let too_long = ada
            .post("/api/tasks", &json!({}))
            .text("application/json", " ".repeat(70_000));
        let answer = too_long.header("x-request-id", id).await.is(413);
        assert_eq!(answer.header("x-request-id"), Some(id));
    }
}

#[apply(both_stores)]
async fn a_bad_request_id_is_made_anew(app: &App) {
    let anyone = app.anonymous();
    let too_long = "x".repeat(129);
    let mut made = Vec::new();
    for id in [
        "",
        " ",
        "two words",
        "a/b",
        "é",
        "a,b",
        "<script>",
        "\"x\"",
        &too_long,
    ] {
        let answer = anyone
            .get("/health/live")
            .header("x-request-id", id)
            .await
            .is(200);
        let new = answer.header("x-request-id").unwrap().to_owned();
        assert!(
            new != id && new.parse::<Uuid>().is_ok(),
            "{id:?} became {new:?}"
        );
        made.push(new);
    }
    for _ in 0..5 {
        let answer = anyone.get("/health/live").await;
        made.push(answer.header("x-request-id").unwrap().to_owned());
    }
    let count = made.len();
    made.sort();
    made.dedup();
    assert_eq!(made.len(), count, "an id was given twice");
}

#[apply(both_stores)]
async fn answers_about_a_user_are_not_for_shared_caches(app: &App) {
    let ada = app.user("ada").await;
    let task = ada.create_titled("Task").await;
    for path in [
        "/api/tasks",
        &task.path(),
        "/api/users/me",
        "/api/tasks?limit=0",
        "/api/auth/sessions",
    ] {
        let answer = ada.get(path).await;
        let control = answer.header("cache-control").unwrap_or_default();
        assert!(
            control.contains("private") || control.contains("no-store"),
            "{path}: {control}"
        );
        assert!(!control.contains("public"), "{path}: {control}");
        assert_eq!(
            answer.header("x-content-type-options"),
            Some("nosniff"),
            "{path}"
        );
        assert_eq!(answer.header("server"), None, "{path}");
    }
}

#[apply(both_stores)]
async fn metrics_are_for_the_management_listener_alone(app: &App) {
    let ada = app.user("ada").await;
    ada.get("/metrics").await.problem(404, "not_found");
    let page = reqwest::get(format!("{}/metrics", app.management_url()))
        .await
        .unwrap();
    assert_eq!(page.status(), 200);
    let text = page.text().await.unwrap();
    assert!(text.contains("tasklane_build_info"), "{text}");
}

#[apply(both_stores)]
async fn the_management_listener_tells_what_is_wrong_as_the_other_does(app: &App) {
    let operator = app.anonymous().towards(app.management_url());
    for (method, path, status, code) in [
        (Method::GET, "/metrics/all", 404, "not_found"),
        (Method::GET, "/", 404, "not_found"),
        (Method::POST, "/metrics", 405, "method_not_allowed"),
    ] {
        let answer = operator.call(method, path).header("x-request-id", "mine");
        let answer = answer.await;
        answer.problem(status, code);
        assert_eq!(answer.header("x-request-id"), Some("mine"));
        assert_eq!(answer.header("x-content-type-options"), Some("nosniff"));
    }
    operator.call(Method::HEAD, "/metrics").await.is(200);
}

#[apply(both_stores)]
async fn a_preflight_needs_no_token_and_errors_can_be_read_by_the_page(app: &App) {
    let origin = "http://localhost:3000";
    let preflight = app
        .anonymous()
        .call(Method::OPTIONS, "/api/tasks")
        .header("origin", origin);
    let preflight = preflight
        .header("access-control-request-method", "PATCH")
        .header(
            "access-control-request-headers",
            "authorization, content-type, if-match, baggage, sentry-trace, x-anything",
        );
    let answer = preflight.await;
    assert!([200, 204].contains(&answer.status()), "{}", answer.status());
    assert_eq!(answer.header("access-control-allow-origin"), Some(origin));
    let allowed = answer
        .header("access-control-allow-headers")
        .unwrap_or_default();
    for name in [
        "authorization",
        "if-match",
        "baggage",
        "sentry-trace",
        "x-anything",
    ] {
        assert!(allowed.contains(name), "{name} is missing from {allowed}");
    }

    let ada = app.user("ada").await;
    for call in [
        app.anonymous().get("/api/tasks"),
        ada.get("/api/tasks?limit=0"),
        ada.get("/nothing"),
        ada.call(Method::PUT, "/api/tasks"),
        ada.post("/api/tasks", &json!({})),
        ada.post("/api/tasks", &json!({})).text("text/plain", "x"),
    ] {
        let answer = call.header("origin", origin).await;
        assert!(answer.status() >= 400);
        assert_eq!(
            answer.header("access-control-allow-origin"),
            Some(origin),
            "{}",
            answer.text()
        );
    }
    let elsewhere = ada
        .get("/api/tasks")
        .header("origin", "https://evil.example")
        .await;
    assert_eq!(elsewhere.header("access-control-allow-origin"), None);
}
