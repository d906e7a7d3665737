//! A PgBouncer that gives each transaction another session, before a PostgreSQL of the tests.

use std::fs;
use std::net::{Ipv4Addr, SocketAddr, TcpStream};
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};

use crate::companion;
use crate::console::say;
use crate::postgres::{Account, free_port};
use crate::process::{POLL_INTERVAL, cannot_start, on_path};

/// Where it lies when its folder is not on the search path, as with users that are not root.
const USUAL_FOLDERS: [&str; 3] = ["/usr/sbin", "/usr/local/sbin", "/opt/homebrew/bin"];

/// How long it may take to listen.
const START_LIMIT: Duration = Duration::from_secs(30);

/// The server behind it, and who its clients are there.
#[derive(clap::Args)]
pub(crate) struct Args {
    /// The address of the PostgreSQL server
    #[arg(long)]
    server: SocketAddr,
    /// The PostgreSQL user that every client becomes
    #[arg(long)]
    user: String,
    /// The user's password
    #[arg(long)]
    password: Option<String>,
}

/// The program, if it is installed.
pub(crate) fn program() -> Option<PathBuf> {
    let usual = USUAL_FOLDERS.map(|folder| Path::new(folder).join("pgbouncer"));
    on_path("pgbouncer").or_else(|| usual.into_iter().find(|file| file.is_file()))
}

/// Runs it until standard input ends, and prints its address.
pub(crate) fn run(args: &Args) -> Result<()> {
    let program = program().context("PgBouncer is not installed: run `cargo xtask test`")?;
    let port = free_port()?;
    let mut file = tempfile::Builder::new();
    let file = file.permissions(fs::Permissions::from_mode(0o644));
    let file = file.tempfile().context("cannot create a file")?;
    fs::write(file.path(), settings(args, port)).context("cannot write PgBouncer's settings")?;
    let mut command = Command::new(program);
    command.arg("--quiet").arg(file.path());
    command.stdin(Stdio::null()).stdout(Stdio::null());
    // It refuses root as PostgreSQL does.
    let mut child = Account::for_server()?
        .run_as(&mut command)
        .spawn()
        .with_context(|| cannot_start(&command))?;
    let result = serve(&mut child, port);
    let _ = child.kill();
    let _ = child.wait();
    result
}

fn serve(child: &mut Child, port: u16) -> Result<()> {
    let started = Instant::now();
    while TcpStream::connect((Ipv4Addr::LOCALHOST, port)).is_err() {
        if let Some(status) = child.try_wait().context("cannot wait for PgBouncer")? {
            bail!("PgBouncer ended with {status}");
        }
        if started.elapsed() > START_LIMIT {
            bail!("PgBouncer takes too long to start");
        }
        thread::sleep(POLL_INTERVAL);
    }
    say(format_args!("127.0.0.1:{port}"));
    companion::outlast_input(child)
}

/// Every client becomes the same user on the server. The sessions are fewer than the clients, so that
/// they are really shared.
fn settings(args: &Args, port: u16) -> String {
    let (host, server_port) = (args.server.ip(), args.server.port());
    let quoted = |text: &str| format!("'{}'", text.replace('\'', "''"));
    let user = quoted(&args.user);
    let password = args.password.as_deref().map(quoted);
    let password = password.map_or_else(String::new, |text| format!(" password={text}"));
    format!(
        "[databases]\n* = host={host} port={server_port} user={user}{password}\n\
         [pgbouncer]\nlisten_addr = 127.0.0.1\nlisten_port = {port}\nunix_socket_dir =\n\
         auth_type = any\npool_mode = transaction\ndefault_pool_size = 3\nmax_client_conn = 200\n"
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_settings_name_the_server_and_the_mode() {
        let args = Args {
            server: "127.0.0.1:5433".parse().unwrap(),
            user: "ada".to_owned(),
            password: Some("it's".to_owned()),
        };
        let text = settings(&args, 6432);
        for line in [
            "* = host=127.0.0.1 port=5433 user='ada' password='it''s'",
            "listen_port = 6432",
            "pool_mode = transaction",
        ] {
            assert!(text.lines().any(|it| it == line), "{text}");
        }
    }
}
