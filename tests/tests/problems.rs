//! What is refused before a task is touched: every answer is a problem document.

use std::collections::BTreeSet;
use std::fmt::Write;

use macro_rules_attribute::apply;
use reqwest::{Body, Method};
use serde_json::{Value, json};
use tasklane_tests::app::App;
use tasklane_tests::both_stores;
use tasklane_tests::socket::{Socket, status_of};
use tasklane_tests::store::Store;

/// Every code of the contract.
const CODES: [&str; 28] = [
    "malformed_json",
    "invalid_parameter",
    "invalid_cursor",
    "unauthenticated",
    "invalid_token",
    "token_expired",
    "invalid_credentials",
    "invalid_refresh_token",
    "invalid_reset_token",
    "quota_exceeded",
    "registration_disabled",
    "email_not_verified",
    "not_found",
    "method_not_allowed",
    "request_timeout",
    "payload_too_large",
    "unsupported_media_type",
    "email_taken",
    "not_deleted",
    "sync_expired",
    "precondition_failed",
    "precondition_required",
    "validation_failed",
    "idempotency_key_reused",
    "rate_limited",
    "headers_too_large",
    "internal",
    "unavailable",
];

const KIBIBYTE: usize = 1024;

#[apply(both_stores)]
async fn an_unknown_route_is_not_found(app: &App) {
    let ada = app.user("ada").await;
    for path in [
        "/index.html",
        "/assets/nothing.js",
        "/nothing",
        "/api",
        "/api/",
        "/api/nothing",
        "/api/tasks/1/2/3",
        "/API/tasks",
        "/api//tasks",
        "/api/tasks/",
        "/health/nothing",
        "/.env",
        "/%00",
        "/api/tasks%2Fx",
    ] {
        ada.get(path).await.problem(404, "not_found");
        app.anonymous().get(path).await.problem(404, "not_found");
    }
}

#[apply(both_stores)]
async fn an_unknown_method_is_told_which_ones_there_are(app: &App) {
    let ada = app.user("ada").await;
    let task = ada.create_titled("Task").await;
    let toggle = format!("{}/toggle", task.path());
    let brew = Method::from_bytes(b"BREW").unwrap();
    for (method, path, allowed) in [
        (Method::PUT, "/api/tasks", vec!["GET", "POST"]),
        (Method::PATCH, "/api/tasks", vec!["GET", "POST"]),
        (brew.clone(), "/api/tasks", vec!["GET", "POST"]),
        (
            Method::POST,
            task.path().as_str(),
            vec!["GET", "PUT", "PATCH", "DELETE"],
        ),
        (
            brew,
            task.path().as_str(),
            vec!["GET", "PUT", "PATCH", "DELETE"],
        ),
        (Method::GET, toggle.as_str(), vec!["PATCH"]),
        (Method::POST, toggle.as_str(), vec!["PATCH"]),
        (Method::GET, "/api/auth/login", vec!["POST"]),
        (Method::DELETE, "/health/live", vec!["GET"]),
        (Method::POST, "/openapi.json", vec!["GET"]),
        (Method::PUT, "/api/changes", vec!["GET"]),
        (Method::DELETE, "/api/events", vec!["GET"]),
        (Method::PATCH, "/api/batch", vec!["POST"]),
    ] {
        let answer = ada.call(method.clone(), path).await;
        answer.problem(405, "method_not_allowed");
        let allow = answer
            .header("allow")
            .expect("a 405 says what is allowed")
            .to_owned();
        let allow: Vec<&str> = allow.split(',').map(str::trim).collect();
        assert!(
            allowed.iter().all(|name| allow.contains(name)),
            "{method} {path}: {allow:?}"
        );
        assert!(
            !allow.contains(&method.as_str()),
            "{method} {path}: {allow:?}"
        );
    }
}

