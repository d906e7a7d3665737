//! Programs of others that are run to their end.

use std::process::Output;
use std::time::Duration;

use tokio::process::Command;

/// How long a program may take, on a machine that is busy compiling.
const LIMIT: Duration = Duration::from_mins(20);

/// Runs a program to its end; what it says is shown unless it succeeds.
pub async fn succeed(command: &mut Command) -> String {
    let output = tokio::time::timeout(LIMIT, command.output()).await;
    let output: Output = output
        .expect("the program ends in time")
        .expect("the program can be started: the command of `cargo xtask` that runs these tests installs it");
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    let (stdout, stderr) = (text(&output.stdout), text(&output.stderr));
    assert!(
        output.status.success(),
        "{command:?}: {}\n{stdout}\n{stderr}",
        output.status
    );
    stdout
}
