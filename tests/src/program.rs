//! The program under test: where it is, with which settings it runs, and how a run of it ends.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::{ExitStatus, Stdio};
use std::time::Duration;

use tokio::process::Command;

/// What local tokens are signed with, unless a test says otherwise.
pub const SECRET: &str = "an HS256 secret that only the tests know";

/// How long a command that is no server may take.
const COMMAND_LIMIT: Duration = Duration::from_mins(1);

/// The program with the settings of one run. It gets no environment variable but these.
#[derive(Debug, Clone)]
pub struct Program {
    folder: PathBuf,
    environment: BTreeMap<String, String>,
    prelude: Option<String>,
}

/// How a command ended.
#[derive(Debug)]
pub struct Finished {
    /// Its exit status.
    pub status: ExitStatus,
    /// What it wrote for programs.
    pub stdout: String,
    /// What it wrote for people.
    pub stderr: String,
}

impl Program {
    /// The program at work in a folder, without any setting: all defaults.
    #[must_use]
    pub fn bare(folder: &Path) -> Self {
        Self {
            folder: folder.to_owned(),
            environment: BTreeMap::new(),
            prelude: None,
        }
    }

    /// The settings that most tests run with: free ports, a known secret, no limit of a caller's
    /// requests that a test could reach.
    #[must_use]
    pub fn for_tests(folder: &Path) -> Self {
        Self::bare(folder)
            .set("server.address", "127.0.0.1:0")
            .set("server.workers", "2")
            .set("management.address", "127.0.0.1:0")
            .set("auth.secret", SECRET)
            .set("rate_limit.api.quota", "1000000")
            .set("rate_limit.auth.quota", "1000000")
            .set("rate_limit.refresh.quota", "1000000")
            .set("rate_limit.work.quota", "1h")
            .set("server.user_concurrency", "1000")
            .set("log.format", "json")
    }

    /// Changes a setting, named as the documentation names it: `server.request_timeout`.
    #[must_use]
    pub fn set(self, setting: &str, value: &str) -> Self {
        let name = setting.replace('.', "__").to_uppercase();
        self.variable(&format!("TASKLANE__{name}"), value)
    }

    /// Sets an environment variable.
    #[must_use]
    pub fn variable(mut self, name: &str, value: &str) -> Self {
        self.environment.insert(name.to_owned(), value.to_owned());
        self
    }

    /// Takes a setting back, so that its default counts.
    #[must_use]
    pub fn unset(mut self, setting: &str) -> Self {
        let name = setting.replace('.', "__").to_uppercase();
        self.environment.remove(&format!("TASKLANE__{name}"));
        self
    }

    /// Has a shell do something before it becomes the program: what a shell sets stays set.
    #[must_use]
    pub fn after(mut self, prelude: &str) -> Self {
        self.prelude = Some(prelude.to_owned());
        self
    }

    /// The folder that it works in.
    #[must_use]
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// Runs a command to its end.
    pub async fn run(&self, arguments: &[&str]) -> Finished {
        let running = self
            .command(arguments)
            .stdin(Stdio::null())
            .kill_on_drop(true)
            .output();
        let output = tokio::time::timeout(COMMAND_LIMIT, running)
            .await
            .unwrap_or_else(|_| panic!("`tasklane {}` did not end", arguments.join(" ")))
            .expect("the program can be started");
        Finished {
            status: output.status,
            stdout: String::from_utf8(output.stdout).expect("stdout is UTF-8"),
            stderr: String::from_utf8_lossy(&output.stderr).into_owned(),
        }
    }

    pub(crate) fn command(&self, arguments: &[&str]) -> Command {
        let mut command = match &self.prelude {
            None => Command::new(executable()),
            Some(prelude) => {
                let mut shell = Command::new("/bin/sh");
                let script = format!("{prelude} && exec \"$0\" \"$@\"");
                shell.arg("-c").arg(script).arg(executable());
                shell
            }
        };
        command
            .args(arguments)
            .current_dir(&self.folder)
            .env_clear()
            .envs(&self.environment);
        command
    }
}

impl Finished {
    /// Fails unless the command succeeded.
    #[track_caller]
    pub fn succeeded(self) -> Self {
        assert!(
            self.status.success(),
            "{}\n{}\n{}",
            self.status,
            self.stdout,
            self.stderr
        );
        self
    }

    /// Fails unless the command itself gave up, as opposed to crashing, with exactly one line to say
    /// why. Gives that line.
    #[track_caller]
    pub fn failed_with_one_line(&self) -> &str {
        let code = self.status.code();
        assert!(
            code.is_some_and(|code| code != 0 && code != 101),
            "a failure of its own was expected: {}\n{}",
            self.status,
            self.stderr
        );
        let lines: Vec<&str> = self
            .stderr
            .lines()
            .filter(|line| !line.is_empty())
            .collect();
        assert_eq!(
            lines.len(),
            1,
            "one clear line was expected:\n{}",
            self.stderr
        );
        lines[0]
    }
}

/// Where the program is: beside the folder of the test's own executable.
#[must_use]
pub fn executable() -> PathBuf {
    let mut folder = std::env::current_exe().expect("a test knows where it lies");
    folder.pop();
    if folder.ends_with("deps") {
        folder.pop();
    }
    let executable = folder.join("tasklane");
    assert!(
        executable.is_file(),
        "there is no {}: run `cargo xtask test`, or `cargo build -p tasklane` first",
        executable.display()
    );
    executable
}

/// Tells one build of the program from another.
pub(crate) fn build_id() -> String {
    use std::hash::{DefaultHasher, Hash, Hasher};
    let path = executable();
    let metadata = path.metadata().expect("the program's metadata can be read");
    let mut hasher = DefaultHasher::new();
    (path, metadata.len(), metadata.modified().ok()).hash(&mut hasher);
    format!("{:016x}", hasher.finish())
}
