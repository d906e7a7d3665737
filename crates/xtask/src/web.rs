//! What the tests beside real web software need: Node.js and packages, a browser, and Python.

use std::path::Path;

use crate::chromium;
use crate::console::say;
use crate::failure::{Context, Failure, Result};
use crate::interrupts::Interrupts;
use crate::process;
use crate::python;
use crate::systemd;
use crate::workspace::Workspace;

/// The package of those tests. Without `--web` it is left out, so that they are not listed either.
pub(crate) const PACKAGE: &str = "tasklane-tests-web";

/// Where packages are needed: the service that signs people in, the task page, the browser's tests.
const FOLDERS: [&str; 4] = [
    CLIENT,
    "examples/better-auth",
    "examples/web",
    "tests/browser",
];

/// The TypeScript client, which is built before others use it.
const CLIENT: &str = "clients/typescript";

/// The version that their `package.json` files ask for.
const OLDEST_NODE: (u32, u32) = (20, 19);

/// Checks for Node.js and npm, and installs exactly the packages that the lock files name,
/// a browser, and what Python needs.
pub(crate) fn prepare(workspace: &Workspace, interrupts: &Interrupts) -> Result<()> {
    check_node(process::probe(workspace.program("node").arg("--version")).as_deref())?;
    let npm = process::on_path("npm").ok_or_else(|| missing("npm is not there"))?;
    for folder in FOLDERS {
        say(format_args!("installing the packages of {folder}"));
        run_npm(workspace, interrupts, &npm, folder, "ci")?;
    }
    say(format_args!("building {CLIENT}"));
    run_npm(workspace, interrupts, &npm, CLIENT, "run build")?;
    chromium::ensure(interrupts)?;
    systemd::ensure(interrupts)?;
    python::prepare(workspace, interrupts)
}

fn run_npm(
    workspace: &Workspace,
    interrupts: &Interrupts,
    npm: &Path,
    folder: &str,
    order: &str,
) -> Result<()> {
    let mut command = workspace.program(npm);
    command
        .args(order.split(' '))
        .args(["--loglevel", "error"])
        .current_dir(workspace.root().join(folder));
    let status = interrupts.run(&mut command)?;
    if status.success() {
        return Ok(());
    }
    Err(Failure::new(format!(
        "`npm {order}` in {folder} ended with {status}"
    )))
}

/// Judges what `node --version` answered, if it did.
fn check_node(answer: Option<&str>) -> Result<()> {
    let Some(version) = answer else {
        return Err(missing("Node.js is not there"));
    };
    let numbers = version.trim_start_matches('v').splitn(3, '.');
    let numbers: Result<Vec<u32>> = numbers
        .take(2)
        .map(|number| {
            number
                .parse()
                .context(format_args!("`node --version` answered {version:?}"))
        })
        .collect();
    if numbers? >= vec![OLDEST_NODE.0, OLDEST_NODE.1] {
        Ok(())
    } else {
        Err(missing(&format!("this is Node.js {version}")))
    }
}

fn missing(what: &str) -> Failure {
    let (major, minor) = OLDEST_NODE;
    Failure::new(format!(
        "--web needs Node.js {major}.{minor} or newer with npm, and {what}; \
         without --web everything else is tested"
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn node_is_new_enough_or_the_failure_says_what_is_needed() {
        for version in ["v20.19.0", "v20.20.2", "v24.1.0", "v100.0.0"] {
            assert!(check_node(Some(version)).is_ok(), "{version}");
        }
        for answer in [Some("v18.20.4"), Some("v20.18.3"), Some("v2.0.0"), None] {
            let failure = check_node(answer).unwrap_err().to_string();
            assert!(
                failure.starts_with("--web needs Node.js 20.19 or newer"),
                "{failure}"
            );
        }
        let failure = check_node(Some("nightly")).unwrap_err().to_string();
        assert!(failure.contains("\"nightly\""), "{failure}");
    }
}
