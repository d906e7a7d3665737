//! The reference of all settings: what there is, from the settings' own types; what holds unless
//! something is written, from the layers; and what is refused, from refusing it.

mod defaults;
mod rules;

use std::fmt::Write;

use serde_json::{Value, json};
use utoipa::{PartialSchema, ToSchema};

use self::defaults::Defaults;
use super::{Settings, environment};

/// What stands between a list of tables and the keys of one of them.
const EACH: &str = "[].";

const INTRODUCTION: &str = "\
# Settings

<!-- `cargo xtask settings` writes this page from the code and from config/default.toml. -->

The last of these that has a value wins: the built-in default, the settings file (`--config FILE` or
`TASKLANE_CONFIG`; TOML), a variable that other programs understand too (`DATABASE_URL`,
`DIRECT_DATABASE_URL`, `OTEL_EXPORTER_OTLP_ENDPOINT`, `OTEL_SERVICE_NAME`), and the variable named below
the setting. In a variable, commas separate the items of a list, and an empty value is a value. White
space around a value is cut, and control characters are refused. `tasklane config` prints the settings in
force. The start reports everything that is wrong at once, in the words below, and suggests the setting
that an unknown key or variable was meant for.
";

/// The tables of a settings file.
struct Table {
    /// As it is written in the file: `[server]`. Empty above the first table.
    heading: String,
    meaning: String,
    settings: Vec<Setting>,
}

/// One setting.
struct Setting {
    /// Its full name, such as `server.address` or `auth.issuers[].alias`.
    key: String,
    meaning: String,
}

/// Every setting there is, as a page of Markdown.
#[must_use]
pub fn reference() -> String {
    let defaults = Defaults::read();
    let mut page = INTRODUCTION.to_owned();
    for table in tables() {
        if !table.heading.is_empty() {
            page = page + "\n## `" + &table.heading + "`\n";
        }
        page =
            page + "\n" + &table.meaning + "\n\n| setting | default | meaning |\n|---|---|---|\n";
        for setting in &table.settings {
            page += &row(setting, &defaults);
        }
    }
    page
}

fn row(setting: &Setting, defaults: &Defaults) -> String {
    let Setting { key, meaning } = setting;
    let (_, name) = key.rsplit_once(EACH).unwrap_or(("", key));
    let mut first = format!("`{name}`");
    if !key.contains(EACH) {
        // Writing to a text does not fail.
        let _ = write!(first, "<br>`{}`", environment::variable_of(key));
    }
    let rules = rules::of(key).join("; ");
    let rules = if rules.is_empty() {
        rules
    } else {
        format!(" *It {rules}.*")
    };
    let cells = [first, defaults.of(key), meaning.clone() + &rules];
    let cells = cells.map(|cell| cell.replace('|', "\\|"));
    format!("| {} |\n", cells.join(" | "))
}

/// The keys that a variable can set.
pub(super) fn keys() -> Vec<String> {
    let settings = tables().into_iter().flat_map(|table| table.settings);
    let keys = settings.map(|setting| setting.key);
    keys.filter(|key| !key.contains(EACH)).collect()
}

/// The tables and their settings, in the order of `default.toml`.
fn tables() -> Vec<Table> {
    let mut named = Vec::new();
    Settings::schemas(&mut named);
    let named: serde_json::Map<_, _> = named
        .into_iter()
        .map(|(name, schema)| (name, json!(schema)))
        .collect();
    let document = Schemas(json!({ "components": { "schemas": named } }));
    let mut top = Table::new(String::new(), "Above the first table of the file:");
    let mut tables = Vec::new();
    for (name, property) in properties(&json!(Settings::schema())) {
        let target = document.follow(property);
        if target["properties"].is_object() {
            let mut table = Table::new(format!("[{name}]"), &description(property));
            document.collect(&format!("{name}."), "", target, &mut table, &mut tables);
            tables.push(table);
        } else {
            top.push(name.clone(), description(property));
        }
    }
    tables.push(top);
    in_order(tables)
}

fn in_order(mut tables: Vec<Table>) -> Vec<Table> {
    let written = defaults::written_keys();
    let place = |key: &str| {
        let is_it = |known: &String| known == key || key.starts_with(&format!("{known}."));
        written.iter().position(is_it)
    };
    for table in &mut tables {
        table.settings.sort_by_key(|setting| place(&setting.key));
    }
    tables.sort_by_key(|table| table.settings.first().map(|setting| place(&setting.key)));
    tables
}

