//! What the tests beside real web software need: Node.js and packages, a browser, and Python.

use anyhow::Result;

use crate::console::say;
use crate::packages;
use crate::software::{CHROMIUM, Installer, PYTHON, SYSTEMD};
use crate::workspace::Workspace;

/// The package of those tests. Without `--web` it is left out, so that they are not listed either.
pub(crate) const PACKAGE: &str = "tasklane-tests-web";

/// The TypeScript client, which is built before others use it.
const CLIENT: &str = "clients/typescript";

/// The adapters to `TanStack` DB and `RxDB`, which are built with the client.
const ADAPTERS: &str = "clients";

/// Where packages are needed: the client, its adapters, the service that signs people in, the task
/// page, the browser's tests.
const NODE_FOLDERS: [&str; 5] = [
    CLIENT,
    ADAPTERS,
    "examples/better-auth",
    "examples/web",
    "tests/browser",
];

/// The exact versions of the Python packages.
const PYTHON_REQUIREMENTS: &str = "tests/web/python/requirements.txt";

/// Checks for Node.js and npm, and installs a browser, Python, and exactly the packages that the lock
/// files name.
pub(crate) fn prepare(workspace: &Workspace, installer: &Installer<'_>) -> Result<()> {
    let npm = packages::npm(workspace)?;
    installer.ensure(&[CHROMIUM, SYSTEMD, PYTHON])?;
    for folder in NODE_FOLDERS {
        packages::install_node(workspace, installer, &npm, folder)?;
    }
    for folder in [CLIENT, ADAPTERS] {
        say(format_args!("building {folder}"));
        let mut build = workspace.program(&npm);
        build.current_dir(workspace.root().join(folder));
        packages::run(
            installer,
            build.args(["run", "build", "--loglevel", "error"]),
        )?;
    }
    packages::install_python(workspace, installer, PYTHON_REQUIREMENTS, "python")
}
