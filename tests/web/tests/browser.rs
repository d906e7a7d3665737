//! The task page, the documentation, pages of other origins and the app of `docs/frontend.md` in a
//! real browser. The tests themselves are in `tests/browser`; they start the program that was built
//! for this run.

use std::path::Path;
use std::process::Stdio;
use std::time::Duration;

use serde_json::Value;
use tasklane_tests::program::executable;
use tokio::process::Command;

/// How long all of them may take, on a machine that is busy compiling.
const LIMIT: Duration = Duration::from_mins(20);

#[tokio::test]
async fn the_pages_do_in_a_browser_what_people_expect() {
    succeed("pages", 25).await;
}

#[tokio::test]
async fn the_guide_leads_from_nothing_to_a_page_with_tasks() {
    succeed("guide", 4).await;
}

/// Runs one of the projects of `playwright.config.ts`. Fewer tests would mean that some are no longer
/// found.
async fn succeed(project: &str, fewest_tests: u64) {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../browser");
    let runner = folder.join("node_modules/@playwright/test/cli.js");
    assert!(
        runner.is_file(),
        "the packages of {} are not installed: run `cargo xtask test --web`",
        folder.display()
    );
    let program = executable();
    let target = program
        .ancestors()
        .nth(2)
        .expect("target/<profile>/tasklane");
    let results = target.join(format!("browser-results-{project}.json"));
    // A run that never began must not be taken for the one before.
    let _ = std::fs::remove_file(&results);
    let running = Command::new("node")
        .arg(runner)
        .args(["test", "--project", project])
        .current_dir(folder)
        .env("TASKLANE_PROGRAM", &program)
        .env("TASKLANE_TARGET", target)
        .env("TASKLANE_RESULTS", &results)
        .stdin(Stdio::null())
        .kill_on_drop(true)
        .output();
    let output = tokio::time::timeout(LIMIT, running).await;
    let output = output.expect("the browser tests end in time");
    let output = output.expect("Node.js can be started");
    let said = String::from_utf8_lossy(&output.stdout);
    let complained = String::from_utf8_lossy(&output.stderr);
    assert!(
        output.status.success(),
        "{}\n{said}\n{complained}",
        output.status
    );
    let results = std::fs::read(&results).expect("the results are written");
    let results: Value = serde_json::from_slice(&results).expect("the results are JSON");
    let count = |name: &str| results["stats"][name].as_u64();
    assert!(count("expected") >= Some(fewest_tests), "{said}");
    for name in ["unexpected", "flaky", "skipped"] {
        assert_eq!(count(name), Some(0), "{name}\n{said}");
    }
}
