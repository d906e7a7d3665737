use std::fs;
use std::path::Path;

use super::SettingsError;

/// A settings file that is known to be TOML.
pub(super) struct SettingsFile {
    pub(super) text: String,
}

impl SettingsFile {
    /// Reads the file. It is parsed here and again when the layers are merged: the settings
    /// library's own error quotes the line, and that may hold a secret.
    pub(super) fn read(path: &Path) -> Result<Self, SettingsError> {
        let text = fs::read_to_string(path).map_err(|source| SettingsError::Unreadable {
            path: path.to_owned(),
            source,
        })?;
        match text.parse::<toml::Table>() {
            Ok(_) => Ok(Self { text }),
            Err(error) => Err(malformed(path, &text, &error)),
        }
    }
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
