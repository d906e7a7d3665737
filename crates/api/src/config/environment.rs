use std::collections::BTreeMap;
use std::ffi::OsString;
use std::fmt;
use std::path::Path;

use ::config::{ConfigError, Map, Source, Value, ValueKind};

use super::finding::Finding;

/// What begins the name of every variable that is a setting.
const PREFIX: &str = "TASKLANE__";

/// The variable that names the settings file.
const FILE: &str = "TASKLANE_CONFIG";

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
        for (name, value) in environment {
            let Ok(name) = name.into_string() else {
                continue;
            };
            if name == FILE {
                file = Some(value).filter(|value| !value.is_empty());
            } else if let Some((_, key)) = CONVENTIONAL.iter().find(|(known, _)| *known == name) {
                if !value.is_empty() {
                    conventional.insert((*key).to_owned(), Variable { name, value });
                }
            } else if let Some(key) = key_of(&name) {
                specific.insert(key, Variable { name, value });
            }
        }
        conventional.extend(specific);
        Self {
            file,
            variables: conventional,
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

    /// What can be told to be wrong before anything is known of the key's meaning.
    pub(super) fn findings(&self) -> Vec<Finding> {
        self.variables
            .iter()
            .filter_map(|(key, variable)| {
                let rule = if is_file_only(key) {
                    "can be set in the settings file only"
                } else if variable.value.to_str().is_none() {
                    "must be UTF-8"
                } else {
                    return None;
                };
                Some(Finding::new(key.clone(), rule))
            })
            .collect()
    }
}

/// The name of the variable that is the key's value.
pub(super) fn variable_of(key: &str) -> String {
    format!("{PREFIX}{}", key.replace('.', "__").to_uppercase())
}

fn key_of(name: &str) -> Option<String> {
    let prefix = name.get(..PREFIX.len())?;
    prefix
        .eq_ignore_ascii_case(PREFIX)
        .then(|| name[PREFIX.len()..].to_lowercase().replace("__", "."))
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
            if let (Some(text), false) = (variable.value.to_str(), is_file_only(key)) {
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
