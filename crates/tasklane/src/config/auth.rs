use std::path::PathBuf;
use std::time::Duration;

use secrecy::SecretString;
use serde::de::Error;
use serde::{Deserialize, Deserializer, Serialize};
use tasklane_domain::user::LOCAL_ISSUER;
use url::Url;
use utoipa::ToSchema;
use validator::{Validate, ValidationError};

use super::issuer::IssuerSettings;
use super::secret::is_long_enough;
use super::{choice, duration, finding, secret};

/// `[auth]`: local accounts and trusted issuers.
#[derive(Debug, Clone, Deserialize, Serialize, Validate, ToSchema)]
#[serde(expecting = "a table")]
#[expect(
    clippy::duplicated_attributes,
    reason = "every rule over the table needs the same option"
)]
#[validate(
    schema(function = "secret_is_long", skip_on_field_errors = false),
    schema(function = "one_key_signs", skip_on_field_errors = false),
    schema(function = "key_files_are_named", skip_on_field_errors = false),
    schema(function = "only_a_private_key_retires", skip_on_field_errors = false),
    schema(function = "aliases_differ", skip_on_field_errors = false),
    schema(function = "issuers_differ", skip_on_field_errors = false)
)]
pub struct AuthSettings {
    /// The secret that signs local tokens (HS256), as UTF-8 bytes.
    #[serde(
        default,
        serialize_with = "secret::serialize",
        skip_serializing_if = "Option::is_none"
    )]
    #[schema(value_type = String)]
    pub secret: Option<SecretString>,
    /// An Ed25519 private key (PEM, PKCS #8) that signs local tokens instead.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(value_type = String)]
    pub private_key_file: Option<PathBuf>,
    /// An Ed25519 public key (PEM) that is published and accepted besides the signing key's own: the
    /// previous key until its last token has expired, or the next one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(value_type = String)]
    pub retiring_public_key_file: Option<PathBuf>,
    /// The `iss` of local tokens.
    #[validate(length(min = 1, max = 255, message = "must be 1 to 255 characters long"))]
    pub issuer: String,
    /// The `aud` of local tokens.
    #[validate(length(min = 1, max = 255, message = "must be 1 to 255 characters long"))]
    pub audience: String,
    /// How long an access token is accepted.
    #[serde(with = "duration")]
    #[validate(custom(function = "duration::not_zero"))]
    #[schema(value_type = String)]
    pub access_ttl: Duration,
    /// How long a session lasts without a refresh.
    #[serde(with = "duration")]
    #[validate(custom(function = "duration::not_zero"))]
    #[schema(value_type = String)]
    pub refresh_ttl: Duration,
    /// For how long the refresh token that was used last can be used again while its successor is
    /// unused, so that an answer that was lost ends no session. Zero for never.
    #[serde(with = "duration")]
    #[schema(value_type = String)]
    pub refresh_grace: Duration,
    /// How long a link that resets a password or verifies an address is good. It works once, and only
    /// the newest.
    #[serde(with = "duration")]
    #[validate(custom(function = "duration::not_zero"))]
    #[schema(value_type = String)]
    pub reset_ttl: Duration,
    /// The page where a new password is chosen. A link adds `?token=` to it, or `token=` where it ends in
    /// `#`; the page passes the token to `POST /api/auth/password/reset`. Without it no such link is
    /// made.
    #[serde(
        default,
        deserialize_with = "page",
        skip_serializing_if = "Option::is_none"
    )]
    #[schema(value_type = String)]
    pub reset_url: Option<Url>,
    /// The same for the page where an email address is verified, which passes the token to
    /// `POST /api/auth/email/verify`.
    #[serde(
        default,
        deserialize_with = "page",
        skip_serializing_if = "Option::is_none"
    )]
    #[schema(value_type = String)]
    pub verify_url: Option<Url>,
    /// Whether a local account can sign in only once its email address is verified.
    pub require_verified_email: bool,
    /// Whether anybody may register a local account.
    #[serde(deserialize_with = "choice::one")]
    pub registration: RegistrationPolicy,
    /// Issuers whose tokens are also accepted. From the file only.
    #[serde(default)]
    #[validate(nested)]
    pub issuers: Vec<IssuerSettings>,
}

/// Whether anybody may make a local account.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, Serialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum RegistrationPolicy {
    /// Anybody may.
    Open,
    /// Nobody may; accounts that exist still sign in.
    Closed,
}

fn page<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Url>, D::Error> {
    const RULE: &str =
        "must be the http or https URL of a page, such as https://app.example.com/reset";
    let is_page = |url: &Url| ["http", "https"].contains(&url.scheme()) && url.has_host();
    let text = String::deserialize(deserializer)?;
    let url = Url::parse(&text).ok().filter(is_page);
    url.map(Some).ok_or_else(|| D::Error::custom(RULE))
}

fn secret_is_long(auth: &AuthSettings) -> Result<(), ValidationError> {
    match &auth.secret {
        Some(secret) if !is_long_enough(secret) => {
            Err(finding::at("secret", "must be at least 32 bytes long"))
        }
        _ => Ok(()),
    }
}

fn one_key_signs(auth: &AuthSettings) -> Result<(), ValidationError> {
    if auth.secret.is_some() && auth.private_key_file.is_some() {
        return Err(finding::at(
            "private_key_file",
            "cannot be set beside auth.secret",
        ));
    }
    Ok(())
}

fn key_files_are_named(auth: &AuthSettings) -> Result<(), ValidationError> {
    let files = [
        ("private_key_file", &auth.private_key_file),
        ("retiring_public_key_file", &auth.retiring_public_key_file),
    ];
    let is_nameless = |file: &Option<PathBuf>| {
        file.as_ref()
            .is_some_and(|file| file.as_os_str().is_empty())
    };
    match files.into_iter().find(|(_, file)| is_nameless(file)) {
        Some((key, _)) => Err(finding::at(key, "must name a file")),
        None => Ok(()),
    }
}

/// A secret has no public half: where one signs, nothing can be published or retire.
fn only_a_private_key_retires(auth: &AuthSettings) -> Result<(), ValidationError> {
    if auth.retiring_public_key_file.is_some() && auth.private_key_file.is_none() {
        return Err(finding::at(
            "retiring_public_key_file",
            "can only be set beside auth.private_key_file",
        ));
    }
    Ok(())
}

fn aliases_differ(auth: &AuthSettings) -> Result<(), ValidationError> {
    differ(auth, "alias", LOCAL_ISSUER, |issuer| &issuer.alias)
}

fn issuers_differ(auth: &AuthSettings) -> Result<(), ValidationError> {
    differ(auth, "issuer", &auth.issuer, |issuer| &issuer.issuer)
}

fn differ(
    auth: &AuthSettings,
    key: &str,
    local: &str,
    name: impl Fn(&IssuerSettings) -> &str,
) -> Result<(), ValidationError> {
    let names: Vec<_> = auth.issuers.iter().map(name).collect();
    let taken = |(index, name): (usize, &&str)| *name == local || names[..index].contains(name);
    match names.iter().enumerate().position(taken) {
        Some(index) => Err(finding::at(
            &format!("issuers[{index}].{key}"),
            "must differ from every other issuer's and from the local one",
        )),
        None => Ok(()),
    }
}