impl Table {
    fn new(heading: String, meaning: &str) -> Self {
        Self {
            heading,
            meaning: meaning.to_owned(),
            settings: Vec::new(),
        }
    }

    fn push(&mut self, key: String, meaning: String) {
        self.settings.push(Setting { key, meaning });
    }
}

/// The schemas of the settings' types, by name.
struct Schemas(Value);

impl Schemas {
    fn follow<'a>(&'a self, schema: &'a Value) -> &'a Value {
        let target = schema["$ref"].as_str().unwrap_or_default();
        let target = self.0.pointer(target.trim_start_matches('#'));
        target
            .filter(|_| schema["$ref"].is_string())
            .unwrap_or(schema)
    }

    /// Puts the keys of a type into the table; a list of tables becomes a table of its own.
    fn collect(
        &self,
        prefix: &str,
        about: &str,
        schema: &Value,
        table: &mut Table,
        others: &mut Vec<Table>,
    ) {
        for (name, property) in properties(schema) {
            let key = format!("{prefix}{name}");
            let meaning = format!("{about} {}", description(property));
            let meaning = meaning.trim();
            let (target, element) = (self.follow(property), self.follow(&property["items"]));
            if target["properties"].is_object() {
                self.collect(&format!("{key}."), meaning, target, table, others);
            } else if element["properties"].is_object() {
                let mut each = Table::new(format!("[[{key}]]"), meaning);
                self.collect(&format!("{key}{EACH}"), "", element, &mut each, others);
                others.push(each);
            } else {
                table.push(key, meaning.to_owned());
            }
        }
    }
}

fn properties(schema: &Value) -> impl Iterator<Item = (&String, &Value)> {
    schema["properties"].as_object().into_iter().flatten()
}

fn description(schema: &Value) -> String {
    let text = schema["description"].as_str().unwrap_or_default();
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    fn keys() -> BTreeSet<String> {
        let tables = tables();
        let settings = tables.iter().flat_map(|table| &table.settings);
        settings.map(|setting| setting.key.clone()).collect()
    }

    /// A table that is written in one line is one key there.
    fn is_written(key: &str, written: &str) -> bool {
        key == written || key.starts_with(&format!("{written}."))
    }

    #[test]
    fn the_defaults_file_and_the_reference_have_the_same_keys() {
        let (written, known) = (defaults::written_keys(), keys());
        assert!(known.len() > 40, "{known:?}");
        for key in &written {
            let found = known.iter().any(|known| is_written(known, key));
            assert!(found, "{key} of default.toml is not a setting");
        }
        for key in &known {
            let found = written.iter().any(|written| is_written(key, written));
            assert!(found, "{key} is missing in default.toml");
        }
    }

    #[test]
    fn every_setting_says_what_it_means() {
        for table in tables() {
            assert!(table.meaning.ends_with(['.', ':']), "{}", table.heading);
            for Setting { key, meaning } in table.settings {
                assert!(
                    meaning.ends_with('.') && meaning.len() > 10,
                    "{key}: {meaning}"
                );
            }
        }
    }

    #[test]
    fn a_row_has_the_variable_the_default_the_meaning_and_the_rules() {
        let page = reference();
        for row in [
            "| `server.address`<br>`TASKLANE__SERVER__ADDRESS` | `\"127.0.0.1:8080\"` | The address to \
             listen on. Port 0 picks a free one. *It must be an address and a port, such as 127.0.0.1:8080, \
             [::]:8080 or localhost:8080.* |",
            "| `server.workers`<br>`TASKLANE__SERVER__WORKERS` | one per core | Threads that serve \
             requests: one per core unless set. *It must be a whole number; must be from 1 to \
             1024.* |",
            "| `database.migrate`<br>`TASKLANE__DATABASE__MIGRATE` | `true`; in production on PostgreSQL \
             `false` |",
            "| `rate_limit.api.quota`<br>`TASKLANE__RATE_LIMIT__API__QUOTA` | `600` |",
            "| `log.format`<br>`TASKLANE__LOG__FORMAT` | `\"pretty\"`; in production `\"json\"` |",
            "| `alias` | required |",
            "| `jwks_url` | none |",
            "| `email_claim` | `\"email\"` |",
        ] {
            assert!(page.contains(&format!("\n{row}")), "{row}\n{page}");
        }
    }
}
