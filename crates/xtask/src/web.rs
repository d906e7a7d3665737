//! What the tests beside real web software need: Node.js and packages, a browser, and Python.

use std::fs;
use std::path::Path;
use std::process::Command;

use anyhow::{Context, Result, bail};

use crate::console::say;
use crate::process;
use crate::software::{CHROMIUM, Installer, PYTHON, SYSTEMD};
use crate::workspace::Workspace;

/// The package of those tests. Without `--web` it is left out, so that they are not listed either.
pub(crate) const PACKAGE: &str = "tasklane-tests-web";

/// The TypeScript client, which is built before others use it.
const CLIENT: &str = "clients/typescript";

/// The adapters to TanStack DB and RxDB, which are built with the client.
const ADAPTERS: &str = "clients";

/// Where packages are needed: the client, its adapters, the service that signs people in, the task
/// page, the browser's tests.
const NODE_FOLDERS: [&str; 5] = [
    CLIENT,
    ADAPTERS,
    "examples/better-auth",
    "examples/web",
    "tests/browser",
];

/// The version that their `package.json` files ask for.
const OLDEST_NODE: (u32, u32) = (20, 19);

/// The exact versions of the Python packages.
const PYTHON_REQUIREMENTS: &str = "tests/web/python/requirements.txt";

/// Checks for Node.js and npm, and installs a browser, Python, and exactly the packages that the lock
/// files name.
pub(crate) fn prepare(workspace: &Workspace, installer: &Installer<'_>) -> Result<()> {
    check_node(process::probe(workspace.program("node").arg("--version")).as_deref())?;
    let Some(npm) = process::on_path("npm") else {
        bail!(missing_node("npm was not found"));
    };
    installer.ensure(&[CHROMIUM, SYSTEMD, PYTHON])?;
    for folder in NODE_FOLDERS {
        let present = workspace.root().join(folder).join("node_modules").is_dir();
        if !installer.allowed && present {
            continue;
        }
        let mut install = workspace.program(&npm);
        install.current_dir(workspace.root().join(folder));
        install.args(["ci", "--loglevel", "error"]);
        install_packages(installer, folder, &mut install)?;
    }
    for folder in [CLIENT, ADAPTERS] {
        say(format_args!("building {folder}"));
        let mut build = workspace.program(&npm);
        build.current_dir(workspace.root().join(folder));
        run(
            installer,
            build.args(["run", "build", "--loglevel", "error"]),
        )?;
    }
    prepare_python(workspace, installer)
}

/// Installs the Python packages into a folder beside the builds, unless just these are there.
fn prepare_python(workspace: &Workspace, installer: &Installer<'_>) -> Result<()> {
    let wanted = fs::read_to_string(workspace.root().join(PYTHON_REQUIREMENTS))
        .with_context(|| format!("cannot read {PYTHON_REQUIREMENTS}"))?;
    let folder = workspace.target().join("python");
    let note = folder.join("installed.txt");
    if fs::read_to_string(&note).is_ok_and(|text| text == wanted) {
        return Ok(());
    }
    let mut venv = workspace.program("python3");
    run(installer, venv.args(["-m", "venv", "--clear"]).arg(&folder))?;
    let mut install = workspace.program(folder.join("bin/pip"));
    install.args(["install", "--quiet", "--disable-pip-version-check"]);
    install.args(["--requirement", PYTHON_REQUIREMENTS]);
    install_packages(installer, PYTHON_REQUIREMENTS, &mut install)?;
    fs::write(&note, wanted).context("cannot note what is installed")
}

fn install_packages(
    installer: &Installer<'_>,
    place: impl AsRef<Path>,
    install: &mut Command,
) -> Result<()> {
    let place = place.as_ref().display();
    if !installer.allowed {
        bail!("the packages of {place} are missing, and --no-install forbids to install them");
    }
    say(format_args!("installing the packages of {place}"));
    run(installer, install).with_context(|| format!("cannot install the packages of {place}"))
}

fn run(installer: &Installer<'_>, command: &mut Command) -> Result<()> {
    let status = installer.interrupts.run(command)?;
    if !status.success() {
        let program = command.get_program().display();
        bail!("`{program}` ended with {status}");
    }
    Ok(())
}

/// Judges the answer of `node --version`, if there was one.
fn check_node(answer: Option<&str>) -> Result<()> {
    let Some(version) = answer else {
        bail!(missing_node("Node.js was not found"));
    };
    let numbers = version.trim_start_matches('v').split('.').take(2);
    let numbers = numbers.map(str::parse).collect::<Result<Vec<u32>, _>>();
    let numbers = numbers.with_context(|| format!("`node --version` answered {version:?}"))?;
    if numbers < vec![OLDEST_NODE.0, OLDEST_NODE.1] {
        bail!(missing_node(&format!("this is Node.js {version}")));
    }
    Ok(())
}

fn missing_node(fault: &str) -> String {
    let (major, minor) = OLDEST_NODE;
    format!(
        "--web needs Node.js {major}.{minor} or newer with npm, and {fault}; without --web \
         everything else is tested"
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn node_is_new_enough_or_the_error_says_which_version_is_needed() {
        for version in ["v20.19.0", "v20.20.2", "v24.1.0", "v100.0.0"] {
            assert!(check_node(Some(version)).is_ok(), "{version}");
        }
        for answer in [Some("v18.20.4"), Some("v20.18.3"), Some("v2.0.0"), None] {
            let error = check_node(answer).unwrap_err().to_string();
            assert!(
                error.starts_with("--web needs Node.js 20.19 or newer"),
                "{error}"
            );
        }
        let error = check_node(Some("nightly")).unwrap_err().to_string();
        assert!(error.contains("\"nightly\""), "{error}");
    }
}
