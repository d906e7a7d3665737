//! A PostgreSQL server that one test has to itself, to be configured and frozen as it likes.

use std::fs;
use std::os::unix::fs::{MetadataExt, PermissionsExt, chown};
use std::path::PathBuf;
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, kill_process};
use tokio_postgres::{Client, NoTls};

use crate::companion::Companion;

/// How long the server may take to read its settings again.
const RELOAD_LIMIT: Duration = Duration::from_secs(20);
const LOOK_AGAIN: Duration = Duration::from_millis(20);

/// A server that ends with the value.
#[derive(Debug)]
pub struct OwnPostgres {
    companion: Companion,
    data: PathBuf,
    frozen: Vec<Pid>,
}

impl OwnPostgres {
    /// Starts a server.
    pub async fn start() -> Self {
        let companion = Companion::postgres();
        let admin = connect(companion.place()).await;
        let data: String = query(&admin, "SHOW data_directory").await;
        Self {
            companion,
            data: data.into(),
            frozen: Vec::new(),
        }
    }

    /// A superuser's URL.
    #[must_use]
    pub fn url(&self) -> &str {
        self.companion.place()
    }

    /// The port, on 127.0.0.1.
    #[must_use]
    pub fn port(&self) -> u16 {
        let url: reqwest::Url = self.url().parse().expect("a URL");
        url.port().expect("it has a port")
    }

    /// Runs statements as a superuser.
    pub async fn execute(&self, statements: &[&str]) {
        let admin = connect(self.url()).await;
        for statement in statements {
            let done = admin.batch_execute(statement).await;
            done.unwrap_or_else(|error| panic!("{statement}: {error:?}"));
        }
    }

    /// Puts a file into its data folder, for its eyes only.
    pub fn write(&self, name: &str, text: &str) {
        let path = self.data.join(name);
        fs::write(&path, text).expect("the data folder can be written to");
        let mode = fs::Permissions::from_mode(0o600);
        fs::set_permissions(&path, mode).expect("a file can be protected");
        let folder = fs::metadata(&self.data).expect("the data folder is there");
        chown(&path, Some(folder.uid()), Some(folder.gid())).expect("a file can be given away");
    }

    /// Has it read its settings and certificates again.
    pub async fn reload(&self) {
        const LOADED: &str = "SELECT pg_conf_load_time()::text";
        let admin = connect(self.url()).await;
        let before: String = query(&admin, LOADED).await;
        admin
            .batch_execute("SELECT pg_reload_conf()")
            .await
            .expect("it reads its settings again");
        let started = Instant::now();
        // A new session knows what the server itself has read.
        while query(&connect(self.url()).await, LOADED).await == before {
            assert!(started.elapsed() < RELOAD_LIMIT, "it keeps its settings");
            tokio::time::sleep(LOOK_AGAIN).await;
        }
    }

    /// Stops all of its processes in their tracks.
    pub fn freeze(&mut self) {
        let file = fs::read_to_string(self.data.join("postmaster.pid"));
        let file = file.expect("the server runs");
        let main = file.lines().next().and_then(|line| line.parse().ok());
        let main: i32 = main.expect("it says which process it is");
        // The first is the one that would start more.
        let mut processes = vec![main];
        signal(main, Signal::STOP);
        processes.extend(children_of(main));
        for process in &processes[1..] {
            signal(*process, Signal::STOP);
        }
        self.frozen = processes.into_iter().filter_map(Pid::from_raw).collect();
    }

    /// Lets them go on.
    pub fn thaw(&mut self) {
        for process in self.frozen.drain(..) {
            // It may have been told to end in the meantime.
            let _ = kill_process(process, Signal::CONT);
        }
    }
}

impl Drop for OwnPostgres {
    fn drop(&mut self) {
        self.thaw();
    }
}

fn signal(process: i32, signal: Signal) {
    let pid = Pid::from_raw(process).expect("a process id");
    // A session may have just ended.
    let _ = kill_process(pid, signal);
}

fn children_of(parent: i32) -> Vec<i32> {
    let parent = parent.to_string();
    let listed = std::process::Command::new("ps")
        .args(["-A", "-o", "pid=,ppid="])
        .output()
        .expect("ps lists the processes");
    let listed = String::from_utf8_lossy(&listed.stdout).into_owned();
    let pairs = listed.lines().map(|line| {
        let mut numbers = line.split_whitespace();
        (numbers.next(), numbers.next())
    });
    pairs
        .filter(|(_, of)| *of == Some(&parent))
        .filter_map(|(process, _)| process?.parse().ok())
        .collect()
}

async fn connect(url: &str) -> Client {
    let (client, connection) = tokio_postgres::connect(url, NoTls)
        .await
        .expect("the server can be reached");
    tokio::spawn(connection);
    client
}

async fn query(client: &Client, question: &str) -> String {
    let row = client.query_one(question, &[]).await;
    row.expect("it answers").get(0)
}
