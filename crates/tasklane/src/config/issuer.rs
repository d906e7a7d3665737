use std::fmt;
use std::path::PathBuf;

use secrecy::SecretString;
use serde::de::{Error, SeqAccess, Visitor};
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use tasklane_auth::{MAX_ALIAS_LENGTH, is_safe_key_url};
use url::Url;
use utoipa::ToSchema;
use validator::{Validate, ValidationError};

use super::secret::is_long_enough;
use super::{choice, finding, secret};

/// One table of `[[auth.issuers]]`: somebody whose tokens are accepted.
#[derive(Debug, Clone, Deserialize, Serialize, Validate, ToSchema)]
#[serde(expecting = "a table")]
#[expect(
    clippy::duplicated_attributes,
    reason = "every rule over the table needs the same option"
)]
#[validate(
    schema(function = "has_one_key", skip_on_field_errors = false),
    schema(function = "key_file_is_named", skip_on_field_errors = false),
    schema(function = "secret_is_long", skip_on_field_errors = false),
    schema(function = "algorithms_fit_the_key", skip_on_field_errors = false)
)]
pub struct IssuerSettings {
    /// Your name for the issuer. User ids depend on it, so keep it when the issuer's URL changes.
    #[serde(default)]
    #[validate(custom(function = "is_alias"))]
    pub alias: String,
    /// The `iss` of its tokens, byte for byte.
    #[serde(default)]
    #[validate(length(min = 1, max = 255, message = "must be 1 to 255 characters long"))]
    pub issuer: String,
    /// What the `aud` of its tokens must contain.
    #[serde(default)]
    #[validate(custom(function = "is_stated"))]
    #[schema(value_type = String)]
    pub audience: Audience,
    /// The accepted values of a token's `azp`. An empty list accepts any.
    #[serde(default)]
    pub authorized_parties: Vec<String>,
    /// The algorithms that may sign its tokens.
    #[serde(default, deserialize_with = "choice::many")]
    #[validate(length(min = 1, message = "must name at least one algorithm"))]
    pub algorithms: Vec<Algorithm>,
    /// The URL of its public keys. One of three ways to name the key.
    #[serde(
        default,
        deserialize_with = "fetchable",
        skip_serializing_if = "Option::is_none"
    )]
    #[schema(value_type = String)]
    pub jwks_url: Option<Url>,
    /// A file with its public key (PEM). One of three ways to name the key.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(value_type = String)]
    pub public_key_file: Option<PathBuf>,
    /// The secret shared with it, as UTF-8 bytes. One of three ways to name the key.
    #[serde(
        default,
        serialize_with = "secret::serialize",
        skip_serializing_if = "Option::is_none"
    )]
    #[schema(value_type = String)]
    pub secret: Option<SecretString>,
    /// The claim that holds the email address.
    #[serde(default = "email_claim")]
    #[validate(length(min = 1, max = 255, message = "must be 1 to 255 characters long"))]
    pub email_claim: String,
    /// The claim that holds the name.
    #[serde(default = "name_claim")]
    #[validate(length(min = 1, max = 255, message = "must be 1 to 255 characters long"))]
    pub name_claim: String,
}

fn email_claim() -> String {
    "email".to_owned()
}

fn name_claim() -> String {
    "name".to_owned()
}

/// How a token is signed (RFC 7518 and RFC 8037).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, Serialize, ToSchema)]
#[serde(rename_all = "UPPERCASE")]
#[expect(missing_docs, reason = "the names are the RFCs'")]
pub enum Algorithm {
    Hs256,
    Hs384,
    Hs512,
    Rs256,
    Rs384,
    Rs512,
    Ps256,
    Ps384,
    Ps512,
    Es256,
    Es384,
    #[serde(rename = "EdDSA")]
    EdDsa,
}

impl Algorithm {
    /// The name in a token's `alg`.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Hs256 => "HS256",
            Self::Hs384 => "HS384",
            Self::Hs512 => "HS512",
            Self::Rs256 => "RS256",
            Self::Rs384 => "RS384",
            Self::Rs512 => "RS512",
            Self::Ps256 => "PS256",
            Self::Ps384 => "PS384",
            Self::Ps512 => "PS512",
            Self::Es256 => "ES256",
            Self::Es384 => "ES384",
            Self::EdDsa => "EdDSA",
        }
    }

    /// Whether both sides hold the same secret.
    #[must_use]
    pub const fn is_symmetric(self) -> bool {
        matches!(self, Self::Hs256 | Self::Hs384 | Self::Hs512)
    }
}

