//! The settings: what a deployment may decide, where each value comes from, and what is refused.
//!
//! A value is taken from the last of these layers that has it:
//!
//! 1. `config/default.toml`, embedded in the binary, and what follows from the profile
//!    ([`Profile`]);
//! 2. the settings file, named by `--config` or `TASKLANE_CONFIG`;
//! 3. `DATABASE_URL`, `DIRECT_DATABASE_URL`, `OTEL_EXPORTER_OTLP_ENDPOINT` and `OTEL_SERVICE_NAME`, as
//!    other programs understand them;
//! 4. `TASKLANE__SECTION__KEY`: the more specific name wins.
//!
//! [`Settings::load`] reports everything that is wrong at once, each finding with the key's full
//! name, and never repeats a value, since it may be a secret.

mod api;
mod auth;
mod base_url;
mod choice;
mod cors;
mod database;
mod database_url;
pub(crate) mod duration;
mod environment;
mod error;
mod file;
mod finding;
mod issuer;
mod layers;
mod log;
mod mail;
mod management;
mod network;
mod number;
mod profile;
mod quota;
mod rate_limit;
mod reading;
mod reference;
mod secret;
mod server;
mod signing_secret;
mod suggestion;
mod telemetry;
#[cfg(test)]
mod tests;
mod text;
mod trash;
mod web;

use std::ffi::OsString;
use std::path::Path;

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use validator::{Validate, ValidationError};

pub use self::api::ApiSettings;
pub use self::auth::{AuthSettings, RegistrationPolicy};
pub use self::cors::CorsSettings;
pub use self::database::DatabaseSettings;
pub use self::database_url::DatabaseUrl;
pub use self::environment::setting;
pub use self::error::SettingsError;
pub use self::finding::Finding;
pub use self::issuer::{Algorithm, Audience, IssuerSettings};
pub use self::log::{LogFormat, LogLevel, LogSettings};
pub use self::mail::MailSettings;
pub use self::management::ManagementSettings;
pub use self::network::ListenAddress;
pub use self::profile::Profile;
pub use self::quota::QuotaSettings;
pub use self::rate_limit::{RateLimitSettings, RatePolicy, WorkPolicy};
pub use self::reference::reference;
pub use self::server::ServerSettings;
pub use self::signing_secret::{SigningKey, SigningSecretError};
pub use self::telemetry::TelemetrySettings;
pub use self::trash::TrashSettings;
pub use self::web::WebSettings;

use self::environment::Environment;
use self::file::SettingsFile;

/// Everything that a deployment may decide, checked.
#[derive(Debug, Clone, Deserialize, Serialize, Validate, ToSchema)]
#[serde(expecting = "a table")]
#[validate(schema(
    function = "production_brings_its_own_key",
    skip_on_field_errors = false
))]
pub struct Settings {
    /// Which defaults apply, and how strict the checks are.
    #[serde(deserialize_with = "choice::one")]
    pub profile: Profile,
    /// The listener that clients reach.
    #[validate(nested)]
    pub server: ServerSettings,
    /// The listener for metrics.
    pub management: ManagementSettings,
    /// The store.
    #[validate(nested)]
    pub database: DatabaseSettings,
    /// Local accounts and trusted issuers.
    #[validate(nested)]
    pub auth: AuthSettings,
    /// How links reach users.
    #[validate(nested)]
    pub mail: MailSettings,
    /// How often clients may call.
    #[validate(nested)]
    pub rate_limit: RateLimitSettings,
    /// Which web pages may call.
    pub cors: CorsSettings,
    /// How the task routes behave.
    pub api: ApiSettings,
    /// How much one user may store.
    pub quota: QuotaSettings,
    /// What happens to deleted tasks.
    #[validate(nested)]
    pub trash: TrashSettings,
    /// The task page.
    pub web: WebSettings,
    /// Where traces go.
    #[validate(nested)]
    pub telemetry: TelemetrySettings,
    /// What is logged, and how.
    pub log: LogSettings,
}

impl Settings {
    /// Reads and checks the settings.
    ///
    /// `file` is what `--config` names; without it `TASKLANE_CONFIG` is looked up in
    /// `environment`, which is [`std::env::vars_os`] outside tests.
    ///
    /// # Errors
    /// A file that cannot be read or is no TOML stands alone; whatever else is wrong is reported
    /// together. No message contains a value.
    pub fn load(
        file: Option<&Path>,
        environment: impl IntoIterator<Item = (OsString, OsString)>,
    ) -> Result<Self, SettingsError> {
        let environment = Environment::new(environment);
        let file = file
            .or(environment.file())
            .map(SettingsFile::read)
            .transpose()?;
        reading::read(file.as_ref(), &environment).map_err(SettingsError::Invalid)
    }

    /// The settings in force, as a settings file: secrets and passwords are replaced, everything
    /// else can be loaded again.
    ///
    /// # Errors
    /// Only for a path that is not UTF-8, which TOML cannot express.
    pub fn to_toml(&self) -> Result<String, toml::ser::Error> {
        toml::to_string(self)
    }

    /// What local tokens are signed with.
    ///
    /// In development, where none is configured, a secret is made and kept beside the data, in a
    /// file that only its owner may read, and a warning is logged. Processes that start at the
    /// same time agree on one secret.
    ///
    /// # Errors
    /// The file cannot be made or read, others may read it, or its content is too short.
    pub fn signing_key(&self) -> Result<SigningKey, SigningSecretError> {
        signing_secret::signing_key(self)
    }

    /// The same as it stands: nothing is made. `None` where [`Settings::signing_key`] would make a
    /// secret.
    ///
    /// # Errors
    /// As [`Settings::signing_key`].
    pub fn kept_signing_key(&self) -> Result<Option<SigningKey>, SigningSecretError> {
        signing_secret::kept_signing_key(self)
    }
}

fn production_brings_its_own_key(settings: &Settings) -> Result<(), ValidationError> {
    let auth = &settings.auth;
    if settings.profile == Profile::Production
        && auth.secret.is_none()
        && auth.private_key_file.is_none()
    {
        return Err(finding::at(
            "auth.secret",
            "is required in production, at least 32 bytes long, unless auth.private_key_file is set",
        ));
    }
    Ok(())
}
