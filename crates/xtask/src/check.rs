//! `cargo xtask check`: everything about the code that can be judged without running its tests.

use std::process::{Command, ExitCode};

use anyhow::Result;

use crate::console::{complain, say};
use crate::deny::CargoDeny;
use crate::software::Installer;
use crate::workspace::Workspace;
use crate::{documents, process};

/// The platform that shows that the domain needs no operating system.
const WASM: &str = "wasm32-unknown-unknown";

/// How a step ended that did not fail.
enum Verdict {
    /// Everything is in order.
    Passed,
    /// The step could not look; the text says why. It is shown, and does not fail the check.
    NotChecked(&'static str),
}

type Step = (
    &'static str,
    fn(&Workspace, &Installer<'_>) -> Result<Verdict>,
);

const STEPS: [Step; 9] = [
    ("formatting", |workspace, _| {
        passed(process::run(
            &mut workspace.cargo(["fmt", "--all", "--check"]),
        ))
    }),
    ("lints", |workspace, _| {
        let arguments = "clippy --workspace --all-targets --all-features -- -D warnings";
        passed(process::run(&mut workspace.cargo(arguments.split(' '))))
    }),
    ("documentation", |workspace, _| {
        let mut doc = workspace.cargo(["doc", "--workspace", "--all-features", "--no-deps"]);
        passed(process::run(doc.env("RUSTDOCFLAGS", "-D warnings")))
    }),
    ("domain on WebAssembly", domain_on_wasm),
    ("layers", |workspace, installer| {
        passed(CargoDeny::prepare(workspace, installer)?.check_layers())
    }),
    ("licences", |workspace, installer| {
        passed(CargoDeny::prepare(workspace, installer)?.check_dependencies())
    }),
    ("advisories", |workspace, installer| {
        let deny = CargoDeny::prepare(workspace, installer)?;
        if !deny.fetch_advisories() {
            return Ok(Verdict::NotChecked("the database cannot be reached"));
        }
        passed(deny.check_advisories())
    }),
    ("generated files", |workspace, _| {
        passed(documents::check(workspace))
    }),
    ("API compatibility", |workspace, _| {
        passed(documents::check_promise(workspace))
    }),
];

/// Runs every step, also after one has failed, and ends with a summary.
pub(crate) fn run(workspace: &Workspace, installer: &Installer<'_>) -> Result<ExitCode> {
    let mut results = Vec::new();
    for (name, step) in STEPS {
        installer.interrupts.check()?;
        say(format_args!("\n== {name}"));
        let result = step(workspace, installer);
        match &result {
            Ok(_) => say(summary(name, &result)),
            Err(error) => complain(format_args!("{name}: FAILED: {error:#}")),
        }
        results.push((name, result));
    }
    say("\nsummary");
    for (name, result) in &results {
        say(format_args!("  {}", summary(name, result)));
    }
    let failed = results.iter().any(|(_, result)| result.is_err());
    Ok(if failed {
        ExitCode::FAILURE
    } else {
        ExitCode::SUCCESS
    })
}

fn summary(name: &str, result: &Result<Verdict>) -> String {
    match result {
        Ok(Verdict::Passed) => format!("{name}: ok"),
        Ok(Verdict::NotChecked(reason)) => format!("{name}: not checked, {reason}"),
        Err(_) => format!("{name}: FAILED"),
    }
}

fn passed(result: Result<()>) -> Result<Verdict> {
    result.map(|()| Verdict::Passed)
}

fn domain_on_wasm(workspace: &Workspace, _: &Installer<'_>) -> Result<Verdict> {
    let mut libraries = Command::new("rustc");
    libraries.args(["--print", "target-libdir", "--target", WASM]);
    if !process::probe(&mut libraries)
        .is_some_and(|folder| std::fs::exists(folder).unwrap_or(false))
    {
        return Ok(Verdict::NotChecked(
            "`rustup target add wasm32-unknown-unknown` was not run",
        ));
    }
    let arguments = ["check", "--package", "tasklane-domain", "--target", WASM];
    passed(process::run(&mut workspace.cargo(arguments)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_summary_tells_passed_failed_and_not_checked_apart() {
        assert_eq!(summary("lints", &Ok(Verdict::Passed)), "lints: ok");
        assert_eq!(
            summary("lints", &Err(anyhow::anyhow!("status 1"))),
            "lints: FAILED"
        );
        let unreachable = Ok(Verdict::NotChecked("the database cannot be reached"));
        assert_eq!(
            summary("advisories", &unreachable),
            "advisories: not checked, the database cannot be reached"
        );
    }
}
