//! Programs that the commands need: finding them, and installing them with the system's package
//! manager where they are missing and the machine lets us.

use std::process::Command;

use anyhow::{Result, bail};

use crate::console::{complain, say};
use crate::interrupts::Interrupts;
use crate::process::{self, on_path};
use crate::{pgbouncer, postgres};

/// The names that packages give the browser. The tests look for the same ones.
const BROWSERS: [&str; 3] = ["chromium", "chromium-browser", "google-chrome"];

/// A program, why it is needed, and how to get it.
pub(crate) struct Software {
    name: &'static str,
    purpose: &'static str,
    /// What it takes on the disk on a bare Debian, with everything it depends on.
    megabytes: u32,
    /// Its packages, in the order of [`MANAGERS`].
    packages: [&'static str; 4],
    is_there: fn() -> bool,
}

pub(crate) const POSTGRES: Software = Software {
    name: "PostgreSQL",
    purpose: "runs in a throw-away folder for the tests",
    megabytes: 220,
    packages: [
        "postgresql",
        "postgresql-server",
        "postgresql",
        "postgresql@17",
    ],
    is_there: || postgres::Programs::find().is_some(),
};
pub(crate) const PGBENCH: Software = Software {
    name: "pgbench",
    purpose: "measures what PostgreSQL does without Tasklane",
    megabytes: 220,
    packages: [
        "postgresql",
        "postgresql-contrib",
        "postgresql-contrib",
        "postgresql@17",
    ],
    is_there: || postgres::Programs::find().is_some_and(|programs| programs.pgbench().is_file()),
};
pub(crate) const PGBOUNCER: Software = Software {
    name: "PgBouncer",
    purpose: "pools the connections of some tests",
    megabytes: 10,
    packages: ["pgbouncer"; 4],
    is_there: || pgbouncer::program().is_some(),
};
pub(crate) const WRK: Software = Software {
    name: "wrk",
    purpose: "sends the requests of a load",
    megabytes: 5,
    packages: ["wrk"; 4],
    is_there: || on_path("wrk").is_some(),
};
pub(crate) const VALGRIND: Software = Software {
    name: "Valgrind",
    purpose: "counts instructions",
    megabytes: 100,
    packages: ["valgrind"; 4],
    is_there: || on_path("valgrind").is_some(),
};
pub(crate) const CHROMIUM: Software = Software {
    name: "Chromium",
    purpose: "shows the task page; the variable CHROMIUM may name another one",
    megabytes: 500,
    packages: ["chromium"; 4],
    is_there: || {
        let named = std::env::var_os("CHROMIUM").is_some_and(|path| !path.is_empty());
        named || BROWSERS.iter().any(|name| on_path(name).is_some())
    },
};
pub(crate) const SYSTEMD: Software = Software {
    name: "systemd-analyze 250 or newer",
    purpose: "judges the systemd unit",
    megabytes: 30,
    packages: ["systemd"; 4],
    is_there: || cfg!(not(target_os = "linux")) || on_path("systemd-analyze").is_some(),
};
pub(crate) const PYTHON: Software = Software {
    name: "Python 3.10 or newer with venv",
    purpose: "runs measurements, and clients that are generated from the OpenAPI document",
    megabytes: 60,
    packages: ["python3-venv", "python3", "python3", "python"],
    is_there: || {
        let check = "import ensurepip, sys, venv; assert sys.version_info >= (3, 10)";
        process::probe(Command::new("python3").args(["-c", check])).is_some()
    },
};

pub(crate) const JAVA: Software = Software {
    name: "a Java Development Kit, 17 or newer",
    purpose: "runs openapi-generator, and compiles its Java and Kotlin clients",
    megabytes: 320,
    packages: [
        "default-jdk-headless",
        "java-latest-openjdk-devel",
        "openjdk21",
        "openjdk",
    ],
    is_there: || process::probe(Command::new("javac").arg("--version")).is_some(),
};
pub(crate) const GO: Software = Software {
    name: "Go",
    purpose: "compiles the Go client, with the library that it imports",
    megabytes: 260,
    packages: ["golang-gopkg-validator.v2-dev", "golang", "go", "go"],
    is_there: || on_path("go").is_some(),
};

/// A package manager: its program, a shell script that installs the packages it is given, and
/// whether only root may run that. Homebrew refuses root.
type Manager = (&'static str, &'static str, bool);

const MANAGERS: [Manager; 4] = [
    ("apt-get", include_str!("software/apt.sh"), true),
    ("dnf", "dnf install --quiet --assumeyes \"$@\"", true),
    ("apk", "apk add --no-cache \"$@\"", true),
    ("brew", "brew install \"$@\"", false),
];

/// Installs what is missing, if that is allowed.
pub(crate) struct Installer<'i> {
    /// False after `--no-install`.
    pub(crate) allowed: bool,
    pub(crate) interrupts: &'i Interrupts,
}