/// What the `aud` of an issuer's tokens must contain.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Audience {
    /// One of these, at least. Written as a text or a list of texts.
    AnyOf(Vec<String>),
    /// Nothing: the issuer's tokens have no audience. Written as `false`.
    Unchecked,
}

impl Default for Audience {
    /// Not stated, which is refused.
    fn default() -> Self {
        Self::AnyOf(Vec::new())
    }
}

impl<'de> Deserialize<'de> for Audience {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(AudienceVisitor)
    }
}

impl Serialize for Audience {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::AnyOf(audiences) => serializer.collect_seq(audiences),
            Self::Unchecked => serializer.serialize_bool(false),
        }
    }
}

struct AudienceVisitor;

impl<'de> Visitor<'de> for AudienceVisitor {
    type Value = Audience;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("a text, a list of texts, or false")
    }

    fn visit_str<E: Error>(self, audience: &str) -> Result<Audience, E> {
        Ok(Audience::AnyOf(vec![audience.to_owned()]))
    }

    fn visit_bool<E: Error>(self, is_checked: bool) -> Result<Audience, E> {
        if is_checked {
            return Err(E::custom("must be a text, a list of texts, or false"));
        }
        Ok(Audience::Unchecked)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut sequence: A) -> Result<Audience, A::Error> {
        let mut audiences = Vec::new();
        while let Some(audience) = sequence.next_element()? {
            audiences.push(audience);
        }
        Ok(Audience::AnyOf(audiences))
    }

    fn visit_unit<E: Error>(self) -> Result<Audience, E> {
        Ok(Audience::default())
    }
}

fn fetchable<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Url>, D::Error> {
    let Some(text) = Option::<String>::deserialize(deserializer)? else {
        return Ok(None);
    };
    match Url::parse(&text) {
        Ok(url) if is_safe_key_url(&url) => Ok(Some(url)),
        _ => Err(D::Error::custom(
            "must be an https URL, or an http one on loopback",
        )),
    }
}

fn is_alias(alias: &str) -> Result<(), ValidationError> {
    let is_name = |byte: u8| byte.is_ascii_alphanumeric() || b"-_.".contains(&byte);
    if (1..=MAX_ALIAS_LENGTH).contains(&alias.len()) && alias.bytes().all(is_name) {
        return Ok(());
    }
    let rule =
        format!("must be 1 to {MAX_ALIAS_LENGTH} letters, digits, hyphens, underscores or dots");
    Err(ValidationError::new("alias").with_message(rule.into()))
}

fn is_stated(audience: &Audience) -> Result<(), ValidationError> {
    match audience {
        Audience::AnyOf(audiences)
            if audiences.is_empty() || audiences.contains(&String::new()) =>
        {
            Err(ValidationError::new("audience")
                .with_message("must be a text, a list of texts, or false".into()))
        }
        _ => Ok(()),
    }
}

fn has_one_key(issuer: &IssuerSettings) -> Result<(), ValidationError> {
    let sources = [
        issuer.jwks_url.is_some(),
        issuer.public_key_file.is_some(),
        issuer.secret.is_some(),
    ];
    if sources.into_iter().filter(|is_set| *is_set).count() == 1 {
        return Ok(());
    }
    Err(finding::at(
        "",
        "must have exactly one of jwks_url, public_key_file and secret",
    ))
}

fn key_file_is_named(issuer: &IssuerSettings) -> Result<(), ValidationError> {
    match &issuer.public_key_file {
        Some(file) if file.as_os_str().is_empty() => {
            Err(finding::at("public_key_file", "must name a file"))
        }
        _ => Ok(()),
    }
}

fn secret_is_long(issuer: &IssuerSettings) -> Result<(), ValidationError> {
    match &issuer.secret {
        Some(secret) if !is_long_enough(secret) => {
            Err(finding::at("secret", "must be at least 32 bytes long"))
        }
        _ => Ok(()),
    }
}

/// A public key that is read as a shared secret lets anybody sign (RFC 8725, section 2.1).
fn algorithms_fit_the_key(issuer: &IssuerSettings) -> Result<(), ValidationError> {
    let is_symmetric = issuer.secret.is_some();
    if issuer
        .algorithms
        .iter()
        .all(|algorithm| algorithm.is_symmetric() == is_symmetric)
    {
        return Ok(());
    }
    Err(finding::at(
        "algorithms",
        if is_symmetric {
            "must be HS256, HS384 or HS512 with a secret"
        } else {
            "must not be HS256, HS384 or HS512 with public keys"
        },
    ))
}
