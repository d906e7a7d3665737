//! Linters find neither an error nor a warning.

use serde_json::{Value, json};
use tasklane_tests::process::succeed;

use crate::tools::{document, node, package};

#[tokio::test]
async fn redocly_finds_nothing() {
    let mut lint = node("@redocly/cli/bin/cli.js");
    lint.args(["lint", "--format", "json"])
        .arg(document())
        .env("REDOCLY_TELEMETRY", "off")
        .env("REDOCLY_SUPPRESS_UPDATE_NOTICE", "true");
    let said = succeed(&mut lint).await;
    let report: Value = serde_json::from_str(&said).expect("the report is JSON");
    let nothing = json!({ "errors": 0, "warnings": 0, "ignored": 0 });
    assert_eq!(report["totals"], nothing, "{report:#}");
}

#[tokio::test]
async fn spectral_finds_nothing() {
    let mut lint = node("@stoplight/spectral-cli/dist/index.js");
    lint.args(["lint", "--fail-severity", "hint", "--ruleset"])
        .arg(package().join("spectral.yaml"))
        .arg(document());
    succeed(&mut lint).await;
}
