//! The task page, the documentation, pages of other origins and the app of `docs/frontend.md` in a
//! real browser. The tests themselves are in `tests/browser`; they start the program that was built
//! for this run.

use serde_json::Value;
use tasklane_tests::program::executable;

use crate::process::{package, script, succeed};

#[tokio::test]
async fn the_pages_do_in_a_browser_what_people_expect() {
    run("pages", 55).await;
}

#[tokio::test]
async fn the_guide_leads_from_nothing_to_a_page_with_tasks() {
    run("guide", 4).await;
}

/// Runs one of the projects of `playwright.config.ts`. Fewer tests would mean that some are no longer
/// found.
async fn run(project: &str, fewest_tests: u64) {
    let program = executable();
    let target = program
        .ancestors()
        .nth(2)
        .expect("target/<profile>/tasklane");
    let results = target.join(format!("browser-results-{project}.json"));
    // A run that never began must not be taken for the one before.
    let _ = std::fs::remove_file(&results);
    let mut playwright = script(&package("tests/browser"), "@playwright/test/cli.js");
    playwright
        .args(["test", "--project", project])
        .env("TASKLANE_PROGRAM", &program)
        .env("TASKLANE_TARGET", target)
        .env("TASKLANE_RESULTS", &results);
    let said = succeed(&mut playwright).await;
    let results = std::fs::read(&results).expect("the results are written");
    let results: Value = serde_json::from_slice(&results).expect("the results are JSON");
    let count = |name: &str| results["stats"][name].as_u64();
    assert!(count("expected") >= Some(fewest_tests), "{said}");
    for name in ["unexpected", "flaky", "skipped"] {
        assert_eq!(count(name), Some(0), "{name}\n{said}");
    }
}
