//! Access tokens for users who never signed in.

use std::fs;
use std::path::Path;
use std::time::Duration;

use anyhow::{Context, Result};
use tasklane_auth::{JwtSigner, LocalKey, LocalSettings};
use tasklane_domain::clock::Timestamp;

use crate::population::user_id;

/// Longer than any measurement.
const LIFETIME: Duration = Duration::from_hours(24);

/// It may be known: the servers that take its tokens serve nothing but a measurement.
const SECRET: &str = "it signs what is measured, no more";

/// The same for `EdDSA`: 32 times the byte 7.
const PRIVATE_KEY: &str = "\
-----BEGIN PRIVATE KEY-----
MC4CAQAwBQYDK2VwBCIEIAcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcH
-----END PRIVATE KEY-----
";

/// Issuer and audience of local tokens, as `config/default.toml` names them.
const LOCAL: &str = "tasklane";

/// The algorithm that signs access tokens.
#[derive(Debug, Clone, Copy, clap::ValueEnum)]
pub enum Algorithm {
    /// A secret.
    Hs256,
    /// A key pair.
    Eddsa,
}

impl Algorithm {
    pub(crate) fn key(self) -> LocalKey {
        match self {
            Self::Hs256 => LocalKey::Secret(SECRET.into()),
            Self::Eddsa => LocalKey::PrivateKey {
                pem: PRIVATE_KEY.into(),
                retiring: None,
            },
        }
    }

    /// The setting that gives a server this key; a private key goes into a file in `folder`.
    pub(crate) fn setting(self, folder: &Path) -> Result<String> {
        match self {
            Self::Hs256 => Ok(format!("secret = {SECRET:?}")),
            Self::Eddsa => {
                let file = folder.join("key.pem");
                fs::write(file, PRIVATE_KEY).context("cannot write the key")?;
                Ok("private_key_file = \"key.pem\"".to_owned())
            }
        }
    }
}

/// Signs tokens as a server with that key would.
pub(crate) struct Signer {
    signer: JwtSigner,
    now: Timestamp,
}

impl Signer {
    /// Signs with the key of `algorithm`; tokens are valid from the instant `now` on.
    pub(crate) fn new(algorithm: Algorithm, now: Timestamp) -> Result<Self> {
        let signer = JwtSigner::new(&settings(algorithm))?;
        Ok(Self { signer, now })
    }

    /// A token of a user, without a session.
    pub(crate) fn token(&self, user: u32) -> String {
        let token = self.signer.sign(user_id(user), None, self.now, LIFETIME);
        token.text
    }
}

/// The settings with which a verifier accepts the tokens.
pub(crate) fn settings(algorithm: Algorithm) -> LocalSettings {
    LocalSettings {
        issuer: LOCAL.into(),
        audience: LOCAL.into(),
        key: algorithm.key(),
    }
}
