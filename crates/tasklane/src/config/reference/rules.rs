//! What is refused: each setting is given what could be wrong, and says what it wants instead.

use toml::{Table, Value};

use super::EACH;
use super::defaults::code;
use crate::config::environment::{Environment, variable_of};
use crate::config::file::SettingsFile;
use crate::config::finding::Finding;
use crate::config::{Settings, reading};

/// What is wrong for some type or another: no word, nothing, too little, too much.
const WRONG: [&str; 5] = ["?", "", "0", "0s", "3651d"];

/// An issuer that nothing is wrong with.
const ISSUER: &str = "\
    alias = 'example'
    issuer = 'https://id.example.com'
    audience = 'tasklane'
    algorithms = ['EdDSA']
    jwks_url = 'https://id.example.com/jwks'
";

/// The rules that the setting's values are held to, in the words of their refusal.
pub(super) fn of(key: &str) -> Vec<String> {
    let refusals = match key.rsplit_once(EACH) {
        Some((_, key)) => Issuer::refusals_of(key),
        None => WRONG
            .iter()
            .flat_map(|value| {
                let variables = [(variable_of(key).into(), (*value).into())];
                refusals_at(key, None, &Environment::new(variables))
            })
            .collect(),
    };
    let mut rules: Vec<String> = Vec::new();
    for rule in refusals {
        if !rules.contains(&rule) {
            rules.push(rule);
        }
    }
    rules
}

fn refusals_at(key: &str, file: Option<&SettingsFile>, environment: &Environment) -> Vec<String> {
    let findings: Vec<Finding> = reading::read(file, environment).err().unwrap_or_default();
    findings
        .into_iter()
        .filter(|finding| finding.key == key)
        .map(|finding| finding.rule)
        .collect()
}

/// One table of `[[auth.issuers]]`, which only a file has.
pub(super) struct Issuer(Table);

impl Issuer {
    pub(super) fn example() -> Self {
        Self(ISSUER.parse().unwrap_or_default())
    }

    fn with(mut self, key: &str, value: Value) -> Self {
        self.0.insert(key.to_owned(), value);
        self
    }

    fn without(mut self, key: &str) -> Self {
        self.0.remove(key);
        self
    }

    fn file(&self) -> SettingsFile {
        let issuers = Value::Array(vec![self.0.clone().into()]);
        let auth = Table::from_iter([("issuers".to_owned(), issuers)]);
        let file = Table::from_iter([("auth".to_owned(), auth.into())]);
        SettingsFile::of(file)
    }

    fn refusals(&self, key: &str) -> Vec<String> {
        let key = format!("auth.issuers[0].{key}");
        refusals_at(&key, Some(&self.file()), &nothing())
    }

    /// The refusals of everything that is wrong at one key.
    fn refusals_of(key: &str) -> Vec<String> {
        let texts = WRONG.map(Value::from);
        let lists = [Vec::new(), vec![Value::from(WRONG[0])]].map(Value::Array);
        texts
            .into_iter()
            .chain(lists)
            .flat_map(|value| Self::example().with(key, value).refusals(key))
            .collect()
    }

    /// The default of a key, in Markdown.
    pub(super) fn default_of(self, key: &str) -> String {
        let without = self.without(key);
        if !without.refusals(key).is_empty() {
            return "required".to_owned();
        }
        let read = reading::read(Some(&without.file()), &nothing()).ok();
        let shown = read.and_then(|settings: Settings| Table::try_from(settings).ok());
        let value = shown.and_then(|shown| shown["auth"]["issuers"][0].get(key).cloned());
        value.map_or_else(|| "none".to_owned(), |value| code(&value))
    }
}

fn nothing() -> Environment {
    Environment::new([])
}
