//! What the server logs, and what it never does.

use macro_rules_attribute::apply;
use reqwest::Url;
use serde_json::{Value, json};
use tasklane_tests::both_stores;
use tasklane_tests::program::SECRET;
use tasklane_tests::socket::{Socket, status_of};
use tasklane_tests::store::Store;
use tasklane_tests::user::PASSWORD;

#[apply(both_stores)]
async fn a_request_is_one_line_with_what_is_needed_to_find_it(store: &Store) {
    let server = store.program().serve().await;
    let ada = server.user("ada").await;
    let task = ada.create_titled("Task").await;
    let toggle = ada.toggle(&task.path());
    toggle.header("x-request-id", "find-me").await.is(200);
    let refused = ada.get("/api/tasks?limit=0");
    refused.header("x-request-id", "find-me-too").await.is(400);
    let log = server.log_with("find-me-too").await;
    let lines: Vec<&str> = log
        .lines()
        .filter(|line| line.contains("find-me\""))
        .collect();
    assert_eq!(lines.len(), 1, "{log}");
    let line: Value = serde_json::from_str(lines[0]).expect("a log line is JSON");
    let line = line.to_string();
    for part in [
        "PATCH",
        "/api/tasks/{id}/toggle",
        "200",
        ada.id(),
        "latency",
    ] {
        assert!(line.contains(part), "{part} is missing: {line}");
    }
    let refused = log.lines().find(|line| line.contains("find-me-too"));
    assert!(refused.is_some_and(|line| line.contains("400")), "{log}");
}

#[apply(both_stores)]
async fn no_secret_and_no_content_is_ever_logged(store: &Store) {
    for format in ["json", "pretty"] {
        let program = store
            .program()
            .set("log.level", "trace")
            .set("log.format", format);
        let server = program.serve().await;
        let ada = server.user(format).await;
        let marked = json!({ "title": "kept-private", "description": "kept-private", "tags": ["kept-private"] });
        let task = ada.create(marked).await;
        ada.get("/api/tasks?q=kept-private").await.is(200);
        let wrong = json!({ "email": ada.email(), "password": "a-mistyped-password" });
        server
            .anonymous()
            .post("/api/auth/login", &wrong)
            .await
            .is(401);
        let refresh = json!({ "refresh_token": ada.refresh_token() });
        let answer = server
            .anonymous()
            .post("/api/auth/refresh", &refresh)
            .await
            .is(200);
        let refreshed = answer.json()["refresh_token"].as_str().unwrap().to_owned();
        server
            .anonymous()
            .with_token("a-bad-token")
            .get(&task.path())
            .await
            .is(401);
        ada.post(
            "/api/tasks",
            &json!({ "title": "kept-private", "due": "kept-private" }),
        )
        .await
        .is(422);
        ada.post("/api/tasks", &json!({}))
            .text("application/json", "{\"kept-private")
            .await
            .is(400);

        let last = server.anonymous().get("/api/tasks");
        last.header("x-request-id", "the-last-one").await.is(401);
        let log = server.log_with("the-last-one").await;
        let database: Option<Url> = store.url().parse().ok();
        let database_password = database.as_ref().and_then(Url::password);
        for secret in [
            PASSWORD,
            SECRET,
            "a-mistyped-password",
            "a-bad-token",
            "kept-private",
            "argon2id$",
            ada.access_token(),
            ada.refresh_token(),
            &refreshed,
        ]
        .into_iter()
        .chain(database_password)
        {
            let line = log.lines().find(|line| line.contains(secret));
            assert!(line.is_none(), "{secret} is logged: {line:?}");
        }
        assert!(log.contains(ada.id()), "the log says who it was");
        server.stop().await;
    }
}

#[apply(both_stores)]
async fn requests_that_are_none_are_no_errors_of_the_server(store: &Store) {
    let server = store.program().serve().await;
    for amiss in [
        "nonsense\r\n\r\n",
        "GET /api/tasks HTTP/1.1\r\n\r\n",
        "GET /api/tasks HTTP/1.1\r\nhost: localhost\r\nx y: z\r\n\r\n",
        "POST /api/tasks HTTP/1.1\r\nhost: localhost\r\ncontent-length: -1\r\n\r\n",
        "POST /api/tasks HTTP/1.1\r\nhost: localhost\r\ntransfer-encoding: chunked\r\n\r\nz",
    ] {
        let answer = Socket::connect(&server)
            .await
            .exchange(amiss.as_bytes())
            .await;
        let status = status_of(&answer);
        assert!(matches!(status, Some(400..=499)), "{amiss}: {answer}");
    }
    server.anonymous().get("/health").await.is(200);
    let log = server.log();
    assert!(!log.contains(r#""level":"ERROR""#), "{log}");
}

#[apply(both_stores)]
async fn a_line_break_from_outside_makes_no_line_of_its_own(store: &Store) {
    let server = store
        .program()
        .set("log.format", "pretty")
        .set("log.level", "debug")
        .serve()
        .await;
    let client = server.anonymous();
    client.get("/api/tasks/%0aforged-line").await;
    client
        .get("/%0d%0aforged-line")
        .header("user-agent", "x\tforged")
        .await;
    client
        .get("/nothing")
        .header("x-request-id", "the-last-one")
        .await;
    let log = server.log_with("the-last-one").await;
    assert!(
        !log.lines()
            .any(|line| line.trim_start().starts_with("forged-line")),
        "{log}"
    );
}