#[apply(both_stores)]
async fn a_body_that_is_no_json_is_malformed(app: &App) {
    let ada = app.user("ada").await;
    let task = ada.create_titled("Task").await;
    let deep = "[".repeat(30_000);
    let bodies: [&[u8]; 20] = [
        b"",
        b" ",
        b"{",
        b"{\"title\": \"x\"",
        b"{\"title\": \"x\",}",
        b"{title: \"x\"}",
        b"{'title': 'x'}",
        b"{\"title\": \"x\"} {}",
        b"{\"title\": \"x\"}x",
        b"{\"title\": undefined}",
        b"{\"title\": NaN}",
        b"{\"title\": 01}",
        b"{\"title\": \"\\ud800\"}",
        b"{\"title\": \"a\nb\"}",
        b"{\"title\": \"\xff\"}",
        b"\xef\xbb\xbf{\"title\": \"x\"}",
        b"{\"title\": \"x\", \"title\": \"x\"}",
        b"{\"title\": \"x\", \"due\": {\"date\": \"2026-11-21\", \"date\": \"2026-11-21\"}}",
        b"{\"title\": \"x\", \"t\\u0069tle\": \"x\"}",
        deep.as_bytes(),
    ];
    for body in bodies {
        for (method, path) in [
            (Method::POST, "/api/tasks"),
            (Method::PUT, task.path().as_str()),
            (Method::PATCH, task.path().as_str()),
        ] {
            let call = ada
                .call(method, path)
                .text("application/json", body.to_vec());
            let problem = call.await.problem(400, "malformed_json");
            assert!(
                problem.errors().is_empty(),
                "{:?}",
                String::from_utf8_lossy(body)
            );
        }
    }
    ada.call(Method::POST, "/api/tasks")
        .header("content-type", "application/json")
        .await
        .problem(400, "malformed_json");
    assert_eq!(ada.tasks().await, [task]);
}

#[apply(both_stores)]
async fn a_body_must_be_an_object(app: &App) {
    let ada = app.user("ada").await;
    let task = ada.create_titled("Task").await;
    for body in [
        json!([]),
        json!([{ "title": "x" }]),
        json!("x"),
        json!(1),
        Value::Null,
        json!(true),
    ] {
        for (method, path) in [
            (Method::POST, "/api/tasks"),
            (Method::PUT, task.path().as_str()),
            (Method::PATCH, task.path().as_str()),
            (Method::POST, "/api/auth/login"),
        ] {
            let problem = ada
                .call(method, path)
                .json(&body)
                .await
                .problem(422, "validation_failed");
            assert_eq!(problem.pointers(), [""], "{body}");
        }
    }
}

#[apply(both_stores)]
async fn all_that_is_wrong_with_a_body_is_told_at_once(app: &App) {
    let ada = app.user("ada").await;
    let task = ada.create_titled("Task").await;
    let body = json!({
        "title": 5,
        "description": ["x"],
        "completed": "yes",
        "priority": "worst",
        "due": { "date": "soon", "time": 9, "nope": 1 },
        "tags": ["", 5, "fine", "a\nb", "x".repeat(51)],
        "extra": true,
        "id": task.id(),
        "a/b~c": 1,
        "": 0,
    });
    let wrong = [
        "/",
        "/a~1b~0c",
        "/completed",
        "/description",
        "/due/date",
        "/due/nope",
        "/due/time",
        "/extra",
        "/id",
        "/priority",
        "/tags/0",
        "/tags/1",
        "/tags/3",
        "/tags/4",
        "/title",
    ];
    for answer in [
        ada.post("/api/tasks", &body).await,
        ada.put(&task.path(), &body).await,
        ada.patch(&task.path(), &body).await,
    ] {
        assert_eq!(answer.problem(422, "validation_failed").pointers(), wrong);
    }
    assert_eq!(ada.read(task.id()).await, task);
}

#[apply(both_stores)]
async fn a_body_may_be_64_kibibytes_long_and_no_longer(app: &App) {
    let ada = app.user("ada").await;
    let padded = |length: usize| {
        let document = json!({ "title": "Padded" }).to_string();
        let padding = " ".repeat(length - document.len());
        document + &padding
    };
    let longest = ada
        .post("/api/tasks", &json!({}))
        .text("application/json", padded(64 * KIBIBYTE));
    longest.await.is(201);
    for length in [64 * KIBIBYTE + 1, 65 * KIBIBYTE] {
        let body = padded(length);
        let longer = ada
            .post("/api/tasks", &json!({}))
            .text("application/json", body.clone());
        longer.await.problem(413, "payload_too_large");
        let answer = Socket::connect(app)
            .await
            .exchange(&chunked(ada.access_token(), &body))
            .await;
        assert_eq!(status_of(&answer), Some(413), "{answer}");
        assert!(answer.contains("application/problem+json"), "{answer}");
    }
    assert_eq!(ada.tasks().await.len(), 1);
}

/// A create that does not say beforehand how long its body is.
fn chunked(token: &str, body: &str) -> Vec<u8> {
    let mut request = format!(
        "POST /api/tasks HTTP/1.1\r\nhost: localhost\r\nauthorization: Bearer {token}\r\n\
         content-type: application/json\r\ntransfer-encoding: chunked\r\nconnection: close\r\n\r\n"
    );
    let chunks = body.as_bytes().chunks(16 * KIBIBYTE);
    let chunks = chunks.map(|chunk| (chunk.len(), String::from_utf8_lossy(chunk)));
    for (length, text) in chunks {
        write!(request, "{length:x}\r\n{text}\r\n").expect("a string can be written to");
    }
    request += "0\r\n\r\n";
    request.into_bytes()
}

