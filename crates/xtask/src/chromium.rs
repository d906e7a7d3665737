//! The browser of the tests: Chromium or Chrome as the system packages it.

use crate::failure::{Failure, Result};
use crate::install::{Software, install};
use crate::interrupts::Interrupts;
use crate::process;

/// The names that the packages give it. The tests look for the same ones.
const NAMES: [&str; 3] = ["chromium", "chromium-browser", "google-chrome"];

/// What says where it is when it has another name.
const PLACE: &str = "CHROMIUM";

const CHROMIUM: Software = Software {
    name: "Chromium",
    apt: "chromium",
    dnf: "chromium",
    apk: "chromium",
    brew: "chromium",
};

/// Installs the browser with the system's package manager where it is missing.
pub(crate) fn ensure(interrupts: &Interrupts) -> Result<()> {
    if !is_there() {
        install(&CHROMIUM, interrupts)?;
    }
    if is_there() {
        return Ok(());
    }
    let names = NAMES.join(", ");
    Err(Failure::new(format!(
        "--web needs a browser, and none was found or could be installed: put one of {names} on \
         PATH, or name one in {PLACE}"
    )))
}

fn is_there() -> bool {
    let named = std::env::var_os(PLACE).is_some_and(|path| !path.is_empty());
    named || NAMES.iter().any(|name| process::on_path(name).is_some())
}
