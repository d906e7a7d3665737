//! What an issuer's keys are good for, found out before anybody signs in.

use jsonwebtoken::Algorithm;

use crate::issuer::Issuer;
use crate::jwks::FetchError;
use crate::settings::{IssuerSettings, SettingsProblem};

/// What an issuer's keys are good for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeyReport {
    /// How many keys signatures can be verified with.
    pub usable: usize,
    /// The algorithms that the settings accept and that no key serves.
    pub unserved: Vec<Algorithm>,
}

/// Why an issuer's tokens cannot be verified.
#[derive(Debug, thiserror::Error)]
pub enum KeyError {
    /// The settings or the key in them cannot be used.
    #[error(transparent)]
    Settings(#[from] SettingsProblem),
    /// The keys that the issuer publishes cannot be had.
    #[error(transparent)]
    Fetch(#[from] FetchError),
}

/// Looks at an issuer's keys as a running service would use them. Those that it publishes are fetched
/// once, which takes at most five seconds.
///
/// # Errors
/// There is no key that could be used.
pub async fn inspect_keys(settings: &IssuerSettings) -> Result<KeyReport, KeyError> {
    Ok(Issuer::trusted(settings)?.inspect_keys().await?)
}
