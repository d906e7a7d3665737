//! The workflow of GitHub Actions.

use super::{root, text, yaml};
use crate::process::succeed;
use crate::python::program;

#[tokio::test]
async fn the_workflow_fits_its_schema_and_runs_the_commands_of_the_script() {
    let name = ".github/workflows/ci.yml";
    let schema = ["--builtin-schema", "vendor.github-workflows"];
    succeed(
        program("check-jsonschema")
            .args(schema)
            .arg(root().join(name)),
    )
    .await;

    let workflow = yaml(name).await;
    let steps = workflow[0]["jobs"]["check-and-test"]["steps"].as_array();
    let steps = steps.expect("the job has steps").iter();
    let run = steps.filter_map(|step| step["run"].as_str());
    // What comes before is the toolchain.
    let commands: Vec<_> = run
        .filter(|command| command.starts_with("cargo "))
        .collect();
    let script = text(".ci/run");
    let script: Vec<_> = script
        .lines()
        .filter(|line| line.starts_with("cargo "))
        .collect();
    assert_eq!(commands, script);
}
