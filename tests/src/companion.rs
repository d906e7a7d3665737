//! A program that runs beside one test: a PgBouncer, or a PostgreSQL of the test's own. The developer
//! commands know how to find it, how to run it, and how to end it with the test.

use std::io::{BufRead, BufReader};
use std::net::{SocketAddr, ToSocketAddrs};
use std::process::{Child, Command, Stdio};

use percent_encoding::percent_decode_str;
use reqwest::Url;

/// Where the tests find the developer commands.
const COMMANDS: &str = "TEST_XTASK";

/// A program that ends with the value.
#[derive(Debug)]
pub struct Companion {
    child: Child,
    place: String,
}

impl Companion {
    /// A PostgreSQL server of the test's own.
    #[must_use]
    pub fn postgres() -> Self {
        Self::start(&["postgres"], "postgres://")
    }

    /// A PgBouncer in transaction mode before the server of a database's URL.
    #[must_use]
    pub fn pgbouncer(database: &str) -> Self {
        let url: Url = database.parse().expect("the database has a URL");
        let server = address_of(&url).to_string();
        let decoded = |text| percent_decode_str(text).decode_utf8_lossy().into_owned();
        let user = decoded(url.username());
        let password = url.password().map(decoded);
        let mut arguments = vec!["pgbouncer", "--server", &server, "--user", &user];
        if let Some(password) = &password {
            arguments.extend(["--password", password]);
        }
        Self::start(&arguments, "127.0.0.1:")
    }

    /// What it said about where it is, which begins with `place`.
    fn start(arguments: &[&str], place: &str) -> Self {
        let commands = std::env::var_os(COMMANDS)
            .unwrap_or_else(|| panic!("{COMMANDS} is not set: run `cargo xtask test`"));
        let mut child = Command::new(commands)
            .args(arguments)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .expect("the developer commands can be started");
        let stdout = child.stdout.take().expect("its output is piped");
        let said = BufReader::new(stdout)
            .lines()
            .map_while(Result::ok)
            .find(|line| line.starts_with(place));
        let place = said.unwrap_or_else(|| panic!("{arguments:?} did not start"));
        Self { child, place }
    }

    /// Where it is: a URL, or an address and a port.
    #[must_use]
    pub fn place(&self) -> &str {
        &self.place
    }

    /// A database's URL by way of it.
    #[must_use]
    pub fn url(&self, database: &str) -> String {
        let mut url: Url = database.parse().expect("the database has a URL");
        let (host, port) = self.place.split_once(':').expect("an address and a port");
        url.set_host(Some(host)).expect("the host can be replaced");
        url.set_port(port.parse().ok())
            .expect("the port can be replaced");
        url.into()
    }
}

impl Drop for Companion {
    fn drop(&mut self) {
        // The end of its input is what makes it end.
        drop(self.child.stdin.take());
        let _ = self.child.wait();
    }
}

fn address_of(url: &Url) -> SocketAddr {
    let host = url.host_str().expect("the database has a host");
    let mut addresses = (host, url.port().unwrap_or(5432)).to_socket_addrs();
    let first = addresses.as_mut().ok().and_then(Iterator::next);
    first.expect("the database's host has an address")
}
