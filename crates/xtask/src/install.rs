//! Installing what the tests need where it is missing and the machine lets us.

use std::process::Command;

use crate::console::{complain, say};
use crate::failure::Result;
use crate::interrupts::Interrupts;
use crate::process;

/// A program, as the package managers call it.
pub(crate) struct Software {
    /// As people call it.
    pub(crate) name: &'static str,
    /// Its package for `apt-get`.
    pub(crate) apt: &'static str,
    /// Its package for `dnf`.
    pub(crate) dnf: &'static str,
    /// Its package for `apk`.
    pub(crate) apk: &'static str,
    /// Its package for Homebrew.
    pub(crate) brew: &'static str,
}

/// How one package manager is called.
struct Manager {
    name: &'static str,
    /// What brings its lists up to date, where it does not do so by itself.
    refresh: Option<&'static [&'static str]>,
    /// What comes before the package.
    install: &'static [&'static str],
    package: fn(&Software) -> &'static str,
    privileges: Privileges,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Privileges {
    /// The manager changes the system and only root may call it.
    Root,
    /// The manager refuses root.
    Own,
}

const MANAGERS: [Manager; 4] = [
    Manager {
        name: "apt-get",
        refresh: Some(&["update", "--quiet"]),
        install: &["install", "--quiet", "--yes", "--no-install-recommends"],
        package: |software| software.apt,
        privileges: Privileges::Root,
    },
    Manager {
        name: "dnf",
        refresh: None,
        install: &["install", "--quiet", "--assumeyes"],
        package: |software| software.dnf,
        privileges: Privileges::Root,
    },
    Manager {
        name: "apk",
        refresh: None,
        install: &["add", "--no-cache"],
        package: |software| software.apk,
        privileges: Privileges::Root,
    },
    Manager {
        name: "brew",
        refresh: None,
        install: &["install"],
        package: |software| software.brew,
        privileges: Privileges::Own,
    },
];

/// How a package manager gets the privileges it needs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Caller {
    /// It has them as it is called.
    Directly,
    /// By `sudo`, without a password: nobody may be there to type one.
    ThroughSudo,
}

/// Has the system's package manager install the software, if there is one that we may call. Whether
/// it is there then is for the caller to see.
pub(crate) fn install(software: &Software, interrupts: &Interrupts) -> Result<()> {
    let root = rustix::process::geteuid().is_root();
    let sudo = || process::probe(Command::new("sudo").args(["-n", "true"])).is_some();
    let manager = MANAGERS
        .iter()
        .find(|manager| process::on_path(manager.name).is_some());
    match manager.and_then(|manager| Some((manager, manager.caller(root, sudo)?))) {
        Some((manager, caller)) => manager.install(software, caller, interrupts),
        None => Ok(()),
    }
}

impl Manager {
    fn caller(&self, root: bool, sudo: impl FnOnce() -> bool) -> Option<Caller> {
        match (self.privileges, root) {
            (Privileges::Root, true) | (Privileges::Own, false) => Some(Caller::Directly),
            (Privileges::Root, false) => sudo().then_some(Caller::ThroughSudo),
            (Privileges::Own, true) => None,
        }
    }

    /// Makes the calls. One that fails is only reported: `apt-get update` fails for any unrelated
    /// source that is out of reach, and what counts is whether the programs are there.
    fn install(&self, software: &Software, caller: Caller, interrupts: &Interrupts) -> Result<()> {
        let (name, manager) = (software.name, self.name);
        say(format_args!(
            "{name} is not installed; installing it with {manager}"
        ));
        let install = [self.install, &[(self.package)(software)]].concat();
        for call in self.refresh.into_iter().chain([install.as_slice()]) {
            let status = interrupts.run(caller.command().arg(manager).args(call))?;
            if !status.success() {
                complain(format_args!(
                    "`{manager} {}` ended with {status}",
                    call.join(" ")
                ));
            }
        }
        Ok(())
    }
}

impl Caller {
    /// The start of a call. `env` keeps Debian's packages from asking questions also behind `sudo`,
    /// which drops variables.
    fn command(self) -> Command {
        let mut command = match self {
            Self::Directly => Command::new("env"),
            Self::ThroughSudo => {
                let mut command = Command::new("sudo");
                command.args(["-n", "env"]);
                command
            }
        };
        command.arg("DEBIAN_FRONTEND=noninteractive");
        command
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn manager(name: &str) -> Manager {
        MANAGERS
            .into_iter()
            .find(|manager| manager.name == name)
            .unwrap()
    }

    #[test]
    fn a_system_manager_is_called_by_root_or_through_sudo() {
        let apt = manager("apt-get");
        assert_eq!(apt.caller(true, || false), Some(Caller::Directly));
        assert_eq!(apt.caller(false, || true), Some(Caller::ThroughSudo));
        assert_eq!(apt.caller(false, || false), None);
    }

    #[test]
    fn homebrew_is_never_called_by_root() {
        let brew = manager("brew");
        assert_eq!(brew.caller(true, || true), None);
        assert_eq!(brew.caller(false, || false), Some(Caller::Directly));
    }
}
