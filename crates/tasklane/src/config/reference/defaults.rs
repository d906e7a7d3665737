//! What holds where nothing is written.

use ::config::Value;

use super::EACH;
use crate::config::layers::DEFAULTS;
use crate::config::profile::{Profile, dependent_defaults};
use crate::config::reference::rules::Issuer;

/// The one default that follows from the machine.
const BY_CORES: (&str, &str) = ("server.workers", "one per core");

/// The defaults that `default.toml` states.
pub(super) struct Defaults(toml::Table);

impl Defaults {
    pub(super) fn read() -> Self {
        // The binary does not start with a file that cannot be read.
        Self(DEFAULTS.parse().unwrap_or_default())
    }

    /// The default of a key, in Markdown.
    pub(super) fn of(&self, key: &str) -> String {
        if key == BY_CORES.0 {
            return BY_CORES.1.to_owned();
        }
        if let Some((_, key)) = key.rsplit_once(EACH) {
            return Issuer::example().default_of(key);
        }
        self.stated(key)
            .or_else(|| dependent(key))
            .unwrap_or_else(|| "none".to_owned())
    }

    fn stated(&self, key: &str) -> Option<String> {
        let mut names = key.split('.');
        let mut value = self.0.get(names.next()?)?;
        for name in names {
            value = value.get(name)?;
        }
        Some(code(value))
    }
}

/// A value as it is written in a settings file.
pub(super) fn code(value: &toml::Value) -> String {
    format!("`{value}`")
}

/// The default of a key that follows from the profile and the store.
fn dependent(key: &str) -> Option<String> {
    let at = |profile, on_sqlite| {
        let mut defaults = dependent_defaults(profile, on_sqlite).into_iter();
        let (_, value) = defaults.find(|(known, _)| *known == key)?;
        in_toml(value)
    };
    let usual = at(Profile::Development, true)?;
    let others = [
        ("on PostgreSQL", at(Profile::Development, false)?),
        ("in production on SQLite", at(Profile::Production, true)?),
        (
            "in production on PostgreSQL",
            at(Profile::Production, false)?,
        ),
    ];
    let differing: Vec<_> = others
        .iter()
        .filter(|(_, value)| *value != usual)
        .map(|(place, value)| format!("{place} {value}"))
        .collect();
    Some(match others {
        [(_, same), (_, one), (_, other)] if same == usual && one == other && one != usual => {
            format!("{usual}; in production {one}")
        }
        _ => [vec![usual], differing].concat().join("; "),
    })
}

fn in_toml(value: Value) -> Option<String> {
    let value = value.try_deserialize::<toml::Value>().ok()?;
    Some(code(&value))
}

/// The keys of `default.toml` in its order, those behind a `#` included.
pub(super) fn written_keys() -> Vec<String> {
    let mut table = String::new();
    let mut keys = Vec::new();
    for line in DEFAULTS.lines() {
        let line = line.strip_prefix("# ").unwrap_or(line);
        if let Some(list) = enclosed(line, "[[", "]]") {
            table = format!("{list}{EACH}");
        } else if let Some(name) = enclosed(line, "[", "]") {
            table = format!("{name}.");
        } else if let Some((key, _)) = line.split_once(" = ").filter(|(key, _)| is_key(key)) {
            keys.push(format!("{table}{key}"));
        }
    }
    keys
}

fn enclosed<'a>(line: &'a str, open: &str, close: &str) -> Option<&'a str> {
    line.strip_prefix(open)?.strip_suffix(close)
}

fn is_key(text: &str) -> bool {
    text.bytes()
        .all(|byte| byte.is_ascii_lowercase() || byte == b'_')
}
