//! Ctrl-C and termination, noted instead of ending the command at once: what it started is stopped
//! first.

use std::fmt;
use std::process::{Command, ExitStatus};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context, Result};
use rustix::process::{Signal, kill_process, kill_process_group};
use signal_hook::consts::{SIGHUP, SIGINT, SIGTERM};

use crate::process::{POLL_INTERVAL, cannot_start, id_of};

/// A terminal sends Ctrl-C to the running tests as well, and telling a test runner twice makes it
/// kill its tests; only a runner that is still there after this time has not been told.
const KEYBOARD_REACHES_ALL: Duration = Duration::from_secs(2);

/// The error of a command that the person at the keyboard, or the system, asked to stop.
#[derive(Debug)]
pub(crate) struct Interrupted;

impl fmt::Display for Interrupted {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("interrupted")
    }
}

impl std::error::Error for Interrupted {}

/// The requests to stop that have arrived.
#[derive(Default)]
pub(crate) struct Interrupts {
    keyboard: Arc<AtomicBool>,
    termination: Arc<AtomicBool>,
}

impl Interrupts {
    /// Starts to note SIGINT, SIGTERM and SIGHUP.
    pub(crate) fn watch() -> Result<Self> {
        let interrupts = Self::default();
        for (signal, flag) in [
            (SIGINT, &interrupts.keyboard),
            (SIGTERM, &interrupts.termination),
            (SIGHUP, &interrupts.termination),
        ] {
            signal_hook::flag::register(signal, Arc::clone(flag))
                .context("cannot watch for signals")?;
        }
        Ok(interrupts)
    }

    /// Fails with [`Interrupted`] once a request to stop has arrived.
    pub(crate) fn check(&self) -> Result<()> {
        let terminated = self.termination.load(Ordering::Relaxed);
        if terminated || self.keyboard.load(Ordering::Relaxed) {
            return Err(Interrupted.into());
        }
        Ok(())
    }

    /// Runs `command` to its end, and tells it to stop when this program is told; with it all of its
    /// process group, if it leads one. Fails when that happened; otherwise the status is the command's.
    pub(crate) fn run(&self, command: &mut Command) -> Result<ExitStatus> {
        self.check()?;
        let mut child = command.spawn().with_context(|| cannot_start(command))?;
        let id = id_of(&child)?;
        let mut noticed = None;
        let mut told = false;
        loop {
            if let Some(status) = child.try_wait().context("cannot wait for a program")? {
                self.check()?;
                return Ok(status);
            }
            if self.check().is_err() && !told {
                let since: &mut Instant = noticed.get_or_insert_with(Instant::now);
                let terminated = self.termination.load(Ordering::Relaxed);
                if terminated || since.elapsed() > KEYBOARD_REACHES_ALL {
                    let group = kill_process_group(id, Signal::TERM);
                    let _ = group.or_else(|_| kill_process(id, Signal::TERM));
                    told = true;
                }
            }
            thread::sleep(POLL_INTERVAL);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_undisturbed_command_ends_with_its_own_status() {
        let status = Interrupts::default().run(Command::new("sh").args(["-c", "exit 4"]));
        assert_eq!(status.unwrap().code(), Some(4));
    }

    #[test]
    fn nothing_is_started_after_a_request_to_stop() {
        let interrupts = Interrupts::default();
        interrupts.keyboard.store(true, Ordering::Relaxed);
        let error = interrupts.run(&mut Command::new("no-such-program"));
        assert!(error.unwrap_err().is::<Interrupted>());
    }

    #[test]
    fn a_running_command_is_told_to_stop() {
        use std::os::unix::process::CommandExt;
        for (keyboard, leads_a_group) in [(true, false), (false, false), (false, true)] {
            let interrupts = Interrupts::default();
            let flag = Arc::clone(if keyboard {
                &interrupts.keyboard
            } else {
                &interrupts.termination
            });
            thread::spawn(move || {
                thread::sleep(Duration::from_millis(100));
                flag.store(true, Ordering::Relaxed);
            });
            let started = Instant::now();
            let mut command = Command::new("sleep");
            command.arg("60");
            if leads_a_group {
                command.process_group(0);
            }
            assert!(
                interrupts
                    .run(&mut command)
                    .unwrap_err()
                    .is::<Interrupted>()
            );
            assert!(started.elapsed() < Duration::from_secs(30));
        }
    }
}
