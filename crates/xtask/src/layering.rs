//! The arrows between the crates: what each must not depend on, also through others.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use crate::failure::{Context, Failure, Result};
use crate::process;
use crate::workspace::Workspace;

/// What one crate must not depend on, directly or through others, outside its own tests.
struct Rule {
    package: &'static str,
    forbidden: &'static [&'static str],
    reason: &'static str,
}

const RULES: [Rule; 3] = [
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
];

/// The crate that puts concrete adapters together, and the only files of it that may name them.
const COMPOSING_SOURCES: &str = "crates/api/src";
const COMPOSITION_ROOT: [&str; 2] = ["crates/api/src/state.rs", "crates/api/src/state/"];
const ADAPTERS: &str = "tasklane_infrastructure";

/// Reports every broken rule at once.
pub(crate) fn check(workspace: &Workspace) -> Result<()> {
    let mut findings = Vec::new();
    for rule in &RULES {
        let tree = process::read(&mut workspace.cargo(dependencies_of(rule.package)))?;
        findings.extend(rule.broken_by(&tree));
    }
    findings.extend(adapters_named_outside_composition_root(workspace.root())?);
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

fn adapters_named_outside_composition_root(root: &Path) -> Result<Vec<String>> {
    let mut findings = Vec::new();
    for file in rust_files_below(&root.join(COMPOSING_SOURCES))? {
        let name = file
            .strip_prefix(root)
            .unwrap_or(&file)
            .display()
            .to_string();
        if COMPOSITION_ROOT.iter().any(|root| name.starts_with(root)) {
            continue;
        }
        let source =
            fs::read_to_string(&file).context(format_args!("cannot read {}", file.display()))?;
        findings.extend(lines_naming(ADAPTERS, &source).into_iter().map(|line| {
            let allowed = COMPOSITION_ROOT.join(", ");
            format!("{name}:{line} names {ADAPTERS}, which only {allowed} may do")
        }));
    }
    Ok(findings)
}

/// The numbers of the lines, comments apart, in which `name` stands as a word of its own.
fn lines_naming(name: &str, source: &str) -> Vec<usize> {
    let of_a_word = |character: char| character.is_alphanumeric() || character == '_';
    source
        .lines()
        .enumerate()
        .filter(|(_, line)| !line.trim_start().starts_with("//"))
        .filter(|(_, line)| {
            line.split(|character| !of_a_word(character))
                .any(|word| word == name)
        })
        .map(|(index, _)| index + 1)
        .collect()
}

/// Every Rust source below `folder`, in a stable order.
fn rust_files_below(folder: &Path) -> Result<Vec<PathBuf>> {
    let mut files = Vec::new();
    let mut folders = vec![folder.to_path_buf()];
    while let Some(folder) = folders.pop() {
        let reading = format!("cannot read {}", folder.display());
        for entry in fs::read_dir(&folder).context(&reading)? {
            let path = entry.context(&reading)?.path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|extension| extension == "rs") {
                files.push(path);
            }
        }
    }
    files.sort();
    Ok(files)
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

    #[test]
    fn a_name_in_code_is_found_with_its_line() {
        let source = "//! Wires.\nuse std::fmt;\nuse tasklane_infrastructure::postgres;\n";
        assert_eq!(lines_naming("tasklane_infrastructure", source), [3]);
    }

    #[test]
    fn a_name_in_a_comment_or_within_another_word_is_none() {
        let source =
            "/// See [`tasklane_infrastructure`].\nlet tasklane_infrastructure_like = 1;\n";
        assert!(lines_naming("tasklane_infrastructure", source).is_empty());
    }

    #[test]
    fn only_the_composition_root_may_name_adapters() {
        let root = tempfile::tempdir().unwrap();
        let sources = root.path().join(COMPOSING_SOURCES);
        fs::create_dir_all(sources.join("routes")).unwrap();
        fs::create_dir_all(sources.join("state")).unwrap();
        for file in ["state.rs", "state/stores.rs", "routes/tasks.rs"] {
            fs::write(
                sources.join(file),
                "\nuse tasklane_infrastructure::sqlite;\n",
            )
            .unwrap();
        }
        let findings = adapters_named_outside_composition_root(root.path()).unwrap();
        assert_eq!(
            findings,
            [
                "crates/api/src/routes/tasks.rs:2 names tasklane_infrastructure, which only \
              crates/api/src/state.rs, crates/api/src/state/ may do"
            ]
        );
    }
}
