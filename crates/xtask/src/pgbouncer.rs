//! A PgBouncer that gives each transaction another session, before a PostgreSQL of the tests.

use std::fs;
use std::net::{Ipv4Addr, SocketAddr, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use crate::companion;
use crate::console::say;
use crate::failure::{Context, Failure, Result};
use crate::install::{self, Software};
use crate::interrupts::Interrupts;
use crate::postgres::{Account, free_port};
use crate::process::{self, LOOK_AGAIN, cannot_start};

const SOFTWARE: Software = Software {
    name: "PgBouncer",
    apt: "pgbouncer",
    dnf: "pgbouncer",
    apk: "pgbouncer",
    brew: "pgbouncer",
};

/// Where it lies when its folder is not on the search path, as with users that are not root.
const USUAL_PLACES: [&str; 3] = ["/usr/sbin", "/usr/local/sbin", "/opt/homebrew/bin"];

/// How long it may take to listen.
const START_LIMIT: Duration = Duration::from_secs(30);

/// What it is told on its command line.
#[derive(clap::Args)]
pub(crate) struct Order {
    /// The server it stands before
    #[arg(long)]
    server: SocketAddr,
    /// The user that everybody is there
    #[arg(long)]
    user: String,
    /// Their password
    #[arg(long)]
    password: Option<String>,
}

/// Installs it where it is missing.
pub(crate) fn ensure(interrupts: &Interrupts) -> Result<()> {
    if program().is_none() {
        install::install(&SOFTWARE, interrupts)?;
    }
    program().map(drop).ok_or_else(missing)
}

/// Runs it until standard input ends, and says where it listens.
pub(crate) fn run(order: &Order) -> Result<()> {
    let program = program().ok_or_else(missing)?;
    let port = free_port()?;
    let file = std::env::temp_dir().join(format!("tasklane-pgbouncer-{}.ini", std::process::id()));
    fs::write(&file, settings(order, port))
        .context(format_args!("cannot write {}", file.display()))?;
    let outcome = serve(&program, &file, port);
    let _ = fs::remove_file(&file);
    outcome
}

fn serve(program: &Path, file: &Path, port: u16) -> Result<()> {
    let mut command = Command::new(program);
    command.arg("--quiet").arg(file).stdin(Stdio::null());
    // It refuses root as PostgreSQL does.
    let mut child = Account::for_server()?
        .run_as(&mut command)
        .stdout(Stdio::null())
        .spawn()
        .context(cannot_start(&command))?;
    let outcome = wait_until_listening(&mut child, port).and_then(|()| {
        say(format_args!("127.0.0.1:{port}"));
        companion::stay(&mut child)
    });
    let _ = child.kill();
    let _ = child.wait();
    outcome
}

fn wait_until_listening(child: &mut Child, port: u16) -> Result<()> {
    let started = Instant::now();
    while started.elapsed() < START_LIMIT {
        if let Some(status) = child.try_wait().context("cannot wait for PgBouncer")? {
            return Err(Failure::new(format!("PgBouncer ended with {status}")));
        }
        if TcpStream::connect((Ipv4Addr::LOCALHOST, port)).is_ok() {
            return Ok(());
        }
        thread::sleep(LOOK_AGAIN);
    }
    Err(Failure::new("PgBouncer takes too long to start"))
}

/// Whoever can connect from this machine is one and the same user on the server. The sessions are
/// fewer than the clients, so that they are really shared.
fn settings(order: &Order, port: u16) -> String {
    let (host, server_port) = (order.server.ip(), order.server.port());
    let quoted = |text: &str| format!("'{}'", text.replace('\'', "''"));
    let user = quoted(&order.user);
    let password = order.password.as_deref().map(quoted);
    let password = password.map_or_else(String::new, |text| format!(" password={text}"));
    format!(
        "[databases]\n* = host={host} port={server_port} user={user}{password}\n\
         [pgbouncer]\nlisten_addr = 127.0.0.1\nlisten_port = {port}\nunix_socket_dir =\n\
         auth_type = any\npool_mode = transaction\ndefault_pool_size = 3\nmax_client_conn = 200\n"
    )
}

fn program() -> Option<PathBuf> {
    let usual = USUAL_PLACES
        .iter()
        .map(|folder| Path::new(folder).join("pgbouncer"));
    process::on_path("pgbouncer").or_else(|| usual.into_iter().find(|file| file.is_file()))
}

fn missing() -> Failure {
    Failure::new(
        "PgBouncer was not found, and could not be installed. Install it (Debian, Ubuntu: `sudo \
         apt-get install pgbouncer`) and run `cargo xtask test` again",
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_settings_name_the_server_and_the_mode() {
        let order = Order {
            server: "127.0.0.1:5433".parse().unwrap(),
            user: "ada".to_owned(),
            password: Some("it's".to_owned()),
        };
        let text = settings(&order, 6432);
        for line in [
            "* = host=127.0.0.1 port=5433 user='ada' password='it''s'",
            "listen_port = 6432",
            "pool_mode = transaction",
        ] {
            assert!(text.lines().any(|it| it == line), "{text}");
        }
    }
}
