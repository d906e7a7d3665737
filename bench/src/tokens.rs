//! Access tokens for users who never signed in.

use std::time::Duration;

use tasklane_auth::{JwtSigner, LocalKey, LocalSettings};
use tasklane_domain::clock::Timestamp;

use crate::Failure;
use crate::population::user_id;

/// Longer than any measurement.
const LIFETIME: Duration = Duration::from_hours(24);

/// What signs tokens with HS256: everybody may know it, since the server that takes them serves
/// nothing but a measurement.
pub(crate) const SECRET: &str = "it signs what is measured, no more";

/// The same for `EdDSA`: 32 times the byte 7.
pub(crate) const PRIVATE_KEY: &str = "\
-----BEGIN PRIVATE KEY-----
MC4CAQAwBQYDK2VwBCIEIAcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcH
-----END PRIVATE KEY-----
";

/// Issuer and audience of local tokens, as `config/default.toml` names them.
const LOCAL: &str = "tasklane";

/// Signs tokens as a server with that key would.
pub(crate) struct Signer {
    signer: JwtSigner,
    now: Timestamp,
}

impl Signer {
    /// Signs with `key`; tokens begin to count at the instant `now`.
    pub(crate) fn new(key: LocalKey, now: Timestamp) -> Result<Self, Failure> {
        let signer = JwtSigner::new(&settings(key))?;
        Ok(Self { signer, now })
    }

    /// A token of a user, without a session.
    pub(crate) fn token(&self, user: u32) -> String {
        let token = self.signer.sign(user_id(user), None, self.now, LIFETIME);
        token.text
    }
}

pub(crate) fn secret() -> LocalKey {
    LocalKey::Secret(SECRET.into())
}

pub(crate) fn private_key() -> LocalKey {
    LocalKey::PrivateKey {
        pem: PRIVATE_KEY.into(),
        retiring: None,
    }
}

/// What a server must be told to accept the tokens.
pub(crate) fn settings(key: LocalKey) -> LocalSettings {
    LocalSettings {
        issuer: LOCAL.into(),
        audience: LOCAL.into(),
        key,
    }
}