#[apply(both_stores)]
async fn a_body_of_another_kind_is_refused(app: &App) {
    let ada = app.user("ada").await;
    let task = ada.create_titled("Task").await;
    let body = json!({ "title": "x" }).to_string();
    for media_type in [
        "text/plain",
        "application/xml",
        "application/jsonx",
        "json",
        "multipart/form-data",
        "",
    ] {
        let post = ada
            .call(Method::POST, "/api/tasks")
            .text(media_type, body.clone())
            .await;
        post.problem(415, "unsupported_media_type");
        let patch = ada
            .call(Method::PATCH, &task.path())
            .text(media_type, body.clone())
            .await;
        patch.problem(415, "unsupported_media_type");
        let accepted = patch
            .header("accept-patch")
            .expect("a 415 says which patches are read");
        for media_type in ["application/merge-patch+json", "application/json"] {
            assert!(accepted.contains(media_type), "{accepted}");
        }
    }
    for (method, path) in [
        (Method::POST, "/api/tasks"),
        (Method::PATCH, task.path().as_str()),
    ] {
        let undeclared = ada
            .call(method, path)
            .text("x/y", body.clone())
            .without("content-type");
        undeclared.await.problem(415, "unsupported_media_type");
    }
    for charset in ["UTF-8", "utf8", "unicode-1-1-utf-8", "\"utf-8\""] {
        let media_type = format!("application/json; charset={charset}");
        let post = ada
            .call(Method::POST, "/api/tasks")
            .text(&media_type, body.clone());
        post.await.is(201);
    }
    let latin = ada.call(Method::POST, "/api/tasks");
    let latin = latin.text("application/json; charset=iso-8859-1", body);
    latin.await.problem(415, "unsupported_media_type");
}

#[apply(both_stores)]
async fn a_body_that_is_still_coming_when_time_is_over_is_the_client_s_fault(store: &Store) {
    for (setting, other) in [("request", "body"), ("body", "request")] {
        let program = store
            .program()
            .set(&format!("server.{setting}_timeout"), "1s")
            .set(&format!("server.{other}_timeout"), "20s");
        let server = program.serve().await;
        let ada = server.user(setting).await;
        let head = format!(
            "POST /api/tasks HTTP/1.1\r\nhost: localhost\r\nauthorization: Bearer {}\r\n\
             content-type: application/json\r\ncontent-length: 100\r\n\r\n{{",
            ada.access_token()
        );
        let answer = Socket::connect(&server)
            .await
            .exchange(head.as_bytes())
            .await;
        assert_eq!(status_of(&answer), Some(408), "{setting}: {answer}");
    }
}

#[apply(both_stores)]
async fn a_content_coding_is_refused_by_name(app: &App) {
    let ada = app.user("ada").await;
    let draft = json!({ "title": "Encoded" });
    for coding in ["gzip", "br", "zstd"] {
        let post = ada
            .post("/api/tasks", &draft)
            .header("content-encoding", coding);
        let problem = post.await.problem(415, "unsupported_media_type");
        let detail = problem.detail();
        assert!(detail.contains(coding), "{detail}");
    }
    let plain = ada
        .post("/api/tasks", &draft)
        .header("content-encoding", "identity");
    plain.await.is(201);
}

#[apply(both_stores)]
async fn an_id_that_is_no_uuid_is_refused_by_name(app: &App) {
    let ada = app.user("ada").await;
    for id in [
        "1",
        "nothing",
        "0193a5c8-0000-7000-8000-00000000abc",
        "0193a5c8-0000-7000-8000-00000000abcde",
        "0193a5c8-0000-7000-8000-00000000abcg",
        "%00",
        "%FF",
        "%20",
        "..%2F",
        "'--",
    ] {
        let path = format!("/api/tasks/{id}");
        ada.get(&path)
            .await
            .problem(400, "invalid_parameter")
            .names("id");
        ada.delete(&path)
            .await
            .problem(400, "invalid_parameter")
            .names("id");
        ada.toggle(&path)
            .await
            .problem(400, "invalid_parameter")
            .names("id");
        let body = json!({ "title": "x" });
        ada.put(&path, &body)
            .await
            .problem(400, "invalid_parameter")
            .names("id");
        ada.patch(&path, &body)
            .await
            .problem(400, "invalid_parameter")
            .names("id");
    }
}

