use std::fmt::{self, Write};
use std::io;
use std::path::PathBuf;

use super::Finding;

/// Why there are no settings. Written for the person who starts the process; no text contains a value.
#[derive(Debug, thiserror::Error)]
pub enum SettingsError {
    /// The settings file cannot be read.
    #[error("cannot read the settings file {}: {source}", path.display())]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// The settings file is no TOML.
    #[error("{}:{line}:{column}: {rule}", path.display())]
    Malformed {
        /// The file.
        path: PathBuf,
        /// The line, from 1.
        line: usize,
        /// The column in characters, from 1.
        column: usize,
        /// What the parser expected.
        rule: String,
    },
    /// Settings that are unknown, of the wrong type or against a rule: all there are, by key.
    #[error("{}", list(.0))]
    Invalid(Vec<Finding>),
}

fn list(findings: &[Finding]) -> String {
    match findings {
        [finding] => format!("invalid setting: {finding}"),
        findings => several(findings).unwrap_or_default(),
    }
}

fn several(findings: &[Finding]) -> Result<String, fmt::Error> {
    let mut text = format!("{} settings are invalid:", findings.len());
    for finding in findings {
        write!(text, "\n  {finding}")?;
    }
    Ok(text)
}