impl Installer<'_> {
    /// Has everything in `needed` installed that is missing, and says beforehand what and why.
    pub(crate) fn ensure(&self, needed: &[Software]) -> Result<()> {
        let missing = missing_of(needed);
        if missing.is_empty() {
            return Ok(());
        }
        for software in &missing {
            let (name, purpose) = (software.name, software.purpose);
            say(format_args!("missing: {name} ({purpose})"));
        }
        if !self.allowed {
            bail!("--no-install forbids to install it: {}", advice(&missing));
        }
        let Some((index, caller)) = usable_manager() else {
            bail!("no package manager can be used here: {}", advice(&missing));
        };
        let (name, script, _) = MANAGERS[index];
        let packages = packages_of(&missing, index);
        let megabytes: u32 = missing.iter().map(|software| software.megabytes).sum();
        say(format_args!(
            "installing {} with {name}: up to {megabytes} MB and some minutes; no service is started",
            packages.join(", ")
        ));
        let mut command = Command::new(caller[0]);
        command.args(&caller[1..]).args(["sh", "-c", script, "sh"]);
        // A failed call is only reported, since what counts is whether the programs are there.
        let status = self.interrupts.run(command.args(packages))?;
        if !status.success() {
            complain(format_args!("{name} ended with {status}"));
        }
        let missing = missing_of(missing.iter().copied());
        if !missing.is_empty() {
            bail!("some programs could not be installed: {}", advice(&missing));
        }
        Ok(())
    }
}

fn missing_of<'s>(needed: impl IntoIterator<Item = &'s Software>) -> Vec<&'s Software> {
    let needed = needed.into_iter();
    needed.filter(|software| !(software.is_there)()).collect()
}

/// The first package manager that is there and that we may call, and how it is called.
fn usable_manager() -> Option<(usize, &'static [&'static str])> {
    let index = MANAGERS
        .iter()
        .position(|(name, ..)| on_path(name).is_some())?;
    let root = rustix::process::geteuid().is_root();
    let sudo = || process::probe(Command::new("sudo").args(["-n", "true"])).is_some();
    Some((index, caller(MANAGERS[index].2, root, sudo)?))
}

/// What comes before the call: `sudo` only without a password, since nobody may be there to type it.
fn caller(
    needs_root: bool,
    is_root: bool,
    sudo: impl FnOnce() -> bool,
) -> Option<&'static [&'static str]> {
    if needs_root == is_root {
        return Some(&["env"]);
    }
    (needs_root && sudo()).then_some(&["sudo", "-n"])
}

fn packages_of(missing: &[&Software], manager: usize) -> Vec<&'static str> {
    missing
        .iter()
        .map(|software| software.packages[manager])
        .collect()
}

/// How to install the software by hand.
fn advice(missing: &[&Software]) -> String {
    let names: Vec<&str> = missing.iter().map(|software| software.name).collect();
    let ways = ["apt-get install", "dnf install", "apk add", "brew install"];
    let ways: Vec<String> = ways
        .iter()
        .enumerate()
        .map(|(index, way)| format!("`{way} {}`", packages_of(missing, index).join(" ")))
        .collect();
    format!("install {} ({})", names.join(", "), ways.join(", or "))
}

#[cfg(test)]
mod tests {
    use super::*;

    const MISSING: Software = Software {
        is_there: || false,
        ..POSTGRES
    };

    #[test]
    fn a_system_manager_is_called_by_root_or_through_sudo() {
        assert_eq!(caller(true, true, || false), Some(&["env"][..]));
        assert_eq!(caller(true, false, || true), Some(&["sudo", "-n"][..]));
        assert_eq!(caller(true, false, || false), None);
    }

    #[test]
    fn homebrew_is_never_called_by_root() {
        assert_eq!(caller(false, true, || true), None);
        assert_eq!(caller(false, false, || false), Some(&["env"][..]));
    }

    #[test]
    fn nothing_is_installed_when_that_is_forbidden() {
        let installer = Installer {
            allowed: false,
            interrupts: &Interrupts::default(),
        };
        let error = installer.ensure(&[MISSING]).unwrap_err().to_string();
        for words in ["--no-install forbids", "apt-get install postgresql", "brew"] {
            assert!(error.contains(words), "{error}");
        }
        let there = Software {
            is_there: || true,
            ..MISSING
        };
        assert!(installer.ensure(&[there]).is_ok());
    }
}
