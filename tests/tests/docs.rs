//! The documentation that the server brings: the OpenAPI document and the page that shows it.

use std::collections::BTreeSet;
use std::path::Path;

use macro_rules_attribute::apply;
use serde_json::Value;
use tasklane_tests::app::App;
use tasklane_tests::both_stores;
use tasklane_tests::program::Program;

/// What a client may count on.
const OPERATIONS: [&str; 35] = [
    "GET /api/tasks",
    "POST /api/tasks",
    "DELETE /api/tasks",
    "GET /api/tasks/{id}",
    "PUT /api/tasks/{id}",
    "PATCH /api/tasks/{id}",
    "DELETE /api/tasks/{id}",
    "PATCH /api/tasks/{id}/toggle",
    "POST /api/tasks/{id}/restore",
    "POST /api/batch",
    "GET /api/tasks/summary",
    "GET /api/changes",
    "GET /api/events",
    "POST /api/recurrence/preview",
    "POST /api/auth/register",
    "POST /api/auth/login",
    "POST /api/auth/refresh",
    "POST /api/auth/password/forgot",
    "POST /api/auth/password/reset",
    "POST /api/auth/email/verify",
    "POST /api/auth/logout",
    "POST /api/auth/verify",
    "GET /api/auth/sessions",
    "DELETE /api/auth/sessions",
    "DELETE /api/auth/sessions/{id}",
    "PUT /api/auth/password",
    "GET /.well-known/jwks.json",
    "GET /api/users/me",
    "PATCH /api/users/me",
    "DELETE /api/users/me",
    "GET /api/users/me/export",
    "GET /health",
    "GET /health/live",
    "GET /health/ready",
    "GET /problems/{code}",
];

async fn document(app: &App) -> Value {
    app.anonymous().get("/openapi.json").await.is(200).json()
}

/// Every `$ref` in a document.
fn references<'a>(value: &'a Value, found: &mut BTreeSet<&'a str>) {
    match value {
        Value::Object(members) => {
            found.extend(members.get("$ref").and_then(Value::as_str));
            members
                .values()
                .for_each(|member| references(member, found));
        }
        Value::Array(items) => items.iter().for_each(|item| references(item, found)),
        _ => {}
    }
}

#[apply(both_stores)]
async fn the_served_the_printed_and_the_checked_in_document_are_one(app: &App) {
    let served = app.anonymous().get("/openapi.json").await.is(200);
    let folder = tempfile::tempdir().unwrap();
    let printed = Program::bare(folder.path())
        .run(&["openapi"])
        .await
        .succeeded();
    assert!(
        served.text() == printed.stdout,
        "`tasklane openapi` prints another document"
    );
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/openapi.json");
    let checked_in = std::fs::read_to_string(file).expect("docs/openapi.json is there");
    assert!(
        served.text() == checked_in,
        "docs/openapi.json is not what the code describes; `cargo xtask openapi` writes it again"
    );
}

#[apply(both_stores)]
async fn the_document_has_every_operation_under_a_name_of_its_own(app: &App) {
    let document = document(app).await;
    assert!(document["openapi"].as_str().unwrap().starts_with("3.1."));
    let mut operations = BTreeSet::new();
    let mut names = BTreeSet::new();
    for (path, item) in document["paths"].as_object().unwrap() {
        for (method, operation) in item.as_object().unwrap() {
            operations.insert(format!("{} {path}", method.to_uppercase()));
            let name = operation["operationId"].as_str().unwrap();
            assert!(names.insert(name), "{name} is duplicated");
            assert!(operation["summary"].is_string(), "{name} has no summary");
            let responses = operation["responses"].as_object().unwrap();
            assert!(
                responses.keys().any(|status| status.starts_with('2')),
                "{name}: {responses:?}"
            );
        }
    }
    for operation in OPERATIONS {
        assert!(operations.contains(operation), "{operation} is missing");
    }
}

#[apply(both_stores)]
async fn the_document_refers_to_nothing_that_is_not_in_it(app: &App) {
    let document = document(app).await;
    let mut found = BTreeSet::new();
    references(&document, &mut found);
    assert!(!found.is_empty());
    for reference in found {
        let pointer = reference
            .strip_prefix('#')
            .expect("a reference stays in the document");
        assert!(
            document.pointer(pointer).is_some(),
            "{reference} leads nowhere"
        );
    }
}

#[apply(both_stores)]
async fn the_document_says_how_to_sign_in(app: &App) {
    let document = document(app).await;
    let schemes = document["components"]["securitySchemes"]
        .as_object()
        .unwrap();
    let bearer = schemes.values().find(|scheme| scheme["scheme"] == "bearer");
    assert_eq!(bearer.unwrap()["type"], "http");
}

#[apply(both_stores)]
async fn the_page_is_served_whole_by_the_server_itself(app: &App) {
    let client = app.anonymous();
    let first = client.get("/docs").await;
    let base = match first.status() {
        200 => "/docs".to_owned(),
        status => {
            assert!([301, 302, 303, 307, 308].contains(&status), "{status}");
            first.header("location").unwrap().to_owned()
        }
    };
    let page = client.get(&base).await.is(200);
    assert!(
        page.header("content-type")
            .unwrap()
            .starts_with("text/html")
    );
    let mut parts = vec![page.text().to_owned()];
    let assets = linked(page.text());
    assert!(assets.len() >= 2, "{}", page.text());
    for asset in assets {
        assert!(!asset.contains("//"), "{asset} is not of this server");
        let path = format!(
            "{}/{}",
            base.trim_end_matches('/'),
            asset.trim_start_matches("./")
        );
        let answer = client.get(&path).await.is(200);
        if path.ends_with("initializer.js") || path.ends_with("index.css") {
            parts.push(answer.text().to_owned());
        }
    }
    for part in &parts {
        assert!(
            !part.contains("https://") && !part.contains("http://"),
            "{part}"
        );
    }
    assert!(
        parts.iter().any(|part| part.contains("/openapi.json")),
        "the page shows the document"
    );
}

/// What a page's tags load.
fn linked(html: &str) -> Vec<&str> {
    let tags = html
        .split('<')
        .filter(|tag| tag.starts_with("script") || tag.starts_with("link"));
    tags.filter_map(|tag| {
        let (_, rest) = tag
            .split_once("src=\"")
            .or_else(|| tag.split_once("href=\""))?;
        rest.split('"').next()
    })
    .collect()
}

#[apply(both_stores)]
async fn the_pages_policy_lets_its_own_scripts_run(app: &App) {
    let page = app.anonymous().get("/docs/").await.is(200);
    let policy = page.header("content-security-policy").unwrap_or_default();
    let blocks_own_scripts =
        policy.contains("default-src 'none'") && !policy.contains("script-src");
    assert!(
        !blocks_own_scripts,
        "a browser shows nothing under {policy}"
    );
}
