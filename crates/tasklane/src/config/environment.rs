use std::collections::BTreeMap;
use std::ffi::OsString;
use std::fmt;
use std::path::Path;

use ::config::{ConfigError, Map, Source, Value, ValueKind};

use super::finding::Finding;
use super::{suggestion, text};

/// What begins the name of every variable that is a setting.
const PREFIX: &str = "TASKLANE__";

/// What begins the name of a variable that may have been meant as a setting.
const NEAR_PREFIX: &str = "TASKLANE_";

/// The variable that names the settings file.
pub(super) const FILE: &str = "TASKLANE_CONFIG";

/// Variables that other programs understand too, and the keys they stand for.
const CONVENTIONAL: [(&str, &str); 4] = [
    ("DATABASE_URL", "database.url"),
    ("DIRECT_DATABASE_URL", "database.direct_url"),
    ("OTEL_EXPORTER_OTLP_ENDPOINT", "telemetry.otlp_endpoint"),
    ("OTEL_SERVICE_NAME", "telemetry.service_name"),
];

/// The keys whose value is a list of texts, separated by commas here.
const LISTS: [&str; 2] = ["server.trusted_proxies", "cors.origins"];

/// The key that is too deep for a variable.
const FILE_ONLY: &str = "auth.issuers";

/// The settings that the environment makes.
#[derive(Clone)]
pub(super) struct Environment {
    file: Option<OsString>,
    /// By key, such as `server.address`.
    variables: BTreeMap<String, Variable>,
    /// Variables that are a setting but for an underscore.
    misnamed: Vec<String>,
}

#[derive(Clone)]
struct Variable {
    name: String,
    value: OsString,
}

impl Environment {
    pub(super) fn new(environment: impl IntoIterator<Item = (OsString, OsString)>) -> Self {
        let mut file = None;
        let mut conventional = BTreeMap::new();
        let mut specific = BTreeMap::new();
        let mut misnamed = Vec::new();
        for (name, value) in environment {
            let Ok(name) = name.into_string() else {
                continue;
            };
            if name == FILE {
                file = Some(trimmed(value)).filter(|value| !value.is_empty());
            } else if let Some((_, key)) = CONVENTIONAL.iter().find(|(known, _)| *known == name) {
                if !trimmed(value.clone()).is_empty() {
                    conventional.insert((*key).to_owned(), Variable { name, value });
                }
            } else if let Some(key) = key_of(&name) {
                specific.insert(key, Variable { name, value });
            } else if begins_with(&name, NEAR_PREFIX) {
                misnamed.push(name);
            }
        }
        conventional.extend(specific);
        Self {
            file,
            variables: conventional,
            misnamed,
        }
    }

    /// The settings file that `TASKLANE_CONFIG` names.
    pub(super) fn file(&self) -> Option<&Path> {
        self.file.as_deref().map(Path::new)
    }

    /// The variables that make the key's value, or part of it.
    pub(super) fn variables_of(&self, key: &str) -> Vec<String> {
        self.variables
            .iter()
            .filter(|(known, _)| known.as_str() == key || is_below(key, known))
            .map(|(_, variable)| variable.name.clone())
            .collect()
    }

    /// What is wrong whatever the keys mean.
    pub(super) fn findings(&self) -> Vec<Finding> {
        let values = self.variables.iter().filter_map(|(key, variable)| {
            let rule = variable.text(key).err()?;
            Some(Finding::new(key.clone(), rule))
        });
        let names = self.misnamed.iter().filter_map(|name| {
            let meant = suggestion::variable_for(name)?;
            Some(Finding::unknown(name.clone(), Some(meant)))
        });
        values.chain(names).collect()
    }

    /// The name that was meant by a key that is not a setting: of a variable, if one made the key.
    pub(super) fn meant_by(&self, unknown: &str) -> Option<String> {
        let of_variable = self.variables.iter().find_map(|(key, variable)| {
            let made_it = key == unknown || is_below(unknown, key);
            made_it.then_some((key, variable))
        });
        let Some((key, variable)) = of_variable else {
            return suggestion::key_for(unknown);
        };
        let by_letters = suggestion::variable_for(&variable.name);
        by_letters.or_else(|| suggestion::setting_for(key).map(|key| variable_of(&key)))
    }
}

impl Variable {
    /// The clean text of the value, or the rule that it breaks.
    fn text(&self, key: &str) -> Result<&str, &'static str> {
        if is_file_only(key) {
            return Err("can be set in the settings file only");
        }
        text::clean(self.value.to_str().ok_or("must be UTF-8")?)
    }
}

/// A value without the white space around it, if it is a text.
fn trimmed(value: OsString) -> OsString {
    match value.to_str() {
        Some(text) => text.trim().into(),
        None => value,
    }
}

/// A setting as messages name it: by its key, and by its variable if it has one.
#[must_use]
pub fn setting(key: &str) -> String {
    if is_file_only(key.split('[').next().unwrap_or(key)) {
        return key.to_owned();
    }
    format!("{key} ({})", variable_of(key))
}

/// The name of the variable that is the key's value.
pub(super) fn variable_of(key: &str) -> String {
    format!("{PREFIX}{}", key.replace('.', "__").to_uppercase())
}

fn key_of(name: &str) -> Option<String> {
    begins_with(name, PREFIX).then(|| name[PREFIX.len()..].to_lowercase().replace("__", "."))
}

fn begins_with(name: &str, prefix: &str) -> bool {
    name.get(..prefix.len())
        .is_some_and(|start| start.eq_ignore_ascii_case(prefix))
}

fn is_below(table: &str, key: &str) -> bool {
    key.strip_prefix(table)
        .is_some_and(|rest| rest.starts_with('.'))
}

fn is_file_only(key: &str) -> bool {
    key == FILE_ONLY || is_below(FILE_ONLY, key)
}

impl fmt::Debug for Environment {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_set()
            .entries(self.variables.keys())
            .finish()
    }
}

impl Source for Environment {
    fn clone_into_box(&self) -> Box<dyn Source + Send + Sync> {
        Box::new(self.clone())
    }

    fn collect(&self) -> Result<Map<String, Value>, ConfigError> {
        let mut root = Map::new();
        for (key, variable) in &self.variables {
            if let Ok(text) = variable.text(key) {
                insert(&mut root, key, value_of(key, text));
            }
        }
        Ok(root)
    }
}

/// Every value stays the text it is, so that a secret of digits is not taken for a number; what is
/// a number is read from the text by its setting.
fn value_of(key: &str, text: &str) -> Value {
    if !LISTS.contains(&key) {
        return text.into();
    }
    let texts: Vec<_> = text
        .split(',')
        .map(str::trim)
        .filter(|text| !text.is_empty())
        .collect();
    texts.into()
}

fn insert(table: &mut Map<String, Value>, key: &str, value: Value) {
    let Some((name, rest)) = key.split_once('.') else {
        table.insert(key.to_owned(), value);
        return;
    };
    let child = table.entry(name.to_owned()).or_insert_with(empty_table);
    if !matches!(child.kind, ValueKind::Table(_)) {
        *child = empty_table();
    }
    if let ValueKind::Table(inner) = &mut child.kind {
        insert(inner, rest, value);
    }
}

fn empty_table() -> Value {
    Map::<String, Value>::new().into()
}