#[apply(both_stores)]
async fn a_head_request_is_a_get_without_the_body(app: &App) {
    let ada = app.user("ada").await;
    ada.create_titled("Task").await;
    for path in [
        "/api/tasks",
        "/health",
        "/health/live",
        "/openapi.json",
        "/problems/not_found",
    ] {
        let (get, head) = (
            ada.get(path).await.is(200),
            ada.call(Method::HEAD, path).await.is(200),
        );
        assert_eq!(head.bytes(), b"", "{path}");
        assert_eq!(
            head.header("content-type"),
            get.header("content-type"),
            "{path}"
        );
        assert_eq!(head.header("etag"), get.header("etag"), "{path}");
    }
    ada.call(Method::HEAD, "/nothing").await.is(404);
    app.anonymous()
        .call(Method::HEAD, "/api/tasks")
        .await
        .is(401);
}

#[apply(both_stores)]
async fn an_options_request_is_answered_without_an_error_of_the_server(app: &App) {
    let ada = app.user("ada").await;
    for path in ["/api/tasks", "/api/auth/login", "/nothing", "/health"] {
        let answer = ada.call(Method::OPTIONS, path).await;
        assert!(answer.status() < 500, "{path}: {}", answer.status());
    }
}

#[apply(both_stores)]
async fn what_is_no_http_ends_the_connection_and_nothing_else(app: &App) {
    let ada = app.user("ada").await;
    let long_header = format!(
        "GET / HTTP/1.1\r\nhost: x\r\nx: {}\r\n\r\n",
        "y".repeat(300_000)
    );
    let many_headers = format!(
        "GET / HTTP/1.1\r\nhost: x\r\n{}\r\n",
        "a: b\r\n".repeat(2000)
    );
    let requests: [&[u8]; 12] = [
        b"nonsense\r\n\r\n",
        b"\0\0\0\0\r\n\r\n",
        b"GET\r\n\r\n",
        b"GET / HTTP/9.9\r\n\r\n",
        b"GET /\xff HTTP/1.1\r\nhost: x\r\n\r\n",
        b"GET / HTTP/1.1\r\nhost x\r\n\r\n",
        b"GET / HTTP/1.1\r\nhost: x\r\nx: \0\r\n\r\n",
        b"POST /api/tasks HTTP/1.1\r\nhost: x\r\ncontent-length: -1\r\n\r\n",
        b"POST /api/tasks HTTP/1.1\r\nhost: x\r\ncontent-length: 5\r\ntransfer-encoding: chunked\r\n\r\nx",
        b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03\r\n\r\n",
        long_header.as_bytes(),
        many_headers.as_bytes(),
    ];
    for request in requests {
        let answer = Socket::connect(app).await.exchange(request).await;
        let status = status_of(&answer);
        let shown = String::from_utf8_lossy(&request[..request.len().min(60)]);
        assert!(
            status.is_none_or(|status| (400..500).contains(&status)),
            "{shown:?} was answered {answer}"
        );
        ada.get("/api/tasks").await.is(200);
    }
}

#[apply(both_stores)]
async fn every_code_is_explained(app: &App) {
    let document = app.anonymous().get("/openapi.json").await.is(200).json();
    let listed = document["components"]["schemas"]["ProblemCode"]["enum"].as_array();
    let listed: BTreeSet<_> = listed.unwrap().iter().filter_map(Value::as_str).collect();
    assert_eq!(listed, BTreeSet::from(CODES));
    for code in CODES {
        let answer = app
            .anonymous()
            .get(&format!("/problems/{code}"))
            .await
            .is(200);
        assert!(
            answer.text().contains(code) && answer.text().contains("What to do"),
            "{code}: {}",
            answer.text()
        );
        let policy = answer.header("content-security-policy").unwrap_or_default();
        assert!(policy.starts_with("default-src 'none'"), "{policy}");
    }
    for unknown in ["teapot", "NOT_FOUND", "..%2F", "%00"] {
        app.anonymous()
            .get(&format!("/problems/{unknown}"))
            .await
            .problem(404, "not_found");
    }
}

#[apply(both_stores)]
async fn a_streamed_body_that_breaks_off_harms_nobody(app: &App) {
    let ada = app.user("ada").await;
    let request = format!(
        "POST /api/tasks HTTP/1.1\r\nhost: x\r\nauthorization: Bearer {}\r\n\
         content-type: application/json\r\ncontent-length: 100\r\n\r\n{{\"title\": \"cut",
        ada.access_token()
    );
    let mut socket = Socket::connect(app).await;
    assert!(socket.send(request.as_bytes()).await);
    drop(socket);
    let streamed = Body::from("{\"title\": \"whole\"}");
    ada.call(Method::POST, "/api/tasks")
        .text("application/json", streamed)
        .await
        .is(201);
    assert_eq!(ada.tasks().await.len(), 1);
}
