//! A trusted issuer: who it is to the program, and the tokens that it gives its users.

use std::fs;
use std::time::{SystemTime, UNIX_EPOCH};

use serde_json::{Value, json};

use crate::certificates::ServerCertificate;
use crate::key_server::KeyServer;
use crate::program::Program;
use crate::signing_key::SigningKey;

/// What the issuer is called in the settings.
pub const ALIAS: &str = "acme";

const ISSUER: &str = "https://id.acme.example";

/// An issuer whose keys are at hand.
#[derive(Debug)]
pub struct Issuer {
    key: SigningKey,
    keys: KeyServer,
}

impl Issuer {
    /// One that publishes its key.
    pub async fn start() -> Self {
        let key = SigningKey::ed25519("first");
        let keys = KeyServer::publishing(&[&key]).await;
        Self { key, keys }
    }

    /// One that publishes its key over TLS.
    pub async fn certified(certificate: &ServerCertificate) -> Self {
        let key = SigningKey::ed25519("first");
        let keys = KeyServer::certified(&[&key], certificate).await;
        Self { key, keys }
    }

    /// One that publishes this text where its keys should be.
    pub async fn publishing(text: &str) -> Self {
        Self {
            key: SigningKey::ed25519("first"),
            keys: KeyServer::answering(text).await,
        }
    }

    /// One whose keys nobody can fetch.
    pub async fn dead() -> Self {
        Self {
            key: SigningKey::ed25519("first"),
            keys: KeyServer::dead().await,
        }
    }

    /// Where its keys are published.
    #[must_use]
    pub fn keys(&self) -> &KeyServer {
        &self.keys
    }

    /// The settings that make the program trust it.
    #[must_use]
    pub fn settings(&self) -> String {
        format!(
            "[[auth.issuers]]\nalias = '{ALIAS}'\nissuer = '{ISSUER}'\naudience = 'tasklane'\n\
             algorithms = ['EdDSA']\njwks_url = '{}'\n",
            self.keys.url()
        )
    }

    /// What a token of the subject says, issued some seconds from now.
    #[must_use]
    pub fn claims(&self, subject: &str, delay: i64) -> Value {
        let issued_at = seconds_since_1970() + delay;
        json!({
            "iss": ISSUER, "aud": "tasklane", "sub": subject, "iat": issued_at,
            "exp": issued_at + 900, "email": format!("{subject}@acme.example"), "name": subject,
        })
    }

    /// A token for the subject.
    #[must_use]
    pub fn token(&self, subject: &str) -> String {
        self.sign(&self.claims(subject, 0))
    }

    /// A token that says this.
    #[must_use]
    pub fn sign(&self, claims: &Value) -> String {
        self.key.token(claims)
    }
}

impl Program {
    /// The program with a settings file beside the tests' settings, which go over it.
    #[must_use]
    pub fn configured(self, settings: &str) -> Self {
        let file = self.folder().join("tests.toml");
        fs::write(&file, settings).expect("a settings file can be written");
        let path = file.to_str().expect("a temporary folder's name is UTF-8");
        self.variable("TASKLANE_CONFIG", path)
    }
}

/// The time by this machine's clock, which is the program's too.
#[must_use]
#[expect(
    clippy::disallowed_methods,
    reason = "tokens for a real process need the real time"
)]
pub fn seconds_since_1970() -> i64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH);
    let seconds = since.expect("the clock is past 1970").as_secs();
    seconds.try_into().expect("the clock is in this era")
}
