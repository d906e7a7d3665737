//! What the crate must be told: whose tokens count, and by which keys.

use std::net::IpAddr;

use aws_lc_rs::hkdf;
use jsonwebtoken::Algorithm;
use reqwest::Url;
use secrecy::{ExposeSecret, SecretString};

use tasklane_domain::error::BoxError;

/// Shortest shared secret, in bytes (RFC 7518 §3.2 for HS256).
pub const MIN_SECRET_LENGTH: usize = 32;

/// Longest alias of an issuer, in characters.
pub const MAX_ALIAS_LENGTH: usize = 64;

/// Whether keys may be fetched from there, since nobody in between can change them: an https URL, or
/// an http one whose host is a loopback address, `localhost` or a name below it (RFC 6761 §6.3).
#[must_use]
pub fn is_safe(url: &Url) -> bool {
    let is_local = is_loopback(url.host_str().unwrap_or_default());
    url.scheme() == "https" || (url.scheme() == "http" && is_local)
}

/// Whether a host is this machine.
pub(crate) fn is_loopback(host: &str) -> bool {
    let address = host.trim_matches(['[', ']']).parse::<IpAddr>();
    host == "localhost"
        || host.ends_with(".localhost")
        || address.is_ok_and(|address| address.is_loopback())
}

/// Whose tokens are accepted.
#[derive(Debug, Clone)]
pub struct VerifierSettings {
    /// The tokens of local accounts.
    pub local: LocalSettings,
    /// The issuers that are trusted beside them.
    pub issuers: Vec<IssuerSettings>,
}

/// The tokens of local accounts.
#[derive(Debug, Clone)]
pub struct LocalSettings {
    /// Their `iss`.
    pub issuer: String,
    /// Their `aud`.
    pub audience: String,
    /// What they are signed with.
    pub key: LocalKey,
}

/// What local tokens are signed with.
#[derive(Debug, Clone)]
pub enum LocalKey {
    /// HS256 with a secret of at least [`MIN_SECRET_LENGTH`] bytes, used as its UTF-8 bytes.
    Secret(SecretString),
    /// `EdDSA`.
    PrivateKey {
        /// An Ed25519 private key: PEM, PKCS #8, not encrypted.
        pem: SecretString,
        /// The public key of the predecessor (PEM), while tokens signed with it are still about. It
        /// is published and accepted, and signs nothing.
        retiring: Option<String>,
    },
}

impl LocalKey {
    /// A key for another purpose, which `label` names (HKDF with SHA-256, RFC 5869). It is the same
    /// in every process that has this key, and says nothing about it.
    #[must_use]
    pub fn derive(&self, label: &[u8]) -> [u8; 32] {
        let secret = match self {
            Self::Secret(secret) => secret,
            Self::PrivateKey { pem, .. } => pem,
        };
        let salt = hkdf::Salt::new(hkdf::HKDF_SHA256, &[]);
        let mut derived = [0; 32];
        // Expanding to the length of one hash cannot fail.
        let _ = salt
            .extract(secret.expose_secret().trim().as_bytes())
            .expand(&[label], hkdf::HKDF_SHA256)
            .and_then(|output| output.fill(&mut derived));
        derived
    }
}

/// An issuer whose tokens are accepted.
#[derive(Debug, Clone)]
pub struct IssuerSettings {
    /// What its users' ids are derived from: it must never change. 1 to [`MAX_ALIAS_LENGTH`]
    /// characters, no control characters, not `local`.
    pub alias: String,
    /// Its `iss`, to the letter.
    pub issuer: String,
    /// Whom its tokens must be meant for.
    pub audience: Audience,
    /// The values of `azp` that are accepted; empty means that `azp` is not looked at, otherwise a
    /// token without it is refused.
    pub authorized_parties: Vec<String>,
    /// The algorithms that its tokens may use; each must fit the key.
    pub algorithms: Vec<Algorithm>,
    /// Where its key comes from.
    pub key: KeySource,
    /// The claim that holds the user's email address, usually `email`.
    pub email_claim: String,
    /// The claim that holds the user's name, usually `name`.
    pub name_claim: String,
}

