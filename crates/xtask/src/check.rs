//! `cargo xtask check`: everything about the code that can be judged without running its tests.

use std::process::ExitCode;

use crate::console::{complain, say};
use crate::failure::Result;
use crate::workspace::Workspace;
use crate::{layering, licences, openapi, process, settings};

/// How a step ended that did not fail.
pub(crate) enum Outcome {
    /// What the step looks at is in order.
    Passed,
    /// The step could not look; the text says why. It is shown, and fails nothing.
    NotChecked(&'static str),
}

struct Step {
    name: &'static str,
    run: fn(&Workspace) -> Result<Outcome>,
}

const STEPS: [Step; 7] = [
    Step {
        name: "formatting",
        run: formatting,
    },
    Step {
        name: "lints",
        run: lints,
    },
    Step {
        name: "layering",
        run: |workspace| passed(layering::check(workspace)),
    },
    Step {
        name: "licences",
        run: |workspace| passed(licences::check(workspace)),
    },
    Step {
        name: "advisories",
        run: licences::check_advisories,
    },
    Step {
        name: "generated files",
        run: generated_files,
    },
    Step {
        name: "API compatibility",
        run: |workspace| passed(openapi::check_promise(workspace)),
    },
];

/// Runs every step, also after one has failed, and ends with a summary.
pub(crate) fn run(workspace: &Workspace) -> ExitCode {
    let results = STEPS.map(|step| (step.name, attempt(workspace, &step)));
    say("\nsummary");
    for (name, result) in &results {
        say(format_args!("  {}", verdict(name, result)));
    }
    let failed = results.iter().any(|(_, result)| result.is_err());
    if failed {
        ExitCode::FAILURE
    } else {
        ExitCode::SUCCESS
    }
}

fn attempt(workspace: &Workspace, step: &Step) -> Result<Outcome> {
    say(format_args!("\n== {}", step.name));
    let result = (step.run)(workspace);
    match &result {
        Ok(_) => say(verdict(step.name, &result)),
        Err(failure) => complain(format_args!("{}: FAILED: {failure}", step.name)),
    }
    result
}

fn verdict(name: &str, result: &Result<Outcome>) -> String {
    match result {
        Ok(Outcome::Passed) => format!("{name}: ok"),
        Ok(Outcome::NotChecked(reason)) => format!("{name}: not checked, {reason}"),
        Err(_) => format!("{name}: FAILED"),
    }
}

fn passed(result: Result<()>) -> Result<Outcome> {
    result.map(|()| Outcome::Passed)
}

fn generated_files(workspace: &Workspace) -> Result<Outcome> {
    openapi::check(workspace)?;
    passed(settings::check(workspace))
}

fn formatting(workspace: &Workspace) -> Result<Outcome> {
    passed(process::run(
        &mut workspace.cargo(["fmt", "--all", "--check"]),
    ))
}

fn lints(workspace: &Workspace) -> Result<Outcome> {
    let scope = ["clippy", "--workspace", "--all-targets", "--all-features"];
    passed(process::run(
        workspace.cargo(scope).args(["--", "-D", "warnings"]),
    ))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::failure::Failure;

    #[test]
    fn the_summary_tells_the_three_outcomes_apart() {
        assert_eq!(verdict("lints", &Ok(Outcome::Passed)), "lints: ok");
        assert_eq!(
            verdict("lints", &Err(Failure::new("status 1"))),
            "lints: FAILED"
        );
        let unreachable = Ok(Outcome::NotChecked("the database cannot be reached"));
        assert_eq!(
            verdict("advisories", &unreachable),
            "advisories: not checked, the database cannot be reached"
        );
    }
}
