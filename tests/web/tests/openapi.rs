//! The OpenAPI document in the hands of others: a validator and a property-based tester.

use macro_rules_attribute::apply;
use serde_json::Value;
use tasklane_tests::app::App;
use tasklane_tests::both_stores;

use crate::process::succeed;
use crate::python::{document, program, scripts};

/// Fewer requests than that would be a sign that it gave up early.
const REQUESTS: u64 = 1500;
/// Operations that schemathesis leaves out: the one that `schemathesis.toml` names, and the one that
/// serves the document, which it has read before it begins.
const UNASKED: u64 = 2;

#[tokio::test]
async fn the_document_is_valid_openapi_3_1() {
    let said = succeed(
        program("openapi-spec-validator")
            .args(["--schema", "3.1"])
            .arg(document()),
    )
    .await;
    assert!(said.contains("OK"), "{said}");
}

#[apply(both_stores)]
async fn whatever_is_asked_the_server_answers_as_the_document_says(app: &App) {
    let folder = tempfile::tempdir().expect("a temporary folder can be made");
    let report = folder.path().join("report.json");
    let url = format!("{}/openapi.json", app.url());
    let mut command = program("schemathesis");
    command
        // It keeps a cache where it is started.
        .current_dir(folder.path())
        .arg("--config-file")
        .arg(scripts().join("schemathesis.toml"))
        .args(["run", &url, "--report", "json"])
        .arg("--report-json-path")
        .arg(&report)
        .env(
            "SCHEMATHESIS_HOOKS",
            scripts().join("schemathesis_hooks.py"),
        );
    succeed(&mut command).await;
    let report = std::fs::read_to_string(report).expect("schemathesis writes a report");
    let report: Value = serde_json::from_str(&report).expect("the report is JSON");
    let number = |pointer: &str| report.pointer(pointer).and_then(Value::as_u64);
    let asked = documented_operations() - UNASKED;
    assert_eq!(number("/operations/tested"), Some(asked), "{report}");
    assert_eq!(number("/operations/errored"), Some(0), "{report}");
    assert!(
        number("/test_cases/generated") >= Some(REQUESTS),
        "{report}"
    );
    for phase in ["examples", "coverage", "fuzzing", "stateful"] {
        let status = report.pointer(&format!("/phases/{phase}/status"));
        assert_eq!(status, Some(&Value::from("success")), "{phase}: {report}");
    }
    // It may not have brought the server down, either.
    app.anonymous().get("/health/ready").await.is(200);
}

/// How many operations the document has.
fn documented_operations() -> u64 {
    let text = std::fs::read_to_string(document()).expect("the document is checked in");
    let document: Value = serde_json::from_str(&text).expect("the document is JSON");
    let paths = document["paths"].as_object().expect("it has paths");
    let methods = ["get", "put", "post", "patch", "delete"];
    let operations = paths
        .values()
        .flat_map(|path| methods.iter().filter(|method| path.get(**method).is_some()));
    operations.count() as u64
}
