//! Programs of the Python world that read the OpenAPI document, each in its own words.

use std::path::{Path, PathBuf};
use std::process::{Output, Stdio};
use std::time::Duration;

use tokio::process::Command;

/// How long a program may take, on a machine that is busy.
const LIMIT: Duration = Duration::from_mins(8);

/// A program that `cargo xtask test --web` has installed, in the folder of this package's scripts.
pub(crate) fn program(name: &str) -> Command {
    let mut folder = std::env::current_exe().expect("a test knows where it lies");
    while !folder.ends_with("target") && folder.join("python").metadata().is_err() {
        assert!(
            folder.pop(),
            "the Python programs are not installed: run `cargo xtask test --web`"
        );
    }
    let folder = folder.join("python/bin");
    let mut command = Command::new(folder.join(name));
    command
        .current_dir(scripts())
        .env("PYTHONDONTWRITEBYTECODE", "1")
        .env("PATH", &folder)
        .stdin(Stdio::null())
        .kill_on_drop(true);
    command
}

/// Where the scripts are.
pub(crate) fn scripts() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("python")
}

/// The document that is checked in; another test holds it to the one that is served.
pub(crate) fn document() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/openapi.json")
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
