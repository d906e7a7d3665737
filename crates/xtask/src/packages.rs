//! Packages of Node.js and of Python, exactly those that lock files and requirements name.

use std::fs;
use std::path::PathBuf;
use std::process::Command;

use anyhow::{Context, Result, bail};

use crate::console::say;
use crate::process;
use crate::software::Installer;
use crate::workspace::Workspace;

/// The version that the `package.json` files ask for.
const OLDEST_NODE: (u32, u32) = (20, 19);

/// Finds npm, beside a Node.js that is new enough.
pub(crate) fn npm(workspace: &Workspace) -> Result<PathBuf> {
    check_node(process::probe(workspace.program("node").arg("--version")).as_deref())?;
    let Some(npm) = process::on_path("npm") else {
        bail!(missing_node("npm was not found"));
    };
    Ok(npm)
}

/// Installs the packages of a folder, unless `--no-install` is given and there are some.
pub(crate) fn install_node(
    workspace: &Workspace,
    installer: &Installer<'_>,
    npm: &PathBuf,
    folder: &str,
) -> Result<()> {
    let present = workspace.root().join(folder).join("node_modules").is_dir();
    if !installer.allowed && present {
        return Ok(());
    }
    let mut install = workspace.program(npm);
    install.current_dir(workspace.root().join(folder));
    install.args(["ci", "--loglevel", "error"]);
    install_packages(installer, folder, &mut install)
}

/// Installs Python packages into a folder beside the builds, unless just these are there.
pub(crate) fn install_python(
    workspace: &Workspace,
    installer: &Installer<'_>,
    requirements: &str,
    folder: &str,
) -> Result<()> {
    let wanted = fs::read_to_string(workspace.root().join(requirements))
        .with_context(|| format!("cannot read {requirements}"))?;
    let folder = workspace.target().join(folder);
    let note = folder.join("installed.txt");
    if fs::read_to_string(&note).is_ok_and(|text| text == wanted) {
        return Ok(());
    }
    let mut venv = workspace.program("python3");
    run(installer, venv.args(["-m", "venv", "--clear"]).arg(&folder))?;
    let mut install = workspace.program(folder.join("bin/pip"));
    install.args(["install", "--quiet", "--disable-pip-version-check"]);
    install.args(["--requirement", requirements]);
    install_packages(installer, requirements, &mut install)?;
    fs::write(&note, wanted).context("cannot note what is installed")
}

fn install_packages(installer: &Installer<'_>, place: &str, install: &mut Command) -> Result<()> {
    if !installer.allowed {
        bail!("the packages of {place} are missing, and --no-install forbids to install them");
    }
    say(format_args!("installing the packages of {place}"));
    run(installer, install).with_context(|| format!("cannot install the packages of {place}"))
}

/// Runs a program to its end; anything but success is an error.
pub(crate) fn run(installer: &Installer<'_>, command: &mut Command) -> Result<()> {
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
        "this needs Node.js {major}.{minor} or newer with npm, and {fault}; `cargo xtask test` \
         needs neither"
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
                error.starts_with("this needs Node.js 20.19 or newer"),
                "{error}"
            );
        }
        let error = check_node(Some("nightly")).unwrap_err().to_string();
        assert!(error.contains("\"nightly\""), "{error}");
    }
}
