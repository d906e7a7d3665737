//! The scripts that measure Tasklane.

use std::path::Path;

use crate::process::succeed;
use crate::python::program;

#[tokio::test]
async fn the_scripts_of_the_benchmark_pass_their_own_tests() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../bench");
    let mut command = program("python");
    succeed(
        command
            .args(["-m", "unittest", "tests"])
            .current_dir(folder),
    )
    .await;
}
