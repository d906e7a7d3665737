//! Access tokens made by hand, right ones and wrong ones.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use hmac::{Hmac, KeyInit, Mac};
use serde_json::{Value, json};
use sha2::{Sha256, Sha384, Sha512};

use crate::program::SECRET;

/// A token in the making: its header, its claims and the secret that signs it.
#[derive(Debug, Clone)]
pub struct Forgery {
    header: Value,
    claims: Value,
    secret: Vec<u8>,
}

impl Forgery {
    /// Starts from what a good token says, so that each forgery is wrong in one point only.
    #[must_use]
    pub fn of(good: &str) -> Self {
        let part = |index| {
            let part = good.split('.').nth(index).expect("a token has three parts");
            let bytes = URL_SAFE_NO_PAD.decode(part).expect("a token is base64");
            serde_json::from_slice(&bytes).expect("a token's parts are JSON")
        };
        Self {
            header: part(0),
            claims: part(1),
            secret: SECRET.as_bytes().to_vec(),
        }
    }

    /// The claim of a name as it stands.
    #[must_use]
    pub fn claim(&self, name: &str) -> &Value {
        &self.claims[name]
    }

    /// When the token was issued, in seconds since 1970.
    #[must_use]
    pub fn issued_at(&self) -> i64 {
        self.claims["iat"]
            .as_i64()
            .expect("a token says when it was issued")
    }

    /// Sets a claim.
    #[must_use]
    pub fn with(mut self, claim: &str, value: impl Into<Value>) -> Self {
        self.claims[claim] = value.into();
        self
    }

    /// Leaves a claim out.
    #[must_use]
    pub fn without(mut self, claim: &str) -> Self {
        self.claims
            .as_object_mut()
            .expect("claims are an object")
            .remove(claim);
        self
    }

    /// Sets a member of the header.
    #[must_use]
    pub fn with_header(mut self, name: &str, value: impl Into<Value>) -> Self {
        self.header[name] = value.into();
        self
    }

    /// Leaves a member of the header out.
    #[must_use]
    pub fn without_header(mut self, name: &str) -> Self {
        self.header
            .as_object_mut()
            .expect("a header is an object")
            .remove(name);
        self
    }

    /// Signs with another secret.
    #[must_use]
    pub fn with_secret(mut self, secret: &[u8]) -> Self {
        self.secret = secret.to_vec();
        self
    }

    /// Says to be of an algorithm; signed with it if it is one of the HMAC family, else with HS256.
    #[must_use]
    pub fn with_algorithm(self, algorithm: &str) -> Self {
        self.with_header("alg", algorithm)
    }

    /// The signed token.
    #[must_use]
    pub fn sign(&self) -> String {
        self.sign_claims(&self.claims.to_string())
    }

    /// The signed token with claims that are written out, for what no JSON value can hold.
    #[must_use]
    pub fn sign_claims(&self, claims: &str) -> String {
        let message = format!("{}.{}", encode(self.header.to_string()), encode(claims));
        let signature = match self.header["alg"].as_str() {
            Some("HS384") => digest::<Hmac<Sha384>>(&self.secret, &message),
            Some("HS512") => digest::<Hmac<Sha512>>(&self.secret, &message),
            _ => digest::<Hmac<Sha256>>(&self.secret, &message),
        };
        format!("{message}.{}", encode(signature))
    }

    /// The token with an empty signature.
    #[must_use]
    pub fn unsigned(&self) -> String {
        format!(
            "{}.{}.",
            encode(self.header.to_string()),
            encode(self.claims.to_string())
        )
    }

    /// The claims as they stand.
    #[must_use]
    pub fn claims(&self) -> &Value {
        &self.claims
    }
}

/// A good token with other claims under the signature that it had.
#[must_use]
pub fn tampered(good: &str, subject: &str) -> String {
    let forged = Forgery::of(good).with("sub", json!(subject)).sign();
    let claims = forged.split('.').nth(1).unwrap_or_default();
    let mut parts: Vec<&str> = good.split('.').collect();
    parts[1] = claims;
    parts.join(".")
}

fn encode(bytes: impl AsRef<[u8]>) -> String {
    URL_SAFE_NO_PAD.encode(bytes)
}

fn digest<M: Mac + KeyInit>(secret: &[u8], message: &str) -> Vec<u8> {
    let mut mac = <M as KeyInit>::new_from_slice(secret).expect("HMAC takes keys of any length");
    mac.update(message.as_bytes());
    mac.finalize().into_bytes().to_vec()
}
