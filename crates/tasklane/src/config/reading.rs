use ::config::{Config, ConfigError};
use serde_ignored::Path;
use validator::Validate;

use super::Settings;
use super::environment::Environment;
use super::file::SettingsFile;
use super::finding::{self, Finding};
use super::layers::Layers;

/// Merges the layers and checks the outcome, all of it: what is found is by key, without doubles.
pub(super) fn read(
    file: Option<&SettingsFile>,
    environment: &Environment,
) -> Result<Settings, Vec<Finding>> {
    let mut findings = environment.findings();
    findings.extend(file.into_iter().flat_map(|file| file.findings.clone()));
    let outcome = Layers::new(file, environment)
        .and_then(typed)
        .unwrap_or_else(|error| Outcome {
            misfits: vec![finding::of_wrong_type(&error)],
            ..Outcome::default()
        });
    if let Some(Err(errors)) = outcome.settings.as_ref().map(Validate::validate) {
        let broken = finding::of_broken_rules(&errors);
        findings.extend(without_consequences(broken, &outcome.misfits));
    }
    findings.extend(outcome.misfits);
    findings.extend(outcome.unknown.into_iter().map(|key| {
        let meant = environment.meant_by(&key);
        Finding::unknown(key, meant)
    }));
    match outcome.settings {
        Some(settings) if findings.is_empty() => Ok(settings),
        _ => Err(in_order(findings, environment)),
    }
}

/// What came of reading the merged layers.
#[derive(Default)]
struct Outcome {
    /// The settings, with defaults in the place of misfits; none when that did not help.
    settings: Option<Settings>,
    /// Values that have the wrong type.
    misfits: Vec<Finding>,
    /// Keys that are not settings.
    unknown: Vec<String>,
}

/// Reads every value into its type. Where one does not fit, its default takes its place and the
/// reading starts over, so that the next one is found too.
fn typed(mut layers: Layers) -> Result<Outcome, ConfigError> {
    let mut misfits: Vec<Finding> = Vec::new();
    loop {
        let mut unknown = Vec::new();
        let merged = layers.all.build_cloned()?;
        let error = match read_noting_unknown(merged, &mut unknown) {
            Ok(settings) => {
                return Ok(Outcome {
                    settings: Some(settings),
                    misfits,
                    unknown,
                });
            }
            Err(error) => error,
        };
        let misfit = finding::of_wrong_type(&error);
        let again = misfits.iter().any(|known| known.key == misfit.key);
        if !again {
            misfits.push(misfit.clone());
        }
        if again || misfit.key.is_empty() {
            return Ok(Outcome {
                settings: None,
                misfits,
                unknown,
            });
        }
        layers.fall_back(&misfit.key)?;
    }
}

fn read_noting_unknown(merged: Config, unknown: &mut Vec<String>) -> Result<Settings, ConfigError> {
    serde_ignored::deserialize(merged, |path| unknown.push(full_name(&path)))
}

fn full_name(path: &Path<'_>) -> String {
    match path {
        Path::Root => String::new(),
        Path::Map {
            parent: Path::Root,
            key,
        } => key.clone(),
        Path::Map { parent, key } => format!("{}.{key}", full_name(parent)),
        Path::Seq { parent, index } => format!("{}[{index}]", full_name(parent)),
        Path::Some { parent }
        | Path::NewtypeStruct { parent }
        | Path::NewtypeVariant { parent } => full_name(parent),
    }
}

/// A value that did not fit was taken away: a rule that misses it, or the table around it, says
/// nothing new.
fn without_consequences(broken: Vec<Finding>, misfits: &[Finding]) -> Vec<Finding> {
    let is_consequence = |finding: &Finding| {
        misfits.iter().any(|misfit| {
            let below = misfit.key.strip_prefix(&finding.key);
            below.is_some_and(|rest| rest.is_empty() || rest.starts_with(['.', '[']))
        })
    };
    broken
        .into_iter()
        .filter(|finding| !is_consequence(finding))
        .collect()
}

fn in_order(mut findings: Vec<Finding>, environment: &Environment) -> Vec<Finding> {
    findings.sort_by(|one, other| (&one.key, &one.rule).cmp(&(&other.key, &other.rule)));
    findings.dedup();
    for finding in &mut findings {
        finding.variables = environment.variables_of(&finding.key);
    }
    findings
}
