//! Running other programs and saying plainly how they failed.

use std::ffi::OsStr;
use std::os::unix::process::CommandExt;
use std::path::PathBuf;
use std::process::{Child, Command, ExitStatus, Output, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal};

use crate::failure::{Context, Failure, Result};

/// How often a waiting command looks whether what it waits for has happened.
pub(crate) const LOOK_AGAIN: Duration = Duration::from_millis(50);

/// Runs `command` on this program's own terminal; anything but success is a failure.
pub(crate) fn run(command: &mut Command) -> Result<()> {
    let status = command.status().context(cannot_start(command))?;
    succeeded(command, status)
}

/// Runs `command` and returns what it wrote to standard output; its standard error is passed on.
pub(crate) fn read(command: &mut Command) -> Result<String> {
    let output = command
        .stderr(Stdio::inherit())
        .output()
        .context(cannot_start(command))?;
    succeeded(command, output.status)?;
    String::from_utf8(output.stdout)
        .context(format_args!("`{}` did not write UTF-8", line_of(command)))
}

/// Runs `command` without showing it; `None` when it cannot be started or does not succeed.
pub(crate) fn probe(command: &mut Command) -> Option<String> {
    let output = command.stdin(Stdio::null()).output().ok()?;
    let text = String::from_utf8(output.stdout).ok()?;
    output.status.success().then(|| text.trim().to_owned())
}

/// Runs `command` without showing it, and ends it with everything it started when it takes longer
/// than `limit`. What it wrote is part of the failure.
pub(crate) fn run_within(command: &mut Command, limit: Duration) -> Result<()> {
    command
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .process_group(0);
    let mut child = command.spawn().context(cannot_start(command))?;
    let started = Instant::now();
    loop {
        if let Some(status) = child.try_wait().context("cannot wait for a program")? {
            return succeeded(command, status);
        }
        if started.elapsed() > limit {
            let _ = rustix::process::kill_process_group(id_of(&child)?, Signal::KILL);
            let _ = child.wait();
            return Err(Failure::new(format!(
                "`{}` took too long",
                line_of(command)
            )));
        }
        thread::sleep(LOOK_AGAIN);
    }
}

/// Fails with everything a captured program wrote unless it succeeded.
pub(crate) fn succeeded_with(command: &Command, output: &Output) -> Result<()> {
    succeeded(command, output.status).map_err(|failure| {
        let words = [&output.stdout, &output.stderr].map(|bytes| String::from_utf8_lossy(bytes));
        Failure::new(format!("{failure}\n{}{}", words[0], words[1]))
    })
}

/// The process id of `child` as signals want it.
pub(crate) fn id_of(child: &Child) -> Result<Pid> {
    i32::try_from(child.id())
        .ok()
        .and_then(Pid::from_raw)
        .ok_or_else(|| Failure::new(format!("{} is no process id", child.id())))
}

/// The file that a shell would start for `name`.
pub(crate) fn on_path(name: &str) -> Option<PathBuf> {
    let folders = std::env::var_os("PATH")?;
    std::env::split_paths(&folders)
        .map(|folder| folder.join(name))
        .find(|file| file.is_file())
}

/// The start of a message about a `command` that did not even begin.
pub(crate) fn cannot_start(command: &Command) -> String {
    format!("cannot start `{}`", command.get_program().to_string_lossy())
}

fn succeeded(command: &Command, status: ExitStatus) -> Result<()> {
    if status.success() {
        return Ok(());
    }
    Err(Failure::new(format!(
        "`{}` ended with {status}",
        line_of(command)
    )))
}

/// The command as one would type it, with its program's folder left out.
fn line_of(command: &Command) -> String {
    let program = PathBuf::from(command.get_program());
    let name = program
        .file_name()
        .unwrap_or(command.get_program())
        .to_owned();
    std::iter::once(name.as_os_str())
        .chain(command.get_args())
        .map(OsStr::to_string_lossy)
        .collect::<Vec<_>>()
        .join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_failure_names_the_command_and_its_status() {
        let failure = run(Command::new("sh").args(["-c", "exit 3"])).unwrap_err();
        assert_eq!(
            failure.to_string(),
            "`sh -c exit 3` ended with exit status: 3"
        );
    }

    #[test]
    fn a_program_that_is_missing_is_named() {
        let failure = run(&mut Command::new("no-such-program")).unwrap_err();
        assert!(
            failure
                .to_string()
                .starts_with("cannot start `no-such-program`: ")
        );
    }

    #[test]
    fn a_program_that_hangs_is_ended() {
        let started = Instant::now();
        let failure =
            run_within(Command::new("sleep").arg("60"), Duration::from_millis(200)).unwrap_err();
        assert_eq!(failure.to_string(), "`sleep 60` took too long");
        assert!(started.elapsed() < Duration::from_secs(30));
    }

    #[test]
    fn a_probe_answers_what_was_written_or_nothing() {
        assert_eq!(
            probe(Command::new("echo").arg("17.2")).as_deref(),
            Some("17.2")
        );
        assert_eq!(probe(&mut Command::new("false")), None);
        assert_eq!(probe(&mut Command::new("no-such-program")), None);
    }
}
