//! wrk, which sends the requests: it costs far less than any server that answers them.

use std::fs;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use crate::failure::{Context, Failure, Result};
use crate::install::{self, Software};
use crate::interrupts::Interrupts;
use crate::process;

const SOFTWARE: Software = Software {
    name: "wrk",
    apt: "wrk",
    dnf: "wrk",
    apk: "wrk",
    brew: "wrk",
};

/// Connections that are used at once, and pgbench's clients as well.
pub(super) const CONNECTIONS: u32 = 32;
/// Threads that use them.
pub(super) const THREADS: u32 = 2;
/// Connections of callers who come at a rate, whether or not others have been answered. So many that
/// each of them pauses for much longer than an answer takes.
const VISITORS: u32 = 64;

/// wrk with the script that picks requests.
pub(super) struct Generator {
    program: PathBuf,
    script: PathBuf,
}

/// How the requests of one load were answered.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Answered {
    /// How many there were.
    pub(super) requests: f64,
    /// How many in a second.
    pub(super) rate: f64,
    /// Half of the answers came within this time.
    pub(super) p50: Duration,
    /// 99 of 100 came within this time.
    pub(super) p99: Duration,
}

impl Generator {
    /// Finds wrk, or installs it.
    pub(super) fn prepare(folder: &Path, interrupts: &Interrupts) -> Result<Self> {
        if process::on_path("wrk").is_none() {
            install::install(&SOFTWARE, interrupts)?;
        }
        let program = process::on_path("wrk").ok_or_else(|| {
            Failure::new(
                "wrk was not found, and could not be installed. Install it (Debian, Ubuntu: `sudo \
                 apt-get install wrk`) and run `cargo xtask bench` again",
            )
        })?;
        let script = folder.join("load.lua");
        fs::write(&script, include_str!("load.lua")).context("cannot write wrk's script")?;
        Ok(Self { program, script })
    }

    /// Sends requests of the file for some seconds, as many as are answered.
    pub(super) fn run(
        &self,
        address: SocketAddr,
        requests: &Path,
        seconds: u32,
    ) -> Result<Answered> {
        run(&mut self.command(CONNECTIONS, address, requests, seconds))
    }

    /// Sends some so many a second, at random.
    pub(super) fn run_at(
        &self,
        rate: f64,
        address: SocketAddr,
        requests: &Path,
        seconds: u32,
    ) -> Result<Answered> {
        let pause = f64::from(VISITORS) / rate * 1e3;
        let mut command = self.command(VISITORS, address, requests, seconds);
        run(command.env("PAUSE", pause.to_string()))
    }

    fn command(
        &self,
        connections: u32,
        address: SocketAddr,
        requests: &Path,
        seconds: u32,
    ) -> Command {
        let mut command = Command::new(&self.program);
        command
            .arg(format!("-c{connections}"))
            .arg(format!("-t{THREADS}"))
            .arg(format!("-d{seconds}s"))
            .arg("-s")
            .arg(&self.script)
            .arg(format!("http://{address}"))
            .env("REQUESTS", requests);
        command
    }
}

fn run(wrk: &mut Command) -> Result<Answered> {
    let text = process::read(wrk)?;
    parse(&text).ok_or_else(|| Failure::new(format!("wrk reports failures:\n{text}")))
}

/// The line of the script: requests, microseconds that they took in all, failures, and the two
/// latencies in microseconds. `None` when anything failed.
fn parse(text: &str) -> Option<Answered> {
    let line = text.lines().find_map(|line| line.strip_prefix("LOAD "))?;
    let numbers: Vec<u32> = line
        .split(' ')
        .map_while(|number| number.parse().ok())
        .collect();
    let [requests, micros, 0, p50, p99] = numbers[..] else {
        return None;
    };
    let requests = f64::from(requests);
    Some(Answered {
        requests,
        rate: requests / (f64::from(micros) / 1e6),
        p50: Duration::from_micros(p50.into()),
        p99: Duration::from_micros(p99.into()),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_line_of_the_script_is_read() {
        let answered = parse("Running\nLOAD 3000 2000000 0 700 1500\n").unwrap();
        assert!((answered.rate - 1500.0).abs() < 1e-9);
        assert_eq!(answered.p99, Duration::from_micros(1500));
    }

    #[test]
    fn a_load_with_failures_counts_for_nothing() {
        assert_eq!(parse("LOAD 3000 2000000 1 700 1500\n"), None);
        assert_eq!(parse("unable to connect\n"), None);
    }
}
