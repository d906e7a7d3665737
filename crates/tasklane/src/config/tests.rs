use std::fs;
use std::path::PathBuf;

use secrecy::ExposeSecret;
use tempfile::TempDir;

use super::*;

const SECRET: &str = "0123456789abcdef0123456789abcdef";

fn environment(variables: &[(&str, &str)]) -> Vec<(OsString, OsString)> {
    variables
        .iter()
        .map(|(name, value)| (name.into(), value.into()))
        .collect()
}

fn load(variables: &[(&str, &str)]) -> Settings {
    Settings::load(None, environment(variables)).unwrap_or_else(|error| panic!("{error}"))
}

/// A settings file, there as long as this is.
struct Written(TempDir);

impl Written {
    fn new(text: &str) -> Self {
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join("settings.toml"), text).unwrap();
        Self(folder)
    }

    fn path(&self) -> PathBuf {
        self.0.path().join("settings.toml")
    }
}

fn load_file(text: &str, variables: &[(&str, &str)]) -> Result<Settings, SettingsError> {
    Settings::load(Some(&Written::new(text).path()), environment(variables))
}

fn findings(outcome: Result<Settings, SettingsError>) -> Vec<Finding> {
    match outcome {
        Err(SettingsError::Invalid(findings)) => findings,
        Err(other) => panic!("{other}"),
        Ok(_) => panic!("nothing was found"),
    }
}

fn keys(outcome: Result<Settings, SettingsError>) -> Vec<String> {
    findings(outcome)
        .into_iter()
        .map(|finding| finding.key)
        .collect()
}

/// The only rule that one variable breaks.
fn rule(name: &str, value: &str) -> String {
    let found = findings(Settings::load(None, environment(&[(name, value)])));
    assert_eq!(found.len(), 1, "{name}={value}: {found:?}");
    assert_eq!(found[0].variables, [name]);
    found[0].rule.clone()
}

mod environment_layer;
mod issuers;
mod layers;
mod mail;
mod refusals;
mod showing;
