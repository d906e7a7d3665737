//! `cargo xtask generators`: what others make of the OpenAPI document.

use std::process::ExitCode;

use anyhow::Result;

use crate::packages;
use crate::software::{GO, Installer, JAVA, PYTHON};
use crate::test;
use crate::workspace::Workspace;

/// The package of those tests. No other command runs them, since they need compilers of five languages.
pub(crate) const PACKAGE: &str = "tasklane-tests-generators";

/// Where its packages of Node.js and of Python are named.
const FOLDER: &str = "tests/generators";

/// Installs the generators and the compilers, and runs the tests.
pub(crate) fn run(workspace: &Workspace, installer: &Installer<'_>) -> Result<ExitCode> {
    installer.ensure(&[JAVA, GO, PYTHON])?;
    let npm = packages::npm(workspace)?;
    packages::install_node(workspace, installer, &npm, FOLDER)?;
    let requirements = format!("{FOLDER}/requirements.txt");
    packages::install_python(workspace, installer, &requirements, "generators")?;
    let args = test::Args {
        web: false,
        citus: None,
        filters: vec!["--package".into(), PACKAGE.into()],
    };
    test::run(workspace, installer, &args)
}
