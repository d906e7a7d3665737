//! Tasklane's identity: the adapters behind the domain's ports for tokens, passwords, secrets and mail.
//!
//! | port | adapter |
//! |---|---|
//! | [`TokenIssuer`](tasklane_domain::port::TokenIssuer) | [`JwtSigner`] |
//! | [`TokenVerifier`](tasklane_domain::port::TokenVerifier) | [`JwtVerifier`], behind [`CachedVerifier`] |
//! | [`RevocationCheck`](tasklane_domain::port::RevocationCheck) | [`CachedRevocationCheck`] |
//! | [`PasswordHasher`](tasklane_domain::port::PasswordHasher) | [`Argon2Hasher`] |
//! | [`KeyedHash`](tasklane_domain::port::KeyedHash) | [`HmacHash`] |
//! | [`SecretGenerator`](tasklane_domain::port::SecretGenerator) | [`SystemSecrets`] |
//! | [`Mailer`](tasklane_domain::port::Mailer) | [`SmtpMailer`], [`WebhookMailer`] or [`LogMailer`] |
//! | [`MailQueue`](tasklane_domain::port::MailQueue) | [`BackgroundMail`] |
//!
//! A token takes this way through the crate: `token` takes it apart, `header` and `claims` read its
//! JSON, `issuer` finds the key (`key_set`, `jwks`) and judges the claims, `cache` remembers the
//! verdict. No claim is believed before the signature holds; only the unverified `iss` is looked
//! at, to find out whose key to try.

mod cache;
mod claims;
mod ed25519;
mod header;
mod inspection;
mod issuer;
mod jwk;
mod jwks;
mod key;
mod key_set;
mod keyed_hash;
mod mail;
mod members;
mod password;
mod revocation_check;
mod secret;
mod settings;
mod signer;
#[cfg(test)]
mod testing;
mod token;
mod verifier;

pub use cache::CachedVerifier;
pub use inspection::{KeyError, KeyReport, inspect_keys};
pub use jsonwebtoken::Algorithm;
pub use jwks::FetchError;
pub use keyed_hash::HmacHash;
pub use mail::{
    BackgroundMail, HookError, HookSecret, LogMailer, SmtpError, SmtpMailer, WebhookMailer,
};
pub use password::{Argon2Hasher, HasherLimits};
pub use revocation_check::CachedRevocationCheck;
pub use secret::{SystemSecrets, generate_secret};
pub use settings::{
    Audience, IssuerSettings, KeySource, LocalKey, LocalSettings, MAX_ALIAS_LENGTH,
    MIN_SECRET_LENGTH, SettingsError, SettingsProblem, VerifierSettings,
    is_safe as is_safe_key_url,
};
pub use signer::JwtSigner;
pub use token::MAX_TOKEN_LENGTH;
pub use verifier::JwtVerifier;
