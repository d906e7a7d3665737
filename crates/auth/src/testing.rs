//! Help for the crate's own tests: fresh keys of every kind, tokens good and bad, and settings.

use std::sync::LazyLock;

use aws_lc_rs::encoding::{AsDer, Pkcs8V1Der, PublicKeyX509Der};
use aws_lc_rs::hmac;
use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::rsa::KeySize;
use aws_lc_rs::signature::{
    ECDSA_P256_SHA256_FIXED_SIGNING, ECDSA_P384_SHA384_FIXED_SIGNING, EcdsaKeyPair,
    EcdsaSigningAlgorithm, Ed25519KeyPair, KeyPair, RSA_PKCS1_SHA256, RSA_PKCS1_SHA384,
    RSA_PKCS1_SHA512, RSA_PSS_SHA256, RSA_PSS_SHA384, RSA_PSS_SHA512, RsaEncoding, RsaKeyPair,
    RsaPublicKeyComponents,
};
use base64::Engine;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use jsonwebtoken::Algorithm;
use serde_json::{Value, json};

use tasklane_domain::clock::Timestamp;

use crate::key::KeyKind;
use crate::settings::{
    Audience, IssuerSettings, KeySource, LocalKey, LocalSettings, VerifierSettings,
};

/// The present of every test, in seconds.
pub(crate) const NOW: i64 = 1_800_000_000;
pub(crate) const LOCAL_SECRET: &str = "a secret of local tokens, 32+ bytes";

pub(crate) fn at(seconds: i64) -> Timestamp {
    Timestamp::from_micros(seconds * 1_000_000).unwrap()
}

pub(crate) fn now() -> Timestamp {
    at(NOW)
}

pub(crate) fn encode(bytes: impl AsRef<[u8]>) -> String {
    URL_SAFE_NO_PAD.encode(bytes)
}

/// A private key, made for one test; RSA keys take long to make, and are made once a process.
#[derive(Clone)]
pub(crate) struct TestKey {
    kind: KeyKind,
    /// The secret itself, or PKCS #8.
    private: Vec<u8>,
}

static RSA: LazyLock<TestKey> = LazyLock::new(|| TestKey::fresh_rsa(KeySize::Rsa2048));

impl TestKey {
    pub(crate) fn secret(secret: impl Into<Vec<u8>>) -> Self {
        Self {
            kind: KeyKind::Secret,
            private: secret.into(),
        }
    }

    pub(crate) fn local() -> Self {
        Self::secret(LOCAL_SECRET)
    }

    pub(crate) fn rsa() -> Self {
        RSA.clone()
    }

    pub(crate) fn fresh_rsa(size: KeySize) -> Self {
        let pair = RsaKeyPair::generate(size).unwrap();
        let der: Pkcs8V1Der<'_> = pair.as_der().unwrap();
        Self {
            kind: KeyKind::Rsa,
            private: der.as_ref().to_vec(),
        }
    }

    pub(crate) fn p256() -> Self {
        Self::elliptic(KeyKind::P256, &ECDSA_P256_SHA256_FIXED_SIGNING)
    }

    pub(crate) fn p384() -> Self {
        Self::elliptic(KeyKind::P384, &ECDSA_P384_SHA384_FIXED_SIGNING)
    }

    fn elliptic(kind: KeyKind, algorithm: &'static EcdsaSigningAlgorithm) -> Self {
        let pair = EcdsaKeyPair::generate(algorithm).unwrap();
        Self {
            kind,
            private: pair.to_pkcs8v1().unwrap().as_ref().to_vec(),
        }
    }

    pub(crate) fn ed25519() -> Self {
        let pair = Ed25519KeyPair::generate().unwrap();
        Self {
            kind: KeyKind::Ed25519,
            private: pair.to_pkcs8v1().unwrap().as_ref().to_vec(),
        }
    }

    fn rsa_pair(&self) -> RsaKeyPair {
        RsaKeyPair::from_pkcs8(&self.private).unwrap()
    }

    fn elliptic_pair(&self) -> EcdsaKeyPair {
        let algorithm = match self.kind {
            KeyKind::P384 => &ECDSA_P384_SHA384_FIXED_SIGNING,
            _ => &ECDSA_P256_SHA256_FIXED_SIGNING,
        };
        EcdsaKeyPair::from_pkcs8(algorithm, &self.private).unwrap()
    }

    fn edwards_pair(&self) -> Ed25519KeyPair {
        Ed25519KeyPair::from_pkcs8(&self.private).unwrap()
    }