/// Whom an issuer's tokens must be meant for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Audience {
    /// The issuer's tokens have no `aud`. One that has an audience all the same is meant for
    /// somebody else, and refused (RFC 7519 §4.1.3).
    None,
    /// `aud` must name one of these; there must be at least one.
    OneOf(Vec<String>),
}

/// Where an issuer's key comes from.
#[derive(Debug, Clone)]
pub enum KeySource {
    /// A shared secret of at least [`MIN_SECRET_LENGTH`] bytes, used as its UTF-8 bytes.
    Secret(SecretString),
    /// A public key in PEM: RSA of 2048 to 8192 bits, P-256, P-384 or Ed25519.
    PublicKeyPem(String),
    /// A JWK Set (RFC 7517) under a URL that [`is_safe`].
    JwksUrl(String),
}

/// A setting that cannot be.
#[derive(Debug, thiserror::Error)]
#[error("{place}: {problem}")]
pub struct SettingsError {
    /// Which setting, as an operator knows it.
    pub place: String,
    /// What is wrong with it.
    #[source]
    pub problem: SettingsProblem,
}

/// What is wrong with a setting.
#[derive(Debug, thiserror::Error)]
pub enum SettingsProblem {
    /// The shared secret can be guessed.
    #[error("the secret has {0} bytes; at least {MIN_SECRET_LENGTH} are needed")]
    SecretTooShort(usize),
    /// The text is no private key that can sign.
    #[error("not an Ed25519 private key in PEM (PKCS #8, not encrypted)")]
    NotAPrivateKey,
    /// The text is no public key that can verify.
    #[error("not a public key in PEM (RSA of 2048 to 8192 bits, P-256, P-384 or Ed25519)")]
    NotAPublicKey,
    /// The retiring key is of another kind than its successor.
    #[error("the retiring key is not an Ed25519 public key in PEM")]
    NotARetiringKey,
    /// Nothing could ever be accepted.
    #[error("no algorithm is allowed")]
    NoAlgorithm,
    /// The algorithm does not go with the key: HMAC with a public key, say.
    #[error("the algorithm {0:?} cannot be used with {1}")]
    AlgorithmDoesNotFit(Algorithm, &'static str),
    /// Keys must not be fetched from there.
    #[error("the JWKS URL must be https, or http on a loopback address")]
    InsecureUrl,
    /// Keys cannot be fetched at all.
    #[error("the HTTP client cannot be set up")]
    HttpClient(#[source] BoxError),
    /// The alias is not one.
    #[error(
        "an alias is 1 to {MAX_ALIAS_LENGTH} characters, without control characters, and not `local`"
    )]
    InvalidAlias,
    /// Two issuers would share their users.
    #[error("another issuer has the alias")]
    AliasTaken,
    /// No token could say it.
    #[error("the issuer is empty")]
    EmptyIssuer,
    /// A token could not be told to be the one's or the other's.
    #[error("another issuer, or the local one, has the same `iss`")]
    IssuerTaken,
    /// Nothing could ever be accepted.
    #[error("the list of audiences is empty")]
    EmptyAudience,
}

impl SettingsProblem {
    pub(crate) fn at(self, place: impl Into<String>) -> SettingsError {
        SettingsError {
            place: place.into(),
            problem: self,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn derived_keys_differ_by_secret_and_by_label() {
        let secret = |text: &str| LocalKey::Secret(text.to_owned().into());
        let key = secret("one secret").derive(b"cursors");
        assert_eq!(key, secret("one secret").derive(b"cursors"));
        assert_ne!(key, secret("one secret").derive(b"others"));
        assert_ne!(key, secret("other secret").derive(b"cursors"));
        assert_ne!(key, [0; 32]);
    }
}
