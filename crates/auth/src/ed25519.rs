//! The key pairs that local tokens are signed with, and how their public halves are published.

use aws_lc_rs::signature::{Ed25519KeyPair, KeyPair};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jsonwebtoken::EncodingKey;
use secrecy::{ExposeSecret, SecretString};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use crate::key::{KeyKind, VerificationKey};
use crate::key_set::NamedKey;
use crate::settings::SettingsProblem;

/// Reads a private key: PEM, PKCS #8 version 1 or 2 (RFC 8410), not encrypted.
pub(crate) fn read_private_key(pem: &SecretString) -> Result<Ed25519KeyPair, SettingsProblem> {
    let key = EncodingKey::from_ed_pem(pem.expose_secret().as_bytes());
    key.ok()
        .and_then(|key| Ed25519KeyPair::from_pkcs8(key.as_bytes()).ok())
        .ok_or(SettingsProblem::NotAPrivateKey)
}

/// The public half of a signing key.
pub(crate) struct PublicHalf {
    /// The public key, base64url: `x` in a JWK.
    x: String,
    key: VerificationKey,
}

impl PublicHalf {
    pub(crate) fn of(pair: &Ed25519KeyPair) -> Result<Self, SettingsProblem> {
        let key = VerificationKey::ed25519(pair.public_key().as_ref());
        key.and_then(Self::new)
            .ok_or(SettingsProblem::NotAPrivateKey)
    }

    /// Reads the public key of a predecessor.
    pub(crate) fn read_retiring(pem: &str) -> Result<Self, SettingsProblem> {
        let key = VerificationKey::from_pem(pem).ok();
        key.and_then(Self::new)
            .ok_or(SettingsProblem::NotARetiringKey)
    }

    fn new(key: VerificationKey) -> Option<Self> {
        let x = (key.kind == KeyKind::Ed25519).then(|| key.as_bytes().map(encode))??;
        Some(Self { x, key })
    }

    /// The key's `kid`: its thumbprint (RFC 7638), so that the same key has the same name on every
    /// process and nobody has to choose one.
    pub(crate) fn id(&self) -> String {
        let canonical = format!(r#"{{"crv":"Ed25519","kty":"OKP","x":"{}"}}"#, self.x);
        encode(&Sha256::digest(canonical))
    }

    /// The key as it is published (RFC 8037).
    pub(crate) fn to_jwk(&self) -> Value {
        json!({
            "kty": "OKP", "crv": "Ed25519", "x": self.x,
            "kid": self.id(), "use": "sig", "alg": "EdDSA",
        })
    }

    /// The key as tokens are verified with it.
    pub(crate) fn to_named_key(&self) -> NamedKey {
        NamedKey {
            id: Some(self.id()),
            algorithm: None,
            key: self.key.clone(),
        }
    }
}

fn encode(bytes: &[u8]) -> String {
    URL_SAFE_NO_PAD.encode(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The key pair of RFC 8037, appendix A, as `openssl genpkey` would write it.
    const PRIVATE: &str = "-----BEGIN PRIVATE KEY-----\n\
        MC4CAQAwBQYDK2VwBCIEIJ1hsZ3v/VpguoRK9JLsLMREScVpezJpGXA7rAMcrn9g\n\
        -----END PRIVATE KEY-----\n";

    #[test]
    fn a_key_is_named_by_the_thumbprint_of_the_rfc() {
        let pair = read_private_key(&PRIVATE.into()).unwrap();
        let public = PublicHalf::of(&pair).unwrap();
        assert_eq!(public.x, "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo");
        assert_eq!(public.id(), "kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k");
    }

    #[test]
    fn only_ed25519_private_keys_sign() {
        use crate::testing::TestKey;
        assert!(read_private_key(&TestKey::ed25519().private_pem().into()).is_ok());
        for pem in [
            String::new(),
            "secret".to_owned(),
            TestKey::rsa().private_pem(),
            TestKey::p256().private_pem(),
            TestKey::ed25519().public_pem(),
        ] {
            assert!(read_private_key(&pem.clone().into()).is_err(), "{pem}");
        }
    }
}
