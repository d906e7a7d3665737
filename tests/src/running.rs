//! A command under way: to be waited for, watched, or killed.

use std::process::Stdio;
use std::time::Duration;

use tokio::process::Child;

use crate::program::{Finished, Program};

/// How long a command may take in all.
const RUN_LIMIT: Duration = Duration::from_mins(5);
const LOOK_AGAIN: Duration = Duration::from_millis(3);

/// A command under way. Dropping it kills it.
#[derive(Debug)]
pub struct Running(Child);

impl Program {
    /// Starts a command.
    pub fn start(&self, arguments: &[&str]) -> Running {
        let child = self
            .command(arguments)
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .kill_on_drop(true)
            .spawn()
            .expect("the program can be started");
        Running(child)
    }
}

impl Running {
    /// Waits for its end.
    pub async fn finished(self) -> Finished {
        let output = tokio::time::timeout(RUN_LIMIT, self.0.wait_with_output())
            .await
            .expect("the command ends in time")
            .expect("the command can be waited for");
        Finished {
            status: output.status,
            stdout: String::from_utf8(output.stdout).expect("stdout is UTF-8"),
            stderr: String::from_utf8_lossy(&output.stderr).into_owned(),
        }
    }

    /// Whether it has ended.
    pub fn has_ended(&mut self) -> bool {
        let ended = self.0.try_wait();
        ended.expect("the command can be waited for").is_some()
    }

    /// Ends it as a power cut would. False when it had ended on its own, and so may have succeeded.
    pub async fn kill(mut self) -> bool {
        self.0.start_kill().expect("the command can be killed");
        let status = self.0.wait().await;
        status
            .expect("the command can be waited for")
            .code()
            .is_none()
    }

    /// Waits for its end, and gives the largest resident set that it had, in bytes.
    #[cfg(target_os = "linux")]
    pub async fn finished_with_peak(self) -> (Finished, usize) {
        let status = format!("/proc/{}/status", self.0.id().expect("it still runs"));
        let mut peak = 0;
        let mut finished = Box::pin(self.finished());
        loop {
            // The peak only grows; between its end and its being waited for it has none.
            peak = peak_in(&status).unwrap_or(peak);
            tokio::select! {
                finished = &mut finished => return (finished, peak),
                () = tokio::time::sleep(LOOK_AGAIN) => {}
            }
        }
    }
}

#[cfg(target_os = "linux")]
fn peak_in(status: &str) -> Option<usize> {
    let status = std::fs::read_to_string(status).ok()?;
    let line = status
        .lines()
        .find_map(|line| line.strip_prefix("VmHWM:"))?;
    let kibibytes: usize = line.trim().strip_suffix(" kB")?.parse().ok()?;
    Some(kibibytes * 1024)
}
