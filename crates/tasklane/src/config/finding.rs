use std::borrow::Cow;
use std::fmt;

use ::config::ConfigError;
use validator::{ValidationError, ValidationErrors, ValidationErrorsKind};

/// The parameter of a [`ValidationError`] of a whole table that names the key it is about.
const KEY: &str = "key";

/// The field under which `validator` keeps what is wrong with a whole table.
const WHOLE_TABLE: &str = "__all__";

/// One thing that is wrong with the settings.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    /// The key's full name, such as `server.address` or `auth.issuers[0].alias`.
    pub key: String,
    /// The rule that its value breaks. It never contains the value.
    pub rule: String,
    /// The environment variables that the value came from, if it did.
    pub variables: Vec<String>,
}

impl Finding {
    pub(super) fn new(key: impl Into<String>, rule: impl Into<String>) -> Self {
        Self {
            key: key.into(),
            rule: rule.into(),
            variables: Vec::new(),
        }
    }

    /// A name that is not a setting, with the one that was meant, if that can be told.
    pub(super) fn unknown(name: impl Into<String>, meant: Option<String>) -> Self {
        let rule = match meant {
            Some(meant) => format!("is not a known setting; did you mean {meant}?"),
            None => "is not a known setting".to_owned(),
        };
        Self::new(name, rule)
    }
}

impl fmt::Display for Finding {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.key)?;
        if !self.variables.is_empty() {
            write!(formatter, " ({})", self.variables.join(", "))?;
        }
        write!(formatter, " {}", self.rule)
    }
}

/// What a rule over a whole table finds wrong with one of its keys; an empty key is the table.
pub(super) fn at(key: &str, rule: impl Into<Cow<'static, str>>) -> ValidationError {
    let mut error = ValidationError::new("rule").with_message(rule.into());
    error.add_param(KEY.into(), &key);
    error
}

/// The finding of a value that has the wrong type.
pub(super) fn of_wrong_type(error: &ConfigError) -> Finding {
    match error {
        ConfigError::NotFound(key) => Finding::new(full_name(Some(key)), "is required"),
        ConfigError::Type { key, expected, .. } => {
            Finding::new(full_name(key.as_deref()), expectation(expected))
        }
        ConfigError::At { error, key, .. } => {
            Finding::new(full_name(key.as_deref()), of_wrong_type(error).rule)
        }
        other => Finding::new("", rule_of(&other.to_string())),
    }
}

/// The key as it is written everywhere: the settings library leaves out the dot behind an index.
fn full_name(key: Option<&str>) -> String {
    let key = key.unwrap_or_default().replace(']', "].");
    key.replace("..", ".")
        .replace(".[", "[")
        .trim_end_matches('.')
        .to_owned()
}

/// The rule in a message, without the value that the settings and serialisation libraries quote
/// before it.
fn rule_of(message: &str) -> String {
    match message.split_once(", expected ") {
        Some((_, expected)) => expectation(expected),
        None => message.to_owned(),
    }
}

fn expectation(expected: &str) -> String {
    let expected = match expected {
        "a string" => "a text",
        "a sequence" => "a list",
        "a boolean" => "true or false",
        other => other,
    };
    format!("must be {}", expected.replace('`', ""))
}

/// What `validator` found, each with its key's full name.
pub(super) fn of_broken_rules(errors: &ValidationErrors) -> Vec<Finding> {
    let mut findings = Vec::new();
    collect("", errors, &mut findings);
    findings
}

fn collect(table: &str, errors: &ValidationErrors, findings: &mut Vec<Finding>) {
    for (field, kind) in errors.errors() {
        let key = if field == WHOLE_TABLE {
            table.to_owned()
        } else {
            joined(table, field)
        };
        match kind {
            ValidationErrorsKind::Struct(nested) => collect(&key, nested, findings),
            ValidationErrorsKind::List(elements) => {
                for (index, nested) in elements {
                    collect(&format!("{key}[{index}]"), nested, findings);
                }
            }
            ValidationErrorsKind::Field(errors) => {
                findings.extend(errors.iter().map(|error| of_error(&key, error)));
            }
        }
    }
}

fn of_error(key: &str, error: &ValidationError) -> Finding {
    let below = error
        .params
        .get(KEY)
        .and_then(|key| key.as_str())
        .unwrap_or_default();
    let rule = error.message.clone().unwrap_or(Cow::Borrowed("is invalid"));
    Finding::new(joined(key, below), rule)
}

fn joined(table: &str, key: &str) -> String {
    match (table, key) {
        ("", key) => key.to_owned(),
        (table, "") => table.to_owned(),
        (table, key) => format!("{table}.{key}"),
    }
}
