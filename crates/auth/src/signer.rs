use std::time::Duration;

use aws_lc_rs::hmac;
use aws_lc_rs::signature::Ed25519KeyPair;
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Value, json};

use tasklane_domain::clock::Timestamp;
use tasklane_domain::id::{SessionId, UserId};
use tasklane_domain::port::TokenIssuer;
use tasklane_domain::user::AccessToken;

use crate::ed25519::{PublicHalf, read_private_key};
use crate::key::checked_secret;
use crate::settings::{LocalKey, LocalSettings, SettingsError, SettingsProblem};

#[cfg(test)]
mod tests;

/// Signs the tokens of local accounts.
pub struct JwtSigner {
    issuer: String,
    audience: String,
    /// The header, encoded: it is the same for every token.
    header: String,
    key: SigningKey,
    jwks: String,
}

/// Keys are read once: reading an Ed25519 key costs more than signing with it.
enum SigningKey {
    Secret(Box<hmac::Key>),
    Ed25519(Ed25519KeyPair),
}

impl JwtSigner {
    /// Reads the keys.
    ///
    /// # Errors
    /// The secret is too short, or a key cannot be read.
    pub fn new(settings: &LocalSettings) -> Result<Self, SettingsError> {
        match &settings.key {
            LocalKey::Secret(secret) => {
                let secret = checked_secret(secret).map_err(|problem| problem.at("auth.secret"))?;
                let key = SigningKey::Secret(Box::new(hmac::Key::new(hmac::HMAC_SHA256, secret)));
                let header = json!({ "alg": "HS256", "typ": "JWT" });
                Ok(Self::with_key(settings, key, &header, &[]))
            }
            LocalKey::PrivateKey { pem, retiring } => {
                let at = |problem: SettingsProblem| problem.at("auth.private_key_file");
                let pair = read_private_key(pem).map_err(at)?;
                let mut published = vec![PublicHalf::of(&pair).map_err(at)?];
                let id = published.iter().map(PublicHalf::id).collect::<String>();
                if let Some(pem) = retiring {
                    let at = |problem: SettingsProblem| problem.at("auth.retiring_public_key_file");
                    published.push(PublicHalf::read_retiring(pem).map_err(at)?);
                }
                let header = json!({ "alg": "EdDSA", "kid": id, "typ": "JWT" });
                Ok(Self::with_key(
                    settings,
                    SigningKey::Ed25519(pair),
                    &header,
                    &published,
                ))
            }
        }
    }

    fn with_key(
        settings: &LocalSettings,
        key: SigningKey,
        header: &Value,
        published: &[PublicHalf],
    ) -> Self {
        let keys: Vec<Value> = published.iter().map(PublicHalf::to_jwk).collect();
        Self {
            issuer: settings.issuer.clone(),
            audience: settings.audience.clone(),
            header: encode(header.to_string()),
            key,
            jwks: json!({ "keys": keys }).to_string(),
        }
    }

    /// The public keys of local tokens as a JWK Set (RFC 7517): the signing one, then the retiring
    /// one. Empty where a shared secret signs.
    #[must_use]
    pub fn jwks(&self) -> &str {
        &self.jwks
    }

    /// A token for the user, accepted from `now` on for `lifetime`, of which fractions of a second
    /// are dropped. Without a session it is ended by nothing but its time: for an operator's own
    /// use.
    #[must_use]
    pub fn sign(
        &self,
        user: UserId,
        session: Option<SessionId>,
        now: Timestamp,
        lifetime: Duration,
    ) -> AccessToken {
        let issued_at = now.as_micros().div_euclid(1_000_000);
        let seconds = lifetime.as_secs();
        let mut claims = json!({
            "iss": self.issuer, "aud": self.audience, "sub": user.to_string(),
            "iat": issued_at, "exp": issued_at.saturating_add_unsigned(seconds),
        });
        if let (Some(session), Some(claims)) = (session, claims.as_object_mut()) {
            claims.insert("sid".to_owned(), session.to_string().into());
        }
        let signed = format!("{}.{}", self.header, encode(claims.to_string()));
        let signature = match &self.key {
            SigningKey::Secret(key) => encode(hmac::sign(key, signed.as_bytes())),
            SigningKey::Ed25519(pair) => encode(pair.sign(signed.as_bytes())),
        };
        AccessToken {
            text: format!("{signed}.{signature}"),
            lifetime: Duration::from_secs(seconds),
        }
    }
}

impl TokenIssuer for JwtSigner {
    fn issue(
        &self,
        user: UserId,
        session: SessionId,
        now: Timestamp,
        lifetime: Duration,
    ) -> AccessToken {
        self.sign(user, Some(session), now, lifetime)
    }
}

fn encode(bytes: impl AsRef<[u8]>) -> String {
    URL_SAFE_NO_PAD.encode(bytes)
}
