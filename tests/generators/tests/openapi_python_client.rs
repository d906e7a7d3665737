//! The client that openapi-python-client makes.

use macro_rules_attribute::apply;
use tasklane_tests::app::App;
use tasklane_tests::both_stores;
use tasklane_tests::process::succeed;

use crate::tools::{document, python, script};

#[apply(both_stores)]
async fn a_generated_client_lives_through_a_tasks_life(app: &App) {
    let folder = tempfile::tempdir().expect("a temporary folder can be made");
    let client = folder.path().join("tasklane_client");
    let mut generate = python("openapi-python-client");
    generate
        .args(["generate", "--meta", "none", "--fail-on-warning", "--path"])
        .arg(document())
        .arg("--output-path")
        .arg(client);
    succeed(&mut generate).await;
    let mut drive = python("python");
    drive.arg(script("life_cycle.py"));
    let said = succeed(drive.arg(folder.path()).arg(app.url())).await;
    assert!(said.contains("the life cycle is complete"), "{said}");
}
