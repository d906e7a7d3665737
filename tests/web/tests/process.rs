//! Programs that are run to their end.

use std::path::{Path, PathBuf};
use std::process::Stdio;

pub(crate) use tasklane_tests::process::succeed;
use tokio::process::Command;

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
