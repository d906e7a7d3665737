//! The account PostgreSQL runs under: it refuses to run as root.

use std::os::unix::fs::chown;
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::Command;

use crate::failure::{Context, Failure, Result};
use crate::process;

/// Accounts without privileges, the one that PostgreSQL's packages make first.
const CANDIDATES: [&str; 3] = ["postgres", "nobody", "daemon"];

/// Whom the server's programs run as.
#[derive(Clone, Copy)]
pub(crate) enum Account {
    /// Whoever runs the tests.
    Own,
    /// Another one, because the tests run as root.
    Other {
        /// User id.
        user: u32,
        /// Group id.
        group: u32,
    },
}

impl Account {
    /// The account for the throw-away server.
    pub(crate) fn for_server() -> Result<Self> {
        if !rustix::process::geteuid().is_root() {
            return Ok(Self::Own);
        }
        CANDIDATES.into_iter().find_map(Self::named).ok_or_else(|| {
            Failure::new(format!(
                "PostgreSQL refuses to run as root, and none of the accounts {} exists; run the \
                 tests as another user",
                CANDIDATES.join(", ")
            ))
        })
    }

    fn named(name: &str) -> Option<Self> {
        let id = |option| {
            process::probe(Command::new("id").args([option, name]))?
                .parse()
                .ok()
        };
        match (id("-u")?, id("-g")?) {
            (0, _) => None,
            (user, group) => Some(Self::Other { user, group }),
        }
    }

    /// Makes `command` run under this account, with its group only, from a folder that every
    /// account can enter.
    pub(crate) fn run_as(self, command: &mut Command) -> &mut Command {
        if let Self::Other { user, group } = self {
            command.uid(user).gid(group);
        }
        command.current_dir("/")
    }

    /// Gives `folder` to this account.
    pub(super) fn own(self, folder: &Path) -> Result<()> {
        let Self::Other { user, group } = self else {
            return Ok(());
        };
        chown(folder, Some(user), Some(group)).context(format_args!(
            "cannot give {} to PostgreSQL's account",
            folder.display()
        ))
    }

    /// Whether this account can write to `folder`, which takes passing through all above it.
    pub(super) fn can_write_to(self, folder: &Path) -> bool {
        process::probe(self.run_as(Command::new("test").arg("-w").arg(folder))).is_some()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_superuser_is_no_candidate() {
        assert!(Account::named("root").is_none());
        assert!(Account::named("no-such-account").is_none());
    }

    #[test]
    fn a_folder_of_ones_own_can_be_written_to_and_a_missing_one_cannot() {
        let folder = tempfile::tempdir().unwrap();
        assert!(Account::Own.can_write_to(folder.path()));
        assert!(!Account::Own.can_write_to(&folder.path().join("missing")));
    }
}
