//! What Tasklane is shipped with, in the hands of the tools that judge it: no container engine, no
//! cluster and no service manager runs here, so that nothing of it is run as it will be.

mod compose;
mod image;
mod kubernetes;
mod systemd;
mod workflow;

use std::path::{Path, PathBuf};
use std::process::Stdio;

use serde_json::Value;
use tasklane_tests::program::Program;
use tempfile::TempDir;
use tokio::process::Command;

use crate::process::succeed;
use crate::python::{program, scripts};

/// A secret as a deployment would have one.
const SECRET: &str = "0123456789abcdef0123456789abcdef0123456789abcdef";

/// The checkout.
fn root() -> PathBuf {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    root.canonicalize().expect("the checkout is there")
}

/// A file of the checkout, as text.
fn text(name: &str) -> String {
    std::fs::read_to_string(root().join(name)).expect("the file can be read")
}

/// The documents of a YAML file of the checkout.
async fn yaml(name: &str) -> Vec<Value> {
    let mut convert = program("python");
    let script = scripts().join("yaml_to_json.py");
    convert.arg(script).arg(root().join(name));
    let json = succeed(&mut convert).await;
    serde_json::from_str(&json).expect("the script writes JSON")
}

/// Fails unless the program refuses what it is given, and says this about it.
async fn refuses(command: &mut Command, complaint: &str) {
    let output = command.stdin(Stdio::null()).output().await;
    let output = output.expect("the program can be started");
    let said = [output.stdout, output.stderr].concat();
    let said = String::from_utf8_lossy(&said);
    assert!(!output.status.success(), "{said}");
    assert!(said.contains(complaint), "{said}");
}

/// The settings that a process with these variables would have in force, a line each.
async fn settings(variables: &[(String, String)], file: Option<&Path>) -> String {
    let folder = TempDir::new().expect("a temporary folder can be made");
    let mut tasklane = Program::bare(folder.path());
    for (name, value) in variables {
        tasklane = tasklane.variable(name, value);
    }
    if let Some(file) = file {
        tasklane = tasklane.variable("TASKLANE_CONFIG", &file.display().to_string());
    }
    tasklane.run(&["config"]).await.succeeded().stdout
}

/// The value of a key, whichever its table is: its name is of one table only.
#[track_caller]
fn value_of<'a>(settings: &'a str, key: &str) -> &'a str {
    let mut lines = settings.lines();
    let value = lines.find_map(|line| line.strip_prefix(key)?.strip_prefix(" = "));
    value.expect("the key is there").trim_matches('"')
}

/// Seconds of a length of time with one unit, as all of these files write it.
#[track_caller]
fn seconds(text: &str) -> u64 {
    let (number, factor) = match text.strip_suffix('m') {
        Some(minutes) => (minutes, 60),
        None => (text.trim_end_matches('s'), 1),
    };
    number
        .parse::<u64>()
        .expect("a number of seconds or minutes")
        * factor
}

/// How long a process with these settings may take to stop, in seconds.
fn time_to_stop(settings: &str) -> u64 {
    let of = |key| seconds(value_of(settings, key));
    of("drain_delay") + of("shutdown_timeout")
}
