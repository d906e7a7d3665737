//! The process that stands between a test run and its server, so that the server ends with the run
//! however that ends.
//!
//! The run holds the other end of the guard's standard input. When the run ends, even by SIGKILL,
//! the system closes that end; the guard sees the end of its input, ends the server and removes the
//! cluster. The guard's standard output is the lock of the cluster's folder, which it thereby keeps.

use std::fs::{self, OpenOptions};
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::sync::mpsc::RecvTimeoutError;
use std::thread;
use std::time::{Duration, Instant};

use rustix::process::Signal;
use signal_hook::consts::{SIGHUP, SIGINT, SIGTERM};

use super::account::Account;
use super::folder;
use crate::companion::end_of_input;
use crate::failure::{Context, Failure, Result};
use crate::process::{LOOK_AGAIN, cannot_start, id_of};

/// How long a server that was told to end at once may take.
const END_LIMIT: Duration = Duration::from_secs(10);

/// What a guard is told on its command line.
#[derive(clap::Args)]
pub(crate) struct Order {
    /// The cluster's folder
    #[arg(long)]
    folder: PathBuf,
    /// The `postgres` program
    #[arg(long)]
    program: PathBuf,
    /// The TCP port on 127.0.0.1
    #[arg(long)]
    port: u16,
    /// The user to run the server as
    #[arg(long, requires = "group")]
    user: Option<u32>,
    /// The group to run the server as
    #[arg(long, requires = "user")]
    group: Option<u32>,
    /// What becomes of commits when the machine stops
    #[arg(long, value_enum)]
    durability: Durability,
}

/// What becomes of a cluster's commits when the machine stops.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub(crate) enum Durability {
    /// They may be lost, which makes them cheap.
    Forgetful,
    /// They are on the disk, as PostgreSQL's own defaults have it.
    Full,
}

impl Order {
    /// The order to run the `program` of PostgreSQL in a cluster's `folder`.
    pub(super) fn new(
        folder: PathBuf,
        program: PathBuf,
        port: u16,
        account: Account,
        durability: Durability,
    ) -> Self {
        let (user, group) = match account {
            Account::Own => (None, None),
            Account::Other { user, group } => (Some(user), Some(group)),
        };
        Self {
            folder,
            program,
            port,
            user,
            group,
            durability,
        }
    }

    /// The call of this program that carries the order out.
    pub(super) fn command(&self) -> Result<Command> {
        let own = std::env::current_exe().context("cannot find this program's own file")?;
        let mut command = Command::new(own);
        command
            .arg("postgres-guard")
            .arg("--folder")
            .arg(&self.folder);
        command
            .arg("--program")
            .arg(&self.program)
            .arg("--port")
            .arg(self.port.to_string());
        command.args([
            "--durability",
            match self.durability {
                Durability::Forgetful => "forgetful",
                Durability::Full => "full",
            },
        ]);
        if let (Some(user), Some(group)) = (self.user, self.group) {
            command.args(["--user", &user.to_string(), "--group", &group.to_string()]);
        }
        Ok(command)
    }

    fn account(&self) -> Account {
        match (self.user, self.group) {
            (Some(user), Some(group)) => Account::Other { user, group },
            _ => Account::Own,
        }
    }
}

/// Runs the server until standard input ends, then ends it and removes the cluster. Fails when the
/// server ends by itself; the cluster then stays for the run to look at.
pub(crate) fn run(order: &Order) -> Result<()> {
    outlive_signals()?;
    let mut server = start_server(order)?;
    let input = end_of_input();
    while input.recv_timeout(LOOK_AGAIN) == Err(RecvTimeoutError::Timeout) {
        if let Some(status) = server.try_wait().context("cannot wait for PostgreSQL")? {
            return Err(Failure::new(format!(
                "PostgreSQL ended by itself with {status}"
            )));
        }
    }
    end_server(&mut server)?;
    fs::remove_dir_all(&order.folder)
        .context(format_args!("cannot remove {}", order.folder.display()))
}

