//! A running server: a process of its own, on ports of its own.

use std::fs::{self, File};
use std::path::PathBuf;
use std::process::{ExitStatus, Stdio};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, kill_process};
use tokio::process::Child;

use crate::client::Client;
use crate::program::Program;
use crate::user::User;

/// How long a server may take to listen, on a machine that is busy compiling.
const START_LIMIT: Duration = Duration::from_mins(1);
/// How long a server may take to end; its own bound is shorter.
const STOP_LIMIT: Duration = Duration::from_secs(45);
/// How long after an answer its log line may come.
const LOG_LIMIT: Duration = Duration::from_secs(10);
const LOOK_AGAIN: Duration = Duration::from_millis(3);
/// How much of the log is shown when a test fails.
const LOG_LINES_SHOWN: usize = 60;

const LISTENING: &str = "listening on ";
const MANAGEMENT: &str = "management on ";

/// A server process. Dropping it kills it, and shows its log when that happens in a failing test.
#[derive(Debug)]
pub struct Server {
    child: Child,
    url: String,
    management_url: String,
    stdout: PathBuf,
    stderr: PathBuf,
}

impl Program {
    /// Starts `tasklane serve` and waits until it says where it listens.
    pub async fn serve(&self) -> Server {
        static STARTED: AtomicUsize = AtomicUsize::new(0);
        let number = STARTED.fetch_add(1, Ordering::Relaxed);
        let stdout = self.folder().join(format!("server-{number}.out"));
        let stderr = self.folder().join(format!("server-{number}.err"));
        let file = |path: &PathBuf| Stdio::from(File::create(path).expect("a log can be made"));
        let child = self
            .command(&["serve"])
            .stdin(Stdio::null())
            .stdout(file(&stdout))
            .stderr(file(&stderr))
            .kill_on_drop(true)
            .spawn()
            .expect("the program can be started");
        let (url, management_url) = (String::new(), String::new());
        let mut server = Server {
            child,
            url,
            management_url,
            stdout,
            stderr,
        };
        server.wait_until_listening().await;
        server
    }
}

impl Server {
    /// Where it listens: `http://127.0.0.1:43211`.
    #[must_use]
    pub fn url(&self) -> &str {
        &self.url
    }

    /// Where it listens, without the scheme.
    #[must_use]
    pub fn address(&self) -> &str {
        self.url
            .strip_prefix("http://")
            .expect("it listens on plain HTTP")
    }

    /// Where it is managed.
    #[must_use]
    pub fn management_url(&self) -> &str {
        &self.management_url
    }

    /// A client that presents no token.
    #[must_use]
    pub fn anonymous(&self) -> Client {
        Client::new(&self.url)
    }

    /// Registers an account, whose address begins with `name`, and signs it in.
    pub async fn user(&self, name: &str) -> User {
        User::register(self.anonymous(), name).await
    }

    /// What it has written on stdout.
    #[must_use]
    pub fn stdout(&self) -> String {
        fs::read_to_string(&self.stdout).expect("stdout is UTF-8")
    }

    /// What it has logged.
    #[must_use]
    pub fn log(&self) -> String {
        String::from_utf8_lossy(&fs::read(&self.stderr).unwrap_or_default()).into_owned()
    }

    /// What it has logged, once a text is in it: a log line may be written after the answer.
    pub async fn log_with(&self, text: &str) -> String {
        let started = Instant::now();
        loop {
            let log = self.log();
            if log.contains(text) {
                return log;
            }
            assert!(started.elapsed() < LOG_LIMIT, "{text} is not logged");
            tokio::time::sleep(LOOK_AGAIN).await;
        }
    }

    /// Its process id.
    #[must_use]
    pub fn process_id(&self) -> u32 {
        self.child.id().expect("the server still runs")
    }

    /// Its resident set, in bytes.
    #[cfg(target_os = "linux")]
    #[must_use]
    pub fn memory(&self) -> usize {
        let status = fs::read_to_string(format!("/proc/{}/status", self.process_id()));
        let status = status.expect("the server still runs");
        let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
        let kibibytes = line.and_then(|line| line.trim().strip_suffix(" kB"));
        let kibibytes: usize = kibibytes
            .and_then(|number| number.parse().ok())
            .expect("a size");
        kibibytes * 1024
    }

    /// Sends it a signal.
    pub fn signal(&self, signal: Signal) {
        kill_process(self.pid(), signal).expect("the server can be signalled");
    }

    /// Bounds the size of the files that it writes, or lifts the bound again: what a full disk is to
    /// a program, though with another error number. It must ignore `SIGXFSZ`.
    #[cfg(target_os = "linux")]
    pub fn limit_file_size(&self, bytes: Option<u64>) {
        let limit = rustix::process::Rlimit {
            current: bytes,
            maximum: None,
        };
        let resource = rustix::process::Resource::Fsize;
        rustix::process::prlimit(Some(self.pid()), resource, limit)
            .expect("the server can be limited");
    }

    fn pid(&self) -> Pid {
        let id = i32::try_from(self.process_id()).ok();
        id.and_then(Pid::from_raw).expect("a process id")
    }

    /// Waits until it has ended.
    pub async fn ended(&mut self) -> ExitStatus {
        tokio::time::timeout(STOP_LIMIT, self.child.wait())
            .await
            .expect("the server ends in time")
            .expect("the server can be waited for")
    }

    /// Asks it to stop, as a service manager does, and waits until it has.
    pub async fn stop(mut self) {
        self.signal(Signal::TERM);
        let status = self.ended().await;
        assert!(
            status.success(),
            "a server that was asked to stop ended with {status}"
        );
    }

    /// Ends it as a power cut would: nothing of it runs after this instant.
    pub async fn kill(mut self) {
        self.signal(Signal::KILL);
        self.ended().await;
    }

    async fn wait_until_listening(&mut self) {
        let started = Instant::now();
        loop {
            let stdout = self.stdout();
            let urls = (
                line_after(&stdout, LISTENING),
                line_after(&stdout, MANAGEMENT),
            );
            if let (Some(url), Some(management_url)) = urls {
                (self.url, self.management_url) = (url, management_url);
                return;
            }
            if let Some(status) = self.child.try_wait().expect("the server can be waited for") {
                panic!("the server ended with {status} before it listened");
            }
            let waited = started.elapsed();
            assert!(
                waited < START_LIMIT,
                "the server does not say where it listens:\n{stdout}"
            );
            tokio::time::sleep(LOOK_AGAIN).await;
        }
    }
}

impl Drop for Server {
    #[expect(
        clippy::print_stderr,
        reason = "shown with the test's own output when it fails"
    )]
    fn drop(&mut self) {
        let _ = self.child.start_kill();
        if std::thread::panicking() {
            let log = self.log();
            let lines: Vec<&str> = log.lines().collect();
            let shown = &lines[lines.len().saturating_sub(LOG_LINES_SHOWN)..];
            eprintln!(
                "--- the end of the server's log ---\n{}\n---",
                shown.join("\n")
            );
        }
    }
}

/// What follows `start` on its line, once the line is complete.
fn line_after(text: &str, start: &str) -> Option<String> {
    let complete = &text[..=text.rfind('\n')?];
    complete
        .lines()
        .find_map(|line| line.strip_prefix(start))
        .map(str::to_owned)
}
