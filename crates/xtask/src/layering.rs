//! The arrows between the crates: what each must not depend on, also through others.

use std::collections::BTreeSet;

use crate::failure::{Failure, Result};
use crate::process;
use crate::workspace::Workspace;

/// What one crate must not depend on, directly or through others, outside its own tests.
struct Rule {
    package: &'static str,
    forbidden: &'static [&'static str],
    reason: &'static str,
}

const RULES: [Rule; 4] = [
    Rule {
        package: "tasklane-domain",
        forbidden: &[
            "actix-rt",
            "actix-web",
            "diesel",
            "diesel-async",
            "jsonwebtoken",
            "reqwest",
            "serde_json",
            "sqlx",
            "tasklane-api",
            "tasklane-auth",
            "tasklane-infrastructure",
            "tokio",
            "tokio-postgres",
        ],
        reason: "the domain does no I/O and knows no framework",
    },
    Rule {
        package: "tasklane-auth",
        forbidden: &[
            "actix-web",
            "diesel",
            "tasklane-api",
            "tasklane-infrastructure",
        ],
        reason: "identity knows neither HTTP's framework nor the stores",
    },
    Rule {
        package: "tasklane-infrastructure",
        forbidden: &["actix-web", "jsonwebtoken", "tasklane-api", "tasklane-auth"],
        reason: "the stores know neither HTTP nor tokens",
    },
    Rule {
        package: "tasklane-api",
        forbidden: &[
            "clap",
            "config",
            "diesel",
            "jsonwebtoken",
            "tasklane-auth",
            "tasklane-infrastructure",
        ],
        reason: "HTTP knows neither the adapters nor the program around it",
    },
];

/// Reports every broken rule at once.
pub(crate) fn check(workspace: &Workspace) -> Result<()> {
    let mut findings = Vec::new();
    for rule in &RULES {
        let tree = process::read(&mut workspace.cargo(dependencies_of(rule.package)))?;
        findings.extend(rule.broken_by(&tree));
    }
    if findings.is_empty() {
        return Ok(());
    }
    Err(Failure::new(format!("\n  {}", findings.join("\n  "))))
}

/// Everything a package needs on any platform with all its features, one crate a line, without
/// what only its own tests or build scripts need.
fn dependencies_of(package: &str) -> Vec<&str> {
    let shape = ["--prefix", "none", "--format", "{p}"];
    let scope = [
        "tree",
        "-p",
        package,
        "-e",
        "normal",
        "--all-features",
        "--target",
        "all",
    ];
    [&scope[..], &shape[..]].concat()
}

impl Rule {
    fn broken_by(&self, tree: &str) -> Vec<String> {
        let present: BTreeSet<&str> = tree
            .lines()
            .filter_map(|line| line.split_whitespace().next())
            .collect();
        let package = self.package;
        self.forbidden
            .iter()
            .filter(|name| present.contains(*name))
            .map(|name| {
                format!(
                    "{package} depends on {name}, but {}; `cargo tree -p {package} -e normal \
                     --all-features --target all -i {name}` shows how",
                    self.reason
                )
            })
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const RULE: Rule = Rule {
        package: "inner",
        forbidden: &["tokio", "diesel"],
        reason: "it is inner",
    };

    #[test]
    fn a_forbidden_crate_is_found_wherever_it_stands_in_the_tree() {
        let tree = "inner v0.1.0 (/inner)\nfutures v0.3.31\ntokio v1.54.0 (*)\n";
        let findings = RULE.broken_by(tree);
        assert_eq!(findings.len(), 1);
        assert!(findings[0].starts_with("inner depends on tokio, but it is inner"));
    }

    #[test]
    fn crates_with_a_longer_name_are_others() {
        assert!(
            RULE.broken_by("inner v0.1.0\ntokio-util v0.7.0\ndiesel_derives v2.3.0\n")
                .is_empty()
        );
    }
}
