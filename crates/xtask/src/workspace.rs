//! The checkout the commands work on, and how they call cargo in it.

use std::env;
use std::ffi::{OsStr, OsString};
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result};

/// The checkout this program was built from.
pub(crate) struct Workspace {
    root: PathBuf,
    target: PathBuf,
}

impl Workspace {
    /// Finds the checkout from what `cargo run` says, so that a target folder shared by several
    /// checkouts does not mix them up, and the target folder from where the program itself lies.
    pub(crate) fn locate() -> Result<Self> {
        let manifest = env::var_os("CARGO_MANIFEST_DIR")
            .unwrap_or_else(|| OsString::from(env!("CARGO_MANIFEST_DIR")));
        let root = ancestor(Path::new(&manifest), 2)?;
        let program = env::current_exe().context("cannot find this program's own file")?;
        let target = ancestor(&program, 2)?;
        Ok(Self { root, target })
    }

    /// The folder with the workspace's `Cargo.toml`.
    pub(crate) fn root(&self) -> &Path {
        &self.root
    }

    /// The folder cargo builds into; what the commands make for themselves lies beside the builds.
    pub(crate) fn target(&self) -> &Path {
        &self.target
    }

    /// A call of the cargo that started this program, in the workspace's root.
    pub(crate) fn cargo<I>(&self, arguments: I) -> Command
    where
        I: IntoIterator<Item: AsRef<OsStr>>,
    {
        let mut command = self.program(env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
        command.args(arguments);
        command
    }

    /// A call of `program` in the workspace's root, without the variables that `cargo run` sets for
    /// this crate: some build scripts run again when those change, and each call would rebuild them.
    pub(crate) fn program(&self, program: impl AsRef<OsStr>) -> Command {
        let mut command = Command::new(program);
        command.current_dir(&self.root);
        for (name, _) in env::vars_os() {
            if name.to_str().is_some_and(describes_this_crate) {
                command.env_remove(name);
            }
        }
        command
    }
}

fn ancestor(path: &Path, levels: usize) -> Result<PathBuf> {
    path.ancestors()
        .nth(levels)
        .map(Path::to_path_buf)
        .with_context(|| format!("{} lies outside a workspace", path.display()))
}

fn describes_this_crate(variable: &str) -> bool {
    variable.starts_with("CARGO_PKG_")
        || variable.starts_with("CARGO_MANIFEST_")
        || [
            "CARGO_BIN_NAME",
            "CARGO_CRATE_NAME",
            "CARGO_PRIMARY_PACKAGE",
        ]
        .contains(&variable)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_variables_about_this_crate_are_withheld() {
        assert!(describes_this_crate("CARGO_PKG_NAME"));
        assert!(describes_this_crate("CARGO_MANIFEST_DIR"));
        assert!(!describes_this_crate("CARGO_TARGET_DIR"));
        assert!(!describes_this_crate("CARGO_HOME"));
        assert!(!describes_this_crate("CARGO"));
    }

    #[test]
    fn a_path_too_short_to_lie_in_a_workspace_is_refused() {
        assert!(ancestor(Path::new("/"), 2).is_err());
        assert_eq!(ancestor(Path::new("/a/b/c"), 2).unwrap(), Path::new("/a"));
    }
}
