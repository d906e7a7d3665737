//! The page of all settings: written by the program itself and checked in.

use crate::failure::Result;
use crate::generated::GeneratedFile;
use crate::workspace::Workspace;

const PAGE: GeneratedFile = GeneratedFile {
    name: "docs/settings.md",
    said_by: &["config", "--reference"],
    command: "cargo xtask settings",
};

/// Writes the page anew.
pub(crate) fn write(workspace: &Workspace) -> Result<()> {
    PAGE.write(workspace).map(drop)
}

/// Fails when the page in the checkout is not what the code says.
pub(crate) fn check(workspace: &Workspace) -> Result<()> {
    PAGE.check(workspace)
}
