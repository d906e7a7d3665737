//! The programs that `cargo xtask generators` has installed.

use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::process::Stdio;

use tasklane_tests::program::executable;
use tokio::process::Command;

/// The folder of this package, with the packages of Node.js.
pub(crate) fn package() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// The document that is checked in; another test holds it to the one that is served.
pub(crate) fn document() -> PathBuf {
    package().join("../../docs/openapi.json")
}

/// A script beside the tests.
pub(crate) fn script(name: &str) -> PathBuf {
    package().join("scripts").join(name)
}

/// A program that needs nothing but its own installation.
pub(crate) fn program(name: &str) -> Command {
    let mut command = Command::new(name);
    command.stdin(Stdio::null()).kill_on_drop(true);
    command
}

/// A program that Python's package manager installed.
pub(crate) fn python(name: &str) -> Command {
    let target = executable();
    let target = target.ancestors().nth(2);
    let folder = target
        .expect("target/<profile>/tasklane")
        .join("generators/bin");
    assert!(
        folder.is_dir(),
        "the generators are not installed: run `cargo xtask generators`"
    );
    let mut command = Command::new(folder.join(name));
    // They call one another, and Java.
    let mut path = OsString::from(folder);
    path.push(":");
    path.push(std::env::var_os("PATH").unwrap_or_default());
    command
        .env("PATH", path)
        .env("PYTHONDONTWRITEBYTECODE", "1")
        .stdin(Stdio::null())
        .kill_on_drop(true);
    command
}

/// A script of a package of Node.js, such as `typescript/bin/tsc`.
pub(crate) fn node(script: &str) -> Command {
    let script = package().join("node_modules").join(script);
    assert!(
        script.is_file(),
        "{} is missing: run `cargo xtask generators`",
        script.display()
    );
    let mut command = program("node");
    command.arg(script);
    command
}
