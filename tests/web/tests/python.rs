//! Programs of the Python world that read the OpenAPI document, each in its own words.

use std::path::{Path, PathBuf};
use std::process::Stdio;

use tokio::process::Command;

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
