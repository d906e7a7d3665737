//! Valgrind's callgrind, which counts the instructions of a program below one of its functions.

use std::fs;
use std::path::{Path, PathBuf};

use crate::failure::{Context, Failure, Result};
use crate::install::{self, Software};
use crate::interrupts::Interrupts;
use crate::process;

const SOFTWARE: Software = Software {
    name: "Valgrind",
    apt: "valgrind",
    dnf: "valgrind",
    apk: "valgrind",
    brew: "valgrind",
};

/// Callgrind, found.
pub(super) struct Callgrind(PathBuf);

impl Callgrind {
    /// Finds it, or installs it.
    pub(super) fn prepare(interrupts: &Interrupts) -> Result<Self> {
        if process::on_path("valgrind").is_none() {
            install::install(&SOFTWARE, interrupts)?;
        }
        process::on_path("valgrind").map(Self).ok_or_else(|| {
            Failure::new(
                "Valgrind was not found, and could not be installed. Install it (Debian, Ubuntu: \
                 `sudo apt-get install valgrind`) and run `cargo xtask instructions` again",
            )
        })
    }

    /// A count of what a program does below the functions that `functions` matches (`*` stands for
    /// anything). What it leaves in the folder, the next count replaces.
    pub(super) fn count(&self, folder: &Path, functions: &str) -> Count<'_> {
        let output = folder.join("callgrind.out");
        let log = folder.join("valgrind.log");
        Count {
            program: &self.0,
            arguments: [
                "--tool=callgrind".to_owned(),
                format!("--toggle-collect={functions}"),
                format!("--callgrind-out-file={}", output.display()),
                format!("--log-file={}", log.display()),
            ],
            output,
        }
    }
}

/// One count.
pub(super) struct Count<'c> {
    program: &'c Path,
    arguments: [String; 4],
    output: PathBuf,
}

impl Count<'_> {
    /// What to run instead of the program.
    pub(super) fn program(&self) -> &Path {
        self.program
    }

    /// What to put before the program and its arguments.
    pub(super) fn arguments(&self) -> &[String] {
        &self.arguments
    }

    /// How many instructions there were, once the program has ended.
    pub(super) fn total(&self) -> Result<u64> {
        let text = fs::read_to_string(&self.output).context("callgrind wrote nothing")?;
        let total = total_in(&text).ok_or_else(|| Failure::new("callgrind wrote no total"))?;
        if total == 0 {
            return Err(Failure::new(
                "no instruction was counted: the function to count below has another name now",
            ));
        }
        Ok(total)
    }
}

fn total_in(text: &str) -> Option<u64> {
    let line = text
        .lines()
        .find_map(|line| line.strip_prefix("totals: "))?;
    line.trim().parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_total_is_found() {
        assert_eq!(
            total_in("events: Ir\nfn=(1) a\n1 2\n\ntotals: 39\n"),
            Some(39)
        );
        assert_eq!(total_in("events: Ir\n"), None);
    }
}
