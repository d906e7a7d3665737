//! Ctrl-C and termination, taken note of instead of ending the command at once: what it started is
//! stopped first.

use std::process::{Command, ExitStatus};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use rustix::process::Signal;
use signal_hook::consts::{SIGHUP, SIGINT, SIGTERM};

use crate::failure::{Context, Failure, Result};
use crate::process::{LOOK_AGAIN, cannot_start, id_of};

/// A terminal sends Ctrl-C to the running tests as well, and telling a test runner twice makes it
/// kill its tests; only a runner still there after this time has not been told.
const KEYBOARD_REACHES_ALL: Duration = Duration::from_secs(2);

/// The requests to stop that have arrived so far.
pub(crate) struct Interrupts {
    keyboard: Arc<AtomicBool>,
    termination: Arc<AtomicBool>,
}

impl Interrupts {
    /// Starts taking note of SIGINT, SIGTERM and SIGHUP.
    pub(crate) fn watch() -> Result<Self> {
        let interrupts = Self {
            keyboard: Arc::default(),
            termination: Arc::default(),
        };
        let flags = [
            (SIGINT, &interrupts.keyboard),
            (SIGTERM, &interrupts.termination),
            (SIGHUP, &interrupts.termination),
        ];
        for (signal, flag) in flags {
            signal_hook::flag::register(signal, Arc::clone(flag))
                .context("cannot watch for signals")?;
        }
        Ok(interrupts)
    }

    /// Fails once a request to stop has arrived.
    pub(crate) fn check(&self) -> Result<()> {
        if self.keyboard() || self.termination() {
            Err(Failure::Interrupted)
        } else {
            Ok(())
        }
    }

    /// Runs `command` to its end, telling it to stop when this program is told. Fails when that
    /// happened; otherwise the status is the command's.
    pub(crate) fn run(&self, command: &mut Command) -> Result<ExitStatus> {
        self.check()?;
        let mut child = command.spawn().context(cannot_start(command))?;
        let mut noticed = None;
        let mut told = false;
        loop {
            if let Some(status) = child.try_wait().context("cannot wait for a program")? {
                self.check()?;
                return Ok(status);
            }
            if self.check().is_err() && !told {
                let since: &mut Instant = noticed.get_or_insert_with(Instant::now);
                if self.termination() || since.elapsed() > KEYBOARD_REACHES_ALL {
                    let _ = rustix::process::kill_process(id_of(&child)?, Signal::TERM);
                    told = true;
                }
            }
            thread::sleep(LOOK_AGAIN);
        }
    }

    fn keyboard(&self) -> bool {
        self.keyboard.load(Ordering::Relaxed)
    }

    fn termination(&self) -> bool {
        self.termination.load(Ordering::Relaxed)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn interrupts(keyboard: bool, termination: bool) -> Interrupts {
        Interrupts {
            keyboard: Arc::new(AtomicBool::new(keyboard)),
            termination: Arc::new(AtomicBool::new(termination)),
        }
    }

    #[test]
    fn an_undisturbed_command_ends_with_its_own_status() {
        let status = interrupts(false, false).run(Command::new("sh").args(["-c", "exit 4"]));
        assert_eq!(status.unwrap().code(), Some(4));
    }

    #[test]
    fn nothing_is_started_after_a_request_to_stop() {
        let failure = interrupts(true, false).run(&mut Command::new("no-such-program"));
        assert!(matches!(failure, Err(Failure::Interrupted)));
    }

    #[test]
    fn a_running_command_is_told_to_stop() {
        for termination in [false, true] {
            let interrupts = interrupts(false, false);
            let flag = Arc::clone(if termination {
                &interrupts.termination
            } else {
                &interrupts.keyboard
            });
            thread::spawn(move || {
                thread::sleep(Duration::from_millis(100));
                flag.store(true, Ordering::Relaxed);
            });
            let started = Instant::now();
            let failure = interrupts.run(Command::new("sleep").arg("60"));
            assert!(matches!(failure, Err(Failure::Interrupted)));
            assert!(started.elapsed() < Duration::from_secs(30));
        }
    }
}
