//! Running other programs and saying plainly how they failed.

use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};
use rustix::process::{Pid, Signal};

/// How often a waiting command looks whether what it waits for has happened.
pub(crate) const POLL_INTERVAL: Duration = Duration::from_millis(50);

/// Runs `command` on this program's own terminal; anything but success is an error.
pub(crate) fn run(command: &mut Command) -> Result<()> {
    let status = command.status().with_context(|| cannot_start(command))?;
    expect_success(command, status)
}

/// Runs `command` and returns what it wrote to standard output; its standard error is passed on.
pub(crate) fn read(command: &mut Command) -> Result<String> {
    let output = command
        .stderr(Stdio::inherit())
        .output()
        .with_context(|| cannot_start(command))?;
    expect_success(command, output.status)?;
    String::from_utf8(output.stdout)
        .with_context(|| format!("`{}` did not write UTF-8", line_of(command)))
}

/// Runs `command` without showing it; `None` when it cannot be started or does not succeed.
pub(crate) fn probe(command: &mut Command) -> Option<String> {
    let output = command.stdin(Stdio::null()).output().ok()?;
    let text = String::from_utf8(output.stdout).ok()?;
    output.status.success().then(|| text.trim().to_owned())
}

/// Runs `command` without showing it; what it wrote is part of the error when it fails.
pub(crate) fn run_quietly(command: &mut Command) -> Result<()> {
    let output = command
        .stdin(Stdio::null())
        .output()
        .with_context(|| cannot_start(command))?;
    expect_success(command, output.status).with_context(|| {
        let words = [&output.stdout, &output.stderr].map(|bytes| String::from_utf8_lossy(bytes));
        words.concat()
    })
}

/// Runs `command` without showing it, and ends it with everything it started when it takes longer
/// than `limit`.
pub(crate) fn run_within(command: &mut Command, limit: Duration) -> Result<()> {
    command
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .process_group(0);
    let mut child = command.spawn().with_context(|| cannot_start(command))?;
    if let Some(status) = wait_within(&mut child, limit)? {
        return expect_success(command, status);
    }
    let _ = rustix::process::kill_process_group(id_of(&child)?, Signal::KILL);
    let _ = child.wait();
    bail!("`{}` took too long", line_of(command))
}

/// Waits for `child` to end; `None` when it is still running after `limit`.
pub(crate) fn wait_within(child: &mut Child, limit: Duration) -> Result<Option<ExitStatus>> {
    let started = Instant::now();
    loop {
        let status = child.try_wait().context("cannot wait for a program")?;
        if status.is_some() || started.elapsed() > limit {
            return Ok(status);
        }
        thread::sleep(POLL_INTERVAL);
    }
}

/// The process id of `child` in the form that signals need.
pub(crate) fn id_of(child: &Child) -> Result<Pid> {
    let id = i32::try_from(child.id()).ok().and_then(Pid::from_raw);
    id.with_context(|| format!("{} is not a process id", child.id()))
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
    format!("cannot start `{}`", command.get_program().display())
}

fn expect_success(command: &Command, status: ExitStatus) -> Result<()> {
    if status.success() {
        return Ok(());
    }
    bail!("`{}` ended with {status}", line_of(command))
}

/// The command as one would type it, without its program's folder.
fn line_of(command: &Command) -> String {
    let program = command.get_program();
    let name = Path::new(program).file_name().unwrap_or(program);
    std::iter::once(name)
        .chain(command.get_args())
        .map(|word| word.to_string_lossy())
        .collect::<Vec<_>>()
        .join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_error_names_the_command_and_its_status() {
        let error = run(Command::new("sh").args(["-c", "exit 3"])).unwrap_err();
        assert_eq!(
            error.to_string(),
            "`sh -c exit 3` ended with exit status: 3"
        );
    }

    #[test]
    fn a_program_that_is_missing_is_named() {
        let error = run(&mut Command::new("no-such-program")).unwrap_err();
        assert!(format!("{error:#}").starts_with("cannot start `no-such-program`: "));
    }

    #[test]
    fn a_program_that_hangs_is_ended() {
        let started = Instant::now();
        let error =
            run_within(Command::new("sleep").arg("60"), Duration::from_millis(200)).unwrap_err();
        assert_eq!(error.to_string(), "`sleep 60` took too long");
        assert!(started.elapsed() < Duration::from_secs(30));
    }

    #[test]
    fn a_quiet_program_is_heard_when_it_fails() {
        let error = run_quietly(Command::new("sh").args(["-c", "echo why; exit 1"])).unwrap_err();
        assert!(format!("{error:#}").starts_with("why"));
    }

    #[test]
    fn a_probe_returns_the_output_of_a_program_that_succeeds() {
        assert_eq!(
            probe(Command::new("echo").arg("17.2")).as_deref(),
            Some("17.2")
        );
        assert_eq!(probe(&mut Command::new("false")), None);
        assert_eq!(probe(&mut Command::new("no-such-program")), None);
    }
}
