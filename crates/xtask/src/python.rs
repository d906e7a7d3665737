//! Python programs for the tests: installed into a folder of their own beside the builds.

use std::fs;
use std::process::Command;

use crate::console::{complain, say};
use crate::failure::{Context, Failure, Result};
use crate::interrupts::Interrupts;
use crate::process;
use crate::workspace::Workspace;

/// Exactly which packages, of which versions.
const REQUIREMENTS: &str = "tests/web/python/requirements.txt";
/// The folder below the target folder.
const FOLDER: &str = "python";

/// Installs the packages unless just these are there.
pub(crate) fn prepare(workspace: &Workspace, interrupts: &Interrupts) -> Result<()> {
    let wanted = workspace.root().join(REQUIREMENTS);
    let wanted = fs::read_to_string(wanted).context(format_args!("cannot read {REQUIREMENTS}"))?;
    let folder = workspace.target().join(FOLDER);
    let installed = folder.join("installed.txt");
    if fs::read_to_string(&installed).is_ok_and(|text| text == wanted) {
        return Ok(());
    }
    say(format_args!("installing the packages of {REQUIREMENTS}"));
    let mut make = workspace.program("python3");
    make.args(["-m", "venv", "--clear"]).arg(&folder);
    if !process::probe(&mut make).is_some_and(|_| folder.join("bin/pip").is_file()) {
        install_venv(interrupts)?;
        process::run(&mut make)?;
    }
    let mut install = workspace.program(folder.join("bin/pip"));
    install.args([
        "install",
        "--quiet",
        "--disable-pip-version-check",
        "--requirement",
        REQUIREMENTS,
    ]);
    let status = interrupts.run(&mut install)?;
    if !status.success() {
        return Err(Failure::new(format!(
            "installing {REQUIREMENTS} ended with {status}"
        )));
    }
    fs::write(&installed, wanted).context("cannot note what is installed")
}

/// Debian keeps this part of Python in a package of its own.
fn install_venv(interrupts: &Interrupts) -> Result<()> {
    let missing = "--web needs Python 3.10 or newer with its module venv (Debian: python3-venv)";
    if process::on_path("apt-get").is_none() || !rustix::process::geteuid().is_root() {
        return Err(Failure::new(missing));
    }
    for call in [
        &["update", "--quiet"][..],
        &["install", "--quiet", "--yes", "python3-venv"],
    ] {
        let status = interrupts.run(Command::new("apt-get").args(call))?;
        if !status.success() {
            complain(format_args!(
                "`apt-get {}` ended with {status}",
                call.join(" ")
            ));
        }
    }
    Ok(())
}
