//! A throw-away PostgreSQL ends with the command that runs it, also when that is killed.

use std::io::{BufRead, BufReader};
use std::net::TcpStream;
use std::path::Path;
use std::process::{Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

/// How long the server and its files may outlive the command, on a machine that is busy.
const LIMIT: Duration = Duration::from_mins(1);

#[test]
fn a_server_and_its_files_are_gone_after_its_command_was_killed() {
    let mut command = Command::new(env!("CARGO_BIN_EXE_xtask"))
        .arg("postgres")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut lines = BufReader::new(command.stdout.take().unwrap()).lines();
    let place = lines.next().unwrap().unwrap();
    let (address, folder) = place.split_once(", in ").unwrap();
    let address = address.rsplit(' ').next().unwrap();
    assert!(lines.next().unwrap().unwrap().contains(address), "{place}");
    assert!(TcpStream::connect(address).is_ok(), "{place}");

    command.kill().unwrap();
    command.wait().unwrap();
    let killed = Instant::now();
    while Path::new(folder).exists() {
        assert!(killed.elapsed() < LIMIT, "{folder} is still there");
        thread::sleep(Duration::from_millis(50));
    }
    assert!(
        TcpStream::connect(address).is_err(),
        "the server still runs"
    );
}
