//! systemd's own judge of units, which does not need systemd to run.

use crate::failure::{Failure, Result};
use crate::install::{Software, install};
use crate::interrupts::Interrupts;
use crate::process;

const PROGRAM: &str = "systemd-analyze";

const SYSTEMD: Software = Software {
    name: "systemd-analyze",
    apt: "systemd",
    dnf: "systemd",
    apk: "systemd",
    brew: "systemd",
};

/// Installs it with the system's package manager where it is missing. Where there is no systemd at
/// all, nothing asks for it.
pub(crate) fn ensure(interrupts: &Interrupts) -> Result<()> {
    if cfg!(not(target_os = "linux")) || is_there() {
        return Ok(());
    }
    install(&SYSTEMD, interrupts)?;
    if is_there() {
        return Ok(());
    }
    Err(Failure::new(format!(
        "--web needs {PROGRAM} of systemd 250 or newer, and it was not found and could not be installed"
    )))
}

fn is_there() -> bool {
    process::on_path(PROGRAM).is_some()
}
