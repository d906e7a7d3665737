use ::config::builder::DefaultState;
use ::config::{Config, ConfigBuilder, ConfigError, File, FileFormat, Value};
use serde::Deserialize;
use serde::de::value::{Error as WordError, StrDeserializer};

use super::environment::Environment;
use super::file::SettingsFile;
use super::profile::{Profile, dependent_defaults};

/// The defaults that depend on nothing.
pub(super) const DEFAULTS: &str = include_str!("../../../../config/default.toml");

/// The layers of the settings, the last with a value winning.
pub(super) struct Layers {
    /// What holds where nothing is written.
    pub(super) defaults: Config,
    /// Every layer.
    pub(super) all: ConfigBuilder<DefaultState>,
}

impl Layers {
    pub(super) fn new(
        file: Option<&SettingsFile>,
        environment: &Environment,
    ) -> Result<Self, ConfigError> {
        let written = over(Config::builder(), file, environment).build()?;
        let mut beneath = Config::builder();
        for (key, value) in dependent_defaults(profile_of(&written), is_on_sqlite(&written)) {
            beneath = beneath.set_default(key, value)?;
        }
        let defaults = beneath
            .clone()
            .add_source(File::from_str(DEFAULTS, FileFormat::Toml));
        Ok(Self {
            defaults: defaults.build()?,
            all: over(beneath, file, environment),
        })
    }

    /// Puts the default of a key above what is written, or nothing where it has none.
    pub(super) fn fall_back(&mut self, key: &str) -> Result<(), ConfigError> {
        let default = self.defaults.get::<Value>(key).unwrap_or_default();
        self.all = self.all.clone().set_override(key, default)?;
        Ok(())
    }
}

fn over(
    beneath: ConfigBuilder<DefaultState>,
    file: Option<&SettingsFile>,
    environment: &Environment,
) -> ConfigBuilder<DefaultState> {
    let mut layers = beneath.add_source(File::from_str(DEFAULTS, FileFormat::Toml));
    if let Some(file) = file {
        layers = layers.add_source(File::from_str(&file.text, FileFormat::Toml));
    }
    layers.add_source(environment.clone())
}

/// The profile that is written. One that cannot be read is found with everything else later.
fn profile_of(written: &Config) -> Profile {
    let word = written.get_string("profile").unwrap_or_default();
    Profile::deserialize(StrDeserializer::<WordError>::new(&word)).unwrap_or_default()
}

fn is_on_sqlite(written: &Config) -> bool {
    written
        .get_string("database.url")
        .is_ok_and(|url| url.starts_with("sqlite:"))
}