/// Whoever ends the guard's whole session ends the run as well, and the guard has work to do then.
fn outlive_signals() -> Result<()> {
    for signal in [SIGINT, SIGTERM, SIGHUP] {
        signal_hook::flag::register(signal, Arc::default()).context("cannot watch for signals")?;
    }
    Ok(())
}

fn start_server(order: &Order) -> Result<Child> {
    let log = folder::log_in(&order.folder);
    let open = || OpenOptions::new().create(true).append(true).open(&log);
    let mut command = Command::new(&order.program);
    command
        .arg("-D")
        .arg(folder::data_in(&order.folder))
        .args(settings(order));
    command.env("LC_ALL", "C").stdin(Stdio::null());
    command.stdout(open().context("cannot open the log")?);
    command.stderr(open().context("cannot open the log")?);
    order
        .account()
        .run_as(&mut command)
        .spawn()
        .context(cannot_start(&command))
}

/// A server of tests holds nothing anybody will miss, so it may forget it when the machine stops; the
/// crash tests kill Tasklane, not PostgreSQL.
const FORGETFUL: [&str; 3] = [
    "fsync=off",
    "synchronous_commit=off",
    "full_page_writes=off",
];

/// A server that has run for long has log files to write over, while a new one fills each with zeros
/// first, which takes the disk some 50 ms. So that it soon behaves like an old one, this one keeps the
/// files of its first minutes.
const DURABLE: [&str; 1] = ["min_wal_size=1GB"];

fn settings(order: &Order) -> Vec<String> {
    let socket_folder = folder::socket_folder_in(&order.folder)
        .display()
        .to_string();
    let mut settings = vec![
        format!("port={}", order.port),
        "listen_addresses=127.0.0.1".to_owned(),
        format!(
            "unix_socket_directories=\"{}\"",
            socket_folder.replace('"', "\"\"")
        ),
        "max_connections=200".to_owned(),
    ];
    let others: &[&str] = match order.durability {
        Durability::Forgetful => &FORGETFUL,
        Durability::Full => &DURABLE,
    };
    settings.extend(others.iter().map(|&setting| setting.to_owned()));
    settings
        .into_iter()
        .flat_map(|setting| ["-c".to_owned(), setting])
        .collect()
}

fn end_server(server: &mut Child) -> Result<()> {
    let _ = rustix::process::kill_process(id_of(server)?, Signal::QUIT);
    let told = Instant::now();
    while told.elapsed() < END_LIMIT {
        if server
            .try_wait()
            .context("cannot wait for PostgreSQL")?
            .is_some()
        {
            return Ok(());
        }
        thread::sleep(LOOK_AGAIN);
    }
    server
        .kill()
        .and_then(|()| server.wait())
        .context("cannot end PostgreSQL")?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn order(account: Account) -> Order {
        Order::new(
            "/a \"b\", c".into(),
            "/bin/postgres".into(),
            5433,
            account,
            Durability::Full,
        )
    }

    #[test]
    fn an_order_survives_the_command_line() {
        let order = order(Account::Other { user: 7, group: 8 });
        let command = order.command().unwrap();
        let arguments: Vec<_> = command.get_args().skip(1).collect();
        let expected = "--folder|/a \"b\", c|--program|/bin/postgres|--port|5433|--durability|full|--user|7|--group|8";
        assert_eq!(arguments, expected.split('|').collect::<Vec<_>>());
        assert!(matches!(
            order.account(),
            Account::Other { user: 7, group: 8 }
        ));
    }

    #[test]
    fn a_server_under_ones_own_account_is_told_no_user() {
        let command = order(Account::Own).command().unwrap();
        assert!(!command.get_args().any(|argument| argument == "--user"));
    }

    #[test]
    fn a_socket_folder_with_a_comma_stays_one_folder() {
        let settings = settings(&order(Account::Own));
        let folder = "unix_socket_directories=\"/a \"\"b\"\", c/socket\"";
        assert!(settings.contains(&folder.to_owned()));
    }

    #[test]
    fn only_a_forgetful_server_may_lose_commits() {
        let mut order = order(Account::Own);
        assert!(!settings(&order).contains(&"fsync=off".to_owned()));
        order.durability = Durability::Forgetful;
        assert!(settings(&order).contains(&"fsync=off".to_owned()));
    }
}
