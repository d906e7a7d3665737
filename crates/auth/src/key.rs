//! Keys that tokens are verified with.

use std::sync::Arc;

use aws_lc_rs::rsa::PublicKey as RsaPublicKey;
use aws_lc_rs::signature::{
    ECDSA_P256_SHA256_FIXED, ECDSA_P384_SHA384_FIXED, ED25519, ParsedPublicKey,
    RSA_PKCS1_2048_8192_SHA256, RsaPublicKeyComponents, VerificationAlgorithm,
};
use jsonwebtoken::crypto::aws_lc::DEFAULT_PROVIDER;
use jsonwebtoken::{Algorithm, AlgorithmFamily, DecodingKey};
use secrecy::{ExposeSecret, SecretString};

use crate::settings::{MIN_SECRET_LENGTH, SettingsProblem};
use crate::token::Token;

/// What kind of key it is. A kind goes with some algorithms only, and no algorithm with two kinds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum KeyKind {
    Secret,
    Rsa,
    P256,
    P384,
    Ed25519,
}

impl KeyKind {
    /// The only kind of key that the algorithm may be used with.
    pub(crate) fn of(algorithm: Algorithm) -> Self {
        match algorithm.family() {
            AlgorithmFamily::Hmac => Self::Secret,
            AlgorithmFamily::Rsa => Self::Rsa,
            AlgorithmFamily::Ec if algorithm == Algorithm::ES384 => Self::P384,
            AlgorithmFamily::Ec => Self::P256,
            AlgorithmFamily::Ed => Self::Ed25519,
        }
    }

    /// The kind in words.
    pub(crate) fn describe(self) -> &'static str {
        match self {
            Self::Secret => "a shared secret",
            Self::Rsa => "an RSA key",
            Self::P256 => "a P-256 key",
            Self::P384 => "a P-384 key",
            Self::Ed25519 => "an Ed25519 key",
        }
    }
}

/// A key that signatures are verified with. Public keys are well-formed and strong enough.
#[derive(Clone)]
pub(crate) struct VerificationKey {
    pub(crate) kind: KeyKind,
    decoding: Arc<DecodingKey>,
}

impl VerificationKey {
    fn new(kind: KeyKind, decoding: DecodingKey) -> Self {
        Self {
            kind,
            decoding: Arc::new(decoding),
        }
    }

    /// A shared secret, as its UTF-8 bytes.
    pub(crate) fn secret(secret: &SecretString) -> Result<Self, SettingsProblem> {
        let bytes = checked_secret(secret)?;
        Ok(Self::new(KeyKind::Secret, DecodingKey::from_secret(bytes)))
    }

    /// A secret of any length.
    #[cfg(test)]
    pub(crate) fn from_bytes(secret: &[u8]) -> Self {
        Self::new(KeyKind::Secret, DecodingKey::from_secret(secret))
    }

    /// A public key in PEM. Private keys and certificates are refused: neither is what was asked
    /// for, and the first must not lie around.
    pub(crate) fn from_pem(pem: &str) -> Result<Self, SettingsProblem> {
        let labels = [
            "-----BEGIN PUBLIC KEY-----",
            "-----BEGIN RSA PUBLIC KEY-----",
        ];
        let is_public = labels
            .iter()
            .any(|label| pem.trim_start().starts_with(label));
        let key = if is_public {
            from_public_pem(pem.as_bytes())
        } else {
            None
        };
        key.ok_or(SettingsProblem::NotAPublicKey)
    }

    /// An RSA public key of 2048 to 8192 bits; big-endian numbers.
    pub(crate) fn rsa(modulus: &[u8], exponent: &[u8]) -> Option<Self> {
        let (n, e) = (
            without_leading_zeros(modulus),
            without_leading_zeros(exponent),
        );
        if !(2048 / 8..=8192 / 8).contains(&n.len()) {
            return None;
        }
        let components = RsaPublicKeyComponents { n, e };
        components
            .to_parsed_public_key(&RSA_PKCS1_2048_8192_SHA256)
            .ok()?;
        Some(Self::new(
            KeyKind::Rsa,
            DecodingKey::from_rsa_raw_components(n, e),
        ))
    }

    /// A public key on P-256 or P-384: an uncompressed point (SEC 1 §2.3.3).
    pub(crate) fn elliptic(point: &[u8]) -> Option<Self> {
        let (kind, algorithm): (_, &'static dyn VerificationAlgorithm) = match point.len() {
            65 => (KeyKind::P256, &ECDSA_P256_SHA256_FIXED),
            97 => (KeyKind::P384, &ECDSA_P384_SHA384_FIXED),
            _ => return None,
        };
        ParsedPublicKey::new(algorithm, point).ok()?;
        Some(Self::new(kind, DecodingKey::from_ec_der(point)))
    }

    /// An Ed25519 public key of 32 bytes (RFC 8032).
    pub(crate) fn ed25519(public: &[u8]) -> Option<Self> {
        if public.len() != 32 {
            return None;
        }
        ParsedPublicKey::new(&ED25519, public).ok()?;
        Some(Self::new(
            KeyKind::Ed25519,
            DecodingKey::from_ed_der(public),
        ))
    }

    /// The key's bytes, as its kind has them; `None` for an RSA key, which is two numbers.
    pub(crate) fn as_bytes(&self) -> Option<&[u8]> {
        self.decoding.try_get_as_bytes().ok()
    }

    /// Whether the token's signature is this key's, made with the algorithm that the token names.
    /// The algorithm must be an allowed one already.
    pub(crate) fn verifies(&self, token: &Token<'_>) -> bool {
        let algorithm = token.header.algorithm;
        if KeyKind::of(algorithm) != self.kind {
            return false;
        }
        let verifier = (DEFAULT_PROVIDER.verifier_factory)(&algorithm, &self.decoding);
        verifier.is_ok_and(|verifier| {
            verifier
                .verify(token.signed.as_bytes(), &token.signature)
                .is_ok()
        })
    }
}

/// The secret's bytes, if they are enough.
pub(crate) fn checked_secret(secret: &SecretString) -> Result<&[u8], SettingsProblem> {
    let bytes = secret.expose_secret().as_bytes();
    if bytes.len() < MIN_SECRET_LENGTH {
        return Err(SettingsProblem::SecretTooShort(bytes.len()));
    }
    Ok(bytes)
}

fn from_public_pem(pem: &[u8]) -> Option<VerificationKey> {
    if let Ok(key) = DecodingKey::from_rsa_pem(pem) {
        let key = RsaPublicKey::from_der(key.try_get_as_bytes().ok()?).ok()?;
        let RsaPublicKeyComponents { n, e } = RsaPublicKeyComponents::<Vec<u8>>::from(&key);
        VerificationKey::rsa(&n, &e)
    } else if let Ok(key) = DecodingKey::from_ec_pem(pem) {
        VerificationKey::elliptic(key.try_get_as_bytes().ok()?)
    } else {
        let key = DecodingKey::from_ed_pem(pem).ok()?;
        VerificationKey::ed25519(key.try_get_as_bytes().ok()?)
    }
}

fn without_leading_zeros(number: &[u8]) -> &[u8] {
    let zeros = number.iter().take_while(|byte| **byte == 0).count();
    number.split_at(zeros).1
}
