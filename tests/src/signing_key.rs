//! Keys that sign tokens, made afresh for one test: a provider's, or the program's own.

use aws_lc_rs::encoding::{AsDer, Pkcs8V1Der, PublicKeyX509Der};
use aws_lc_rs::hmac;
use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::rsa::KeySize;
use aws_lc_rs::signature::{
    ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, Ed25519KeyPair, KeyPair, RSA_PKCS1_SHA256,
    RsaKeyPair, RsaPublicKeyComponents,
};
use base64::Engine;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use serde_json::{Value, json};

/// A key, the name under which it is published, and the one algorithm that it is used with.
#[derive(Debug)]
pub struct SigningKey {
    id: String,
    material: Material,
}

#[derive(Debug)]
enum Material {
    Secret(String),
    Rsa(Box<RsaKeyPair>),
    P256(EcdsaKeyPair),
    Ed25519(Ed25519KeyPair),
}

impl SigningKey {
    /// A secret, shared with the verifier: HS256.
    pub fn secret(id: &str, secret: &str) -> Self {
        Self::new(id, Material::Secret(secret.to_owned()))
    }

    /// An RSA key of 2048 bits: RS256.
    pub fn rsa(id: &str) -> Self {
        let pair = RsaKeyPair::generate(KeySize::Rsa2048).expect("a key can be made");
        Self::new(id, Material::Rsa(Box::new(pair)))
    }

    /// A key on P-256: ES256.
    pub fn p256(id: &str) -> Self {
        let pair = EcdsaKeyPair::generate(&ECDSA_P256_SHA256_FIXED_SIGNING);
        Self::new(id, Material::P256(pair.expect("a key can be made")))
    }

    /// An Ed25519 key: `EdDSA`.
    pub fn ed25519(id: &str) -> Self {
        let pair = Ed25519KeyPair::generate().expect("a key can be made");
        Self::new(id, Material::Ed25519(pair))
    }

    fn new(id: &str, material: Material) -> Self {
        Self {
            id: id.to_owned(),
            material,
        }
    }

    /// Its `kid`.
    #[must_use]
    pub fn id(&self) -> &str {
        &self.id
    }

    /// The `alg` of its tokens.
    #[must_use]
    pub fn algorithm(&self) -> &'static str {
        match self.material {
            Material::Secret(_) => "HS256",
            Material::Rsa(_) => "RS256",
            Material::P256(_) => "ES256",
            Material::Ed25519(_) => "EdDSA",
        }
    }

    /// The public half as a JSON Web Key (RFC 7517).
    #[must_use]
    pub fn jwk(&self) -> Value {
        let mut key = match &self.material {
            Material::Secret(_) => panic!("a secret has no public half"),
            Material::Rsa(pair) => {
                let public = RsaPublicKeyComponents::<Vec<u8>>::from(pair.public_key());
                json!({ "kty": "RSA", "n": encode(public.n), "e": encode(public.e) })
            }
            Material::P256(pair) => {
                // An uncompressed point: one byte that says so, then the two coordinates.
                let (x, y) = pair.public_key().as_ref()[1..].split_at(32);
                json!({ "kty": "EC", "crv": "P-256", "x": encode(x), "y": encode(y) })
            }
            Material::Ed25519(pair) => {
                json!({ "kty": "OKP", "crv": "Ed25519", "x": encode(pair.public_key()) })
            }
        };
        key["kid"] = self.id.as_str().into();
        key["alg"] = self.algorithm().into();
        key
    }

    /// The public half in PEM.
    #[must_use]
    pub fn public_pem(&self) -> String {
        let der: Result<PublicKeyX509Der<'_>, _> = match &self.material {
            Material::Secret(_) => panic!("a secret has no public half"),
            Material::Rsa(pair) => pair.public_key().as_der(),
            Material::P256(pair) => pair.public_key().as_der(),
            Material::Ed25519(pair) => pair.public_key().as_der(),
        };
        pem(
            "PUBLIC KEY",
            der.expect("a public key can be written").as_ref(),
        )
    }

    /// The key itself in PEM, as a settings file names one.
    #[must_use]
    pub fn private_pem(&self) -> String {
        let Material::Ed25519(pair) = &self.material else {
            panic!("local tokens are signed with Ed25519")
        };
        let der: Pkcs8V1Der<'_> = pair.as_der().expect("a private key can be written");
        pem("PRIVATE KEY", der.as_ref())
    }

    /// A token with the usual header.
    #[must_use]
    pub fn token(&self, claims: &Value) -> String {
        let header = json!({ "alg": self.algorithm(), "kid": self.id, "typ": "JWT" });
        self.sign(&header, claims)
    }

    /// A token with just that header (JWS Compact Serialization, RFC 7515 §7.1).
    #[must_use]
    pub fn sign(&self, header: &Value, claims: &Value) -> String {
        let message = format!(
            "{}.{}",
            encode(header.to_string()),
            encode(claims.to_string())
        );
        let signature = self.signature(message.as_bytes());
        format!("{message}.{}", encode(signature))
    }

    fn signature(&self, message: &[u8]) -> Vec<u8> {
        match &self.material {
            Material::Secret(secret) => {
                let key = hmac::Key::new(hmac::HMAC_SHA256, secret.as_bytes());
                hmac::sign(&key, message).as_ref().to_vec()
            }
            Material::Rsa(pair) => {
                let mut signature = vec![0; pair.public_modulus_len()];
                pair.sign(
                    &RSA_PKCS1_SHA256,
                    &SystemRandom::new(),
                    message,
                    &mut signature,
                )
                .expect("RSA signs");
                signature
            }
            Material::P256(pair) => {
                let signature = pair.sign(&SystemRandom::new(), message);
                signature.expect("ECDSA signs").as_ref().to_vec()
            }
            Material::Ed25519(pair) => pair.sign(message).as_ref().to_vec(),
        }
    }
}

fn encode(bytes: impl AsRef<[u8]>) -> String {
    URL_SAFE_NO_PAD.encode(bytes)
}

fn pem(label: &str, der: &[u8]) -> String {
    let body = STANDARD.encode(der);
    let lines = body.as_bytes().chunks(64).map(String::from_utf8_lossy);
    let lines: Vec<_> = lines.collect();
    format!(
        "-----BEGIN {label}-----\n{}\n-----END {label}-----\n",
        lines.join("\n")
    )
}
