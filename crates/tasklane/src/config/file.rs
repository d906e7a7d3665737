use std::fs;
use std::path::Path;

use toml::{Table, Value};

use super::SettingsError;
use super::finding::Finding;
use super::text;

/// A settings file that is known to be TOML. Its texts are clean.
pub(super) struct SettingsFile {
    /// The file, as TOML.
    pub(super) text: String,
    /// The texts that were left out because they are not clean.
    pub(super) findings: Vec<Finding>,
}

impl SettingsFile {
    /// Reads the file. It is parsed here and again when the layers are merged: the settings
    /// library's own error quotes the line, and that may hold a secret.
    pub(super) fn read(path: &Path) -> Result<Self, SettingsError> {
        let text = fs::read_to_string(path).map_err(|source| SettingsError::Unreadable {
            path: path.to_owned(),
            source,
        })?;
        match text.parse() {
            Ok(table) => Ok(Self::of(table)),
            Err(error) => Err(malformed(path, &text, &error)),
        }
    }

    /// The file that this table would be.
    pub(super) fn of(mut table: Table) -> Self {
        let mut findings = Vec::new();
        clean_table("", &mut table, &mut findings);
        Self {
            text: table.to_string(),
            findings,
        }
    }
}

fn clean_table(prefix: &str, table: &mut Table, findings: &mut Vec<Finding>) {
    table.retain(|name, value| clean(&format!("{prefix}{name}"), value, findings));
}

/// Cleans every text in a value; false for one that is refused.
fn clean(key: &str, value: &mut Value, findings: &mut Vec<Finding>) -> bool {
    match value {
        Value::String(text) => match text::clean(text) {
            Ok(clean) => *text = clean.to_owned(),
            Err(rule) => {
                findings.push(Finding::new(key, rule));
                return false;
            }
        },
        Value::Table(table) => clean_table(&format!("{key}."), table, findings),
        Value::Array(values) => {
            let mut index = 0;
            values.retain_mut(|value| {
                let key = format!("{key}[{index}]");
                index += 1;
                clean(&key, value, findings)
            });
        }
        _ => {}
    }
    true
}

fn malformed(path: &Path, text: &str, error: &toml::de::Error) -> SettingsError {
    let start = error.span().map_or(0, |span| span.start);
    let before = text.get(..start).unwrap_or(text);
    let last_line = before.rsplit('\n').next().unwrap_or_default();
    SettingsError::Malformed {
        path: path.to_owned(),
        line: before.matches('\n').count() + 1,
        column: last_line.chars().count() + 1,
        rule: error.message().replace('\n', ", "),
    }
}
