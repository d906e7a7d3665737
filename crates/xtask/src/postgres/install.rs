//! Installing PostgreSQL where it is missing and the machine lets us.

use std::process::Command;

use super::programs::Programs;
use crate::console::{complain, say};
use crate::failure::{Failure, Result};
use crate::interrupts::Interrupts;
use crate::process;

const WHAT_TO_DO: &str = "\
no PostgreSQL server was found, and none could be installed. Do one of the following and run \
`cargo xtask test` again:
  - install the server programs; they need not be running:
      Debian, Ubuntu   sudo apt-get install postgresql
      Fedora           sudo dnf install postgresql-server
      Alpine           apk add postgresql
      macOS            brew install postgresql@17
  - put the folder with `initdb` and `postgres` on PATH, if they are installed elsewhere
  - set TEST_DATABASE_URL to a superuser's URL of a running server, for example
      TEST_DATABASE_URL=postgres://postgres:secret@127.0.0.1:5432/postgres";

/// How one package manager installs the server.
struct Recipe {
    manager: &'static str,
    /// The calls in their order, without the manager's own name.
    calls: &'static [&'static [&'static str]],
    privileges: Privileges,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Privileges {
    /// The manager changes the system and only root may call it.
    Root,
    /// The manager refuses root.
    Own,
}

const RECIPES: [Recipe; 4] = [
    Recipe {
        manager: "apt-get",
        calls: &[
            &["update", "--quiet"],
            &[
                "install",
                "--quiet",
                "--yes",
                "--no-install-recommends",
                "postgresql",
            ],
        ],
        privileges: Privileges::Root,
    },
    Recipe {
        manager: "dnf",
        calls: &[&["install", "--quiet", "--assumeyes", "postgresql-server"]],
        privileges: Privileges::Root,
    },
    Recipe {
        manager: "apk",
        calls: &[&["add", "--no-cache", "postgresql"]],
        privileges: Privileges::Root,
    },
    Recipe {
        manager: "brew",
        calls: &[&["install", "postgresql@17"]],
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

/// Installs the server with the system's package manager and finds its programs. When that is not
/// possible, the failure says what to do.
pub(super) fn install(interrupts: &Interrupts) -> Result<Programs> {
    let root = rustix::process::geteuid().is_root();
    let sudo = || process::probe(Command::new("sudo").args(["-n", "true"])).is_some();
    let recipe = RECIPES
        .iter()
        .find(|recipe| process::on_path(recipe.manager).is_some());
    if let Some(recipe) = recipe
        && let Some(caller) = recipe.caller(root, sudo)
    {
        follow(recipe, caller, interrupts)?;
    }
    Programs::find().ok_or_else(|| Failure::new(WHAT_TO_DO))
}

impl Recipe {
    fn caller(&self, root: bool, sudo: impl FnOnce() -> bool) -> Option<Caller> {
        match (self.privileges, root) {
            (Privileges::Root, true) | (Privileges::Own, false) => Some(Caller::Directly),
            (Privileges::Root, false) => sudo().then_some(Caller::ThroughSudo),
            (Privileges::Own, true) => None,
        }
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

/// Makes the recipe's calls. One that fails is only reported: `apt-get update` fails for any
/// unrelated source that is out of reach, and what counts is whether the programs are there.
fn follow(recipe: &Recipe, caller: Caller, interrupts: &Interrupts) -> Result<()> {
    let manager = recipe.manager;
    say(format_args!(
        "PostgreSQL is not installed; installing it with {manager}"
    ));
    for call in recipe.calls {
        let status = interrupts.run(caller.command().arg(manager).args(*call))?;
        if !status.success() {
            complain(format_args!(
                "`{manager} {}` ended with {status}",
                call.join(" ")
            ));
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn recipe(manager: &str) -> Recipe {
        RECIPES
            .into_iter()
            .find(|recipe| recipe.manager == manager)
            .unwrap()
    }

    #[test]
    fn a_system_manager_is_called_by_root_or_through_sudo() {
        let apt = recipe("apt-get");
        assert_eq!(apt.caller(true, || false), Some(Caller::Directly));
        assert_eq!(apt.caller(false, || true), Some(Caller::ThroughSudo));
        assert_eq!(apt.caller(false, || false), None);
    }

    #[test]
    fn homebrew_is_never_called_by_root() {
        let brew = recipe("brew");
        assert_eq!(brew.caller(true, || true), None);
        assert_eq!(brew.caller(false, || false), Some(Caller::Directly));
    }
}
