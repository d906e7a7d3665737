//! Programs that a single test has running beside it: they end when the test does, however that ends.

use std::io::{self, Read};
use std::process::Child;
use std::sync::mpsc::{self, Receiver, RecvTimeoutError};
use std::thread;

use crate::console::say;
use crate::failure::{Context, Failure, Result};
use crate::interrupts::Interrupts;
use crate::postgres::Server;
use crate::process::LOOK_AGAIN;
use crate::workspace::Workspace;

/// Runs a PostgreSQL of the test's own until standard input ends, and says where it is.
pub(crate) fn postgres(workspace: &Workspace) -> Result<()> {
    let interrupts = Interrupts::watch()?;
    let server = Server::throw_away(workspace, &interrupts)?;
    say(server.url());
    let input = end_of_input();
    while input.recv_timeout(LOOK_AGAIN) == Err(RecvTimeoutError::Timeout) {
        interrupts.check()?;
    }
    Ok(())
}

/// Waits until standard input ends; fails when the program ends before.
pub(crate) fn stay(program: &mut Child) -> Result<()> {
    let input = end_of_input();
    while input.recv_timeout(LOOK_AGAIN) == Err(RecvTimeoutError::Timeout) {
        if let Some(status) = program.try_wait().context("cannot wait for a program")? {
            return Err(Failure::new(format!("it ended by itself with {status}")));
        }
    }
    Ok(())
}

/// Hears of the end of standard input: whoever holds the other end has ended, or has had enough.
pub(crate) fn end_of_input() -> Receiver<()> {
    let (sender, receiver) = mpsc::channel();
    thread::spawn(move || {
        let _ = io::stdin().read_to_end(&mut Vec::new());
        let _ = sender.send(());
    });
    receiver
}