    pub(crate) fn public_der(&self) -> Vec<u8> {
        let der: PublicKeyX509Der<'_> = match self.kind {
            KeyKind::Secret => panic!("a secret has no public half"),
            KeyKind::Rsa => self.rsa_pair().public_key().as_der().unwrap(),
            KeyKind::P256 | KeyKind::P384 => self.elliptic_pair().public_key().as_der().unwrap(),
            KeyKind::Ed25519 => self.edwards_pair().public_key().as_der().unwrap(),
        };
        der.as_ref().to_vec()
    }

    pub(crate) fn public_pem(&self) -> String {
        pem("PUBLIC KEY", &self.public_der())
    }

    pub(crate) fn private_pem(&self) -> String {
        pem("PRIVATE KEY", &self.private)
    }

    pub(crate) fn jwk(&self, kid: &str) -> Value {
        match self.kind {
            KeyKind::Secret => json!({ "kty": "oct", "kid": kid, "k": encode(&self.private) }),
            KeyKind::Rsa => {
                let pair = self.rsa_pair();
                let public = RsaPublicKeyComponents::<Vec<u8>>::from(pair.public_key());
                json!({ "kty": "RSA", "kid": kid, "n": encode(public.n), "e": encode(public.e) })
            }
            KeyKind::P256 | KeyKind::P384 => {
                let crv = if self.kind == KeyKind::P256 {
                    "P-256"
                } else {
                    "P-384"
                };
                let pair = self.elliptic_pair();
                let point = &pair.public_key().as_ref()[1..];
                let (x, y) = point.split_at(point.len() / 2);
                json!({ "kty": "EC", "crv": crv, "kid": kid, "x": encode(x), "y": encode(y) })
            }
            KeyKind::Ed25519 => {
                let x = encode(self.edwards_pair().public_key());
                json!({ "kty": "OKP", "crv": "Ed25519", "kid": kid, "x": x })
            }
        }
    }

    /// Signs as the algorithm says, whatever the header will say.
    pub(crate) fn sign(&self, algorithm: Algorithm, message: &str) -> Vec<u8> {
        let message = message.as_bytes();
        match algorithm {
            Algorithm::HS256 => self.authenticate(hmac::HMAC_SHA256, message),
            Algorithm::HS384 => self.authenticate(hmac::HMAC_SHA384, message),
            Algorithm::HS512 => self.authenticate(hmac::HMAC_SHA512, message),
            Algorithm::RS256 => self.sign_rsa(&RSA_PKCS1_SHA256, message),
            Algorithm::RS384 => self.sign_rsa(&RSA_PKCS1_SHA384, message),
            Algorithm::RS512 => self.sign_rsa(&RSA_PKCS1_SHA512, message),
            Algorithm::PS256 => self.sign_rsa(&RSA_PSS_SHA256, message),
            Algorithm::PS384 => self.sign_rsa(&RSA_PSS_SHA384, message),
            Algorithm::PS512 => self.sign_rsa(&RSA_PSS_SHA512, message),
            Algorithm::ES256 | Algorithm::ES384 => {
                let signature = self.elliptic_pair().sign(&SystemRandom::new(), message);
                signature.unwrap().as_ref().to_vec()
            }
            Algorithm::EdDSA => self.edwards_pair().sign(message).as_ref().to_vec(),
            other => panic!("no test signs with {other:?}"),
        }
    }

    fn authenticate(&self, algorithm: hmac::Algorithm, message: &[u8]) -> Vec<u8> {
        hmac::sign(&hmac::Key::new(algorithm, &self.private), message)
            .as_ref()
            .to_vec()
    }

    fn sign_rsa(&self, padding: &'static dyn RsaEncoding, message: &[u8]) -> Vec<u8> {
        let pair = self.rsa_pair();
        let mut signature = vec![0; pair.public_modulus_len()];
        pair.sign(padding, &SystemRandom::new(), message, &mut signature)
            .unwrap();
        signature
    }

    /// A token with just that header and payload, signed as the algorithm says.
    pub(crate) fn forge(&self, algorithm: Algorithm, header: &str, payload: &str) -> String {
        let signed = format!("{}.{}", encode(header), encode(payload));
        let signature = encode(self.sign(algorithm, &signed));
        format!("{signed}.{signature}")
    }

    /// A token that is as it should be, if the claims are.
    pub(crate) fn token(&self, algorithm: Algorithm, kid: Option<&str>, claims: &Value) -> String {
        let mut header = json!({ "alg": format!("{algorithm:?}"), "typ": "JWT" });
        if let Some(kid) = kid {
            header["kid"] = kid.into();
        }
        self.forge(algorithm, &header.to_string(), &claims.to_string())
    }
}

fn pem(label: &str, der: &[u8]) -> String {
    let text = STANDARD.encode(der);
    let lines: Vec<&str> = text
        .as_bytes()
        .chunks(64)
        .map(|line| std::str::from_utf8(line).unwrap())
        .collect();
    format!(
        "-----BEGIN {label}-----\n{}\n-----END {label}-----\n",
        lines.join("\n")
    )
}

pub(crate) fn local_settings() -> LocalSettings {
    LocalSettings {
        issuer: "tasklane".into(),
        audience: "tasklane".into(),
        key: LocalKey::Secret(LOCAL_SECRET.into()),
    }
}

/// A trusted issuer `https://<alias>.example` whose tokens are meant for `tasks`.
pub(crate) fn trusted(alias: &str, algorithms: &[Algorithm], key: KeySource) -> IssuerSettings {
    IssuerSettings {
        alias: alias.into(),
        issuer: format!("https://{alias}.example"),
        audience: Audience::OneOf(vec!["tasks".into()]),
        authorized_parties: Vec::new(),
        algorithms: algorithms.to_vec(),
        key,
        email_claim: "email".into(),
        name_claim: "name".into(),
    }
}

pub(crate) fn settings(issuers: Vec<IssuerSettings>) -> VerifierSettings {
    VerifierSettings {
        local: local_settings(),
        issuers,
    }
}

/// What a token of [`trusted`] says.
pub(crate) fn claims(alias: &str) -> Value {
    json!({
        "iss": format!("https://{alias}.example"), "aud": "tasks", "sub": "user_2ab",
        "iat": NOW - 60, "exp": NOW + 840,
    })
}

/// What a local token says.
pub(crate) fn local_claims() -> Value {
    json!({
        "iss": "tasklane", "aud": "tasklane", "sub": "0193a5c8-0000-7000-8000-00000000abcd",
        "sid": "0193a5c8-0000-7000-8000-000000000001", "iat": NOW, "exp": NOW + 900,
    })
}

/// The object with one member more, or another.
pub(crate) fn with(mut object: Value, name: &str, value: impl Into<Value>) -> Value {
    object[name] = value.into();
    object
}

/// The object without a member.
pub(crate) fn without(mut object: Value, name: &str) -> Value {
    object.as_object_mut().unwrap().remove(name);
    object
}
