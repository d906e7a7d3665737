//! The TypeScript client in `clients/typescript` and its adapters in `clients`, whose own tests start the
//! program that was built for this run, and the types of what no build compiles.

use serde_json::Value;
use tasklane_tests::program::executable;

use crate::process::{package, script, succeed};

#[tokio::test]
async fn the_client_keeps_its_word_against_the_real_program() {
    succeed_at_least("clients/typescript", 84).await;
}

#[tokio::test]
async fn the_adapters_keep_their_word_against_the_real_program() {
    succeed_at_least("clients", 38).await;
}

/// Runs the tests of a folder. Fewer than these would mean that some are no longer found.
async fn succeed_at_least(folder: &str, fewest: u64) {
    let folder = package(folder);
    let results = tempfile::tempdir().expect("a temporary folder can be made");
    let file = results.path().join("results.json");
    let mut vitest = script(&folder, "vitest/vitest.mjs");
    vitest
        .args(["run", "--reporter", "default", "--reporter", "json"])
        .arg("--outputFile.json")
        .arg(&file)
        .env("TASKLANE_PROGRAM", executable());
    let said = succeed(&mut vitest).await;
    let results = std::fs::read(&file).expect("the results are written");
    let results: Value = serde_json::from_slice(&results).expect("the results are JSON");
    let count = |name: &str| results[name].as_u64();
    assert!(count("numPassedTests") >= Some(fewest), "{said}");
    assert_eq!(count("numPassedTests"), count("numTotalTests"), "{said}");
}

#[tokio::test]
async fn the_client_and_the_tests_are_typed_strictly() {
    let client = package("clients/typescript");
    succeed(script(&client, "typescript/bin/tsc").args(["--project", "test"])).await;
    succeed(&mut script(&package("clients"), "typescript/bin/tsc")).await;
    succeed(&mut script(&package("tests/browser"), "typescript/bin/tsc")).await;
}
