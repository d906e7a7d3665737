//! The account that PostgreSQL runs under: it refuses to run as root.

use std::os::unix::fs::chown;
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::Command;

use anyhow::{Context, Result};

use crate::process;

/// Accounts without privileges, first the one that PostgreSQL's packages make.
const CANDIDATES: [&str; 3] = ["postgres", "nobody", "daemon"];

/// The user and the group that the server's programs run as; `None` for those of this process.
#[derive(Clone, Copy)]
pub(crate) struct Account(Option<(u32, u32)>);

impl Account {
    /// The account for a server: another one than ours only when we are root.
    pub(crate) fn for_server() -> Result<Self> {
        if !rustix::process::geteuid().is_root() {
            return Ok(Self(None));
        }
        CANDIDATES.into_iter().find_map(Self::named).with_context(|| {
            format!(
                "PostgreSQL refuses to run as root, and none of the accounts {} exists; run this as \
                 another user",
                CANDIDATES.join(", ")
            )
        })
    }

    fn named(name: &str) -> Option<Self> {
        let id = |option| {
            let answer = process::probe(Command::new("id").args([option, name]))?;
            answer.parse().ok()
        };
        let (user, group) = (id("-u")?, id("-g")?);
        (user != 0).then_some(Self(Some((user, group))))
    }

    /// Makes `command` run under this account, with its group only, from a folder that every
    /// account can enter.
    pub(crate) fn run_as(self, command: &mut Command) -> &mut Command {
        if let Some((user, group)) = self.0 {
            command.uid(user).gid(group);
        }
        command.current_dir("/")
    }

    /// Gives `folder` to this account.
    pub(super) fn own(self, folder: &Path) -> Result<()> {
        let Some((user, group)) = self.0 else {
            return Ok(());
        };
        chown(folder, Some(user), Some(group))
            .with_context(|| format!("cannot give {} to PostgreSQL", folder.display()))
    }

    /// Whether this account can write to `folder`, which takes passing through all above it.
    pub(super) fn can_write_to(self, folder: &Path) -> bool {
        process::probe(self.run_as(Command::new("test").arg("-w").arg(folder))).is_some()
    }
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;

    /// The account of this process.
    pub(in super::super) const OWN: Account = Account(None);

    #[test]
    fn the_superuser_is_not_a_candidate() {
        assert!(Account::named("root").is_none());
        assert!(Account::named("no-such-account").is_none());
    }

    #[test]
    fn a_folder_of_ones_own_can_be_written_to_and_a_missing_one_cannot() {
        let folder = tempfile::tempdir().unwrap();
        assert!(OWN.can_write_to(folder.path()));
        assert!(!OWN.can_write_to(&folder.path().join("missing")));
    }
}
