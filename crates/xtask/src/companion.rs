//! Servers that a single test has running beside it: they end when the test does, however that ends.

use std::io::{self, Read};
use std::process::Child;
use std::sync::mpsc::{self, Receiver, RecvTimeoutError};
use std::thread;

use anyhow::{Context, Result, bail};

use crate::console::say;
use crate::interrupts::Interrupts;
use crate::postgres::{Cluster, Durability};
use crate::process::POLL_INTERVAL;
use crate::workspace::Workspace;

/// Runs a PostgreSQL of the test's own until standard input ends, and prints its URL.
pub(crate) fn postgres(workspace: &Workspace, interrupts: &Interrupts) -> Result<()> {
    let cluster = Cluster::start(workspace, Durability::Forgetful, interrupts)?;
    say(cluster.url());
    let input = end_of_input();
    while input.recv_timeout(POLL_INTERVAL) == Err(RecvTimeoutError::Timeout) {
        interrupts.check()?;
    }
    Ok(())
}

/// Waits until standard input ends; fails when the program ends before.
pub(crate) fn outlast_input(program: &mut Child) -> Result<()> {
    let input = end_of_input();
    while input.recv_timeout(POLL_INTERVAL) == Err(RecvTimeoutError::Timeout) {
        if let Some(status) = program.try_wait().context("cannot wait for a program")? {
            bail!("it ended on its own with {status}");
        }
    }
    Ok(())
}

/// Receives once standard input ends: the process at its other end has ended or closed it.
fn end_of_input() -> Receiver<()> {
    let (sender, receiver) = mpsc::channel();
    thread::spawn(move || {
        let _ = io::stdin().read_to_end(&mut Vec::new());
        let _ = sender.send(());
    });
    receiver
}
