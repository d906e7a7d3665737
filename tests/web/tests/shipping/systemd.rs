//! `deploy/systemd`, judged by systemd itself, which need not run for that.

#![cfg(target_os = "linux")]

use std::fs::Permissions;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;

use tasklane_tests::program::Program;
use tempfile::TempDir;
use tokio::process::Command;

use super::{SECRET, refuses, root, seconds, settings, text, time_to_stop};
use crate::process::succeed;

const UNIT: &str = "deploy/systemd/tasklane.service";
const NAME: &str = "tasklane.service";

/// The most exposure that the unit may have, in tenths: what is left is the network.
const MOST_EXPOSED: &str = "--threshold=15";

/// A system with nothing but this unit and something for it to start.
fn system(unit: &str) -> TempDir {
    let system = TempDir::new().expect("a temporary folder can be made");
    let write = |folder: &str, name: &str, text: &str| {
        let folder = system.path().join(folder);
        std::fs::create_dir_all(&folder).expect("a folder can be made");
        let file = folder.join(name);
        std::fs::write(&file, text).expect("a file can be written");
        file
    };
    write("etc/systemd/system", NAME, unit);
    let program = write("usr/local/bin", "tasklane", "#!/bin/sh\n");
    let executable = Permissions::from_mode(0o755);
    std::fs::set_permissions(program, executable).expect("it can be made executable");
    system
}

fn analyze(verb: &str, system: &Path) -> Command {
    let mut command = Command::new("systemd-analyze");
    command
        .arg(verb)
        .arg("--root")
        .arg(system)
        .arg("--no-pager");
    command
}

fn verify(system: &TempDir) -> Command {
    let mut command = analyze("verify", system.path());
    // The other units that it names do not exist here.
    command.args(["--man=no", "--recursive-errors=no", NAME]);
    command
}

fn measure(system: &TempDir) -> Command {
    let mut command = analyze("security", system.path());
    command.args(["--offline=true", MOST_EXPOSED, NAME]);
    command
}

#[tokio::test]
async fn the_unit_is_understood_by_systemd() {
    succeed(&mut verify(&system(&text(UNIT)))).await;
    let misspelt = text(UNIT).replace("ProtectHome=", "ProtectHomes=");
    refuses(&mut verify(&system(&misspelt)), "ProtectHomes").await;
}

#[tokio::test]
async fn the_unit_exposes_little_but_the_network() {
    succeed(&mut measure(&system(&text(UNIT)))).await;
    let loose = text(UNIT)
        .replace("PrivateDevices=yes\n", "")
        .replace("CapabilityBoundingSet=\n", "");
    refuses(&mut measure(&system(&loose)), "CapabilityBoundingSet").await;
}

/// What the unit says for a key.
fn says(key: &str) -> String {
    let unit = text(UNIT);
    let mut lines = unit.lines();
    let value = lines.find_map(|line| line.strip_prefix(key)?.strip_prefix('='));
    value.expect("the key is there").to_owned()
}

#[tokio::test]
async fn what_the_unit_starts_serves_with_the_example_of_production() {
    // The documentation has it copied there.
    let command = "/usr/local/bin/tasklane serve --config /etc/tasklane/tasklane.toml";
    assert_eq!(says("ExecStart"), command);
    assert_eq!(says("StateDirectory"), "tasklane");
    let file = root().join("config/production.toml");
    let secret = [("TASKLANE__AUTH__SECRET".to_owned(), SECRET.to_owned())];
    let in_force = settings(&secret, Some(&file)).await;
    assert!(
        in_force.contains("url = \"sqlite:/var/lib/tasklane/"),
        "{in_force}"
    );
    assert!(seconds(&says("TimeoutStopSec")) > time_to_stop(&in_force));

    let folder = TempDir::new().expect("a temporary folder can be made");
    let server = Program::bare(folder.path())
        .variable("TASKLANE_CONFIG", &file.display().to_string())
        .set("auth.secret", SECRET)
        .set("server.address", "127.0.0.1:0")
        .set("management.address", "127.0.0.1:0")
        .set("database.url", "sqlite:state/tasklane.db")
        .serve()
        .await;
    server.anonymous().get("/health/ready").await.is(200);
    server.stop().await;
}
