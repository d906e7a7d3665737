//! Programs that are run to their end.

use std::path::{Path, PathBuf};
use std::process::{Output, Stdio};
use std::time::Duration;

use tokio::process::Command;

/// How long a program may take, on a machine that is busy compiling.
const LIMIT: Duration = Duration::from_mins(20);

/// A folder of the checkout whose packages `cargo xtask test --web` has installed.
pub(crate) fn package(folder: &str) -> PathBuf {
    let path = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../..")
        .join(folder);
    assert!(
        path.join("node_modules").is_dir(),
        "the packages of {folder} are not installed: run `cargo xtask test --web`"
    );
    path
}

/// A script of a package, such as `typescript/bin/tsc`, to be run in the folder.
pub(crate) fn script(folder: &Path, name: &str) -> Command {
    let mut command = Command::new("node");
    command
        .arg(folder.join("node_modules").join(name))
        .current_dir(folder)
        .stdin(Stdio::null())
        .kill_on_drop(true);
    command
}

/// Runs a program to its end; what it says is shown unless it succeeds.
pub(crate) async fn succeed(command: &mut Command) -> String {
    let output = tokio::time::timeout(LIMIT, command.output()).await;
    let output: Output = output
        .expect("the program ends in time")
        .expect("the program can be started: `cargo xtask test --web` installs it");
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    let (stdout, stderr) = (text(&output.stdout), text(&output.stderr));
    assert!(
        output.status.success(),
        "{command:?}: {}\n{stdout}\n{stderr}",
        output.status
    );
    stdout
}
