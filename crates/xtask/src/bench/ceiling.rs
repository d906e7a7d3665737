//! pgbench, which runs the same statements with nothing before PostgreSQL: what no server can exceed
//! that asks one thing at a time.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use super::generator::{CONNECTIONS, THREADS};
use crate::failure::{Context, Failure, Result};
use crate::interrupts::Interrupts;
use crate::postgres;
use crate::process;

/// pgbench with a database to run statements in.
pub(super) struct Ceiling {
    program: PathBuf,
    url: String,
    folder: PathBuf,
}

impl Ceiling {
    /// Finds pgbench beside the server's programs. Scripts of its own go into the folder.
    pub(super) fn prepare(url: String, folder: &Path, interrupts: &Interrupts) -> Result<Self> {
        Ok(Self {
            program: postgres::pgbench(interrupts)?,
            url,
            folder: folder.to_owned(),
        })
    }

    /// How many transactions of the script there are in a second.
    pub(super) fn rate(&self, script: &Path, seconds: u32) -> Result<f64> {
        let mut command = self.command(script);
        command
            .arg(format!("--client={CONNECTIONS}"))
            .arg(format!("--jobs={THREADS}"))
            .arg(format!("--time={seconds}"))
            .arg(&self.url);
        let text = process::read(&mut command)?;
        rate_in(&text).ok_or_else(|| Failure::new(format!("pgbench tells no rate:\n{text}")))
    }

    /// Runs a statement once.
    pub(super) fn once(&self, statement: &str) -> Result<()> {
        let script = self.folder.join("once.sql");
        fs::write(&script, format!("{statement};\n")).context("cannot write a script")?;
        process::read(self.command(&script).arg("--transactions=1").arg(&self.url)).map(drop)
    }

    fn command(&self, script: &Path) -> Command {
        let mut command = Command::new(&self.program);
        command
            .args(["--no-vacuum", "--protocol=prepared", "--file"])
            .arg(script);
        command
    }
}

fn rate_in(text: &str) -> Option<f64> {
    let failed = text
        .lines()
        .find_map(|line| line.strip_prefix("number of failed transactions: "));
    if failed.is_some_and(|count| !count.starts_with("0 ")) {
        return None;
    }
    let rate = text.lines().find_map(|line| line.strip_prefix("tps = "))?;
    rate.split(' ').next()?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_rate_is_the_one_without_connecting() {
        let text = "number of failed transactions: 0 (0.000%)\n\
                    tps = 1234.5 (without initial connection time)\n";
        assert_eq!(rate_in(text), Some(1234.5));
    }

    #[test]
    fn a_run_with_failed_transactions_has_no_rate() {
        let text = "number of failed transactions: 3 (0.1%)\ntps = 1234.5 (without)\n";
        assert_eq!(rate_in(text), None);
    }
}
