use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jsonwebtoken::Algorithm;
use serde::Deserialize;

use crate::key::{KeyKind, VerificationKey};
use crate::key_set::NamedKey;

/// A JSON Web Key (RFC 7517, RFC 7518 §6, RFC 8037) as an issuer publishes it.
#[derive(Deserialize)]
pub(crate) struct Jwk {
    kty: String,
    kid: Option<String>,
    #[serde(rename = "use")]
    purpose: Option<String>,
    key_ops: Option<Vec<String>>,
    alg: Option<String>,
    crv: Option<String>,
    n: Option<String>,
    e: Option<String>,
    x: Option<String>,
    y: Option<String>,
}

impl Jwk {
    /// The key, if it is one that signatures can be verified with: a public key of a known kind, not
    /// meant for encryption, not bound to an unknown algorithm. A shared secret (`oct`) is not one.
    pub(crate) fn into_key(self) -> Option<NamedKey> {
        let verifies = self
            .purpose
            .as_deref()
            .is_none_or(|purpose| purpose == "sig")
            && self
                .key_ops
                .as_ref()
                .is_none_or(|ops| ops.iter().any(|op| op == "verify"));
        if !verifies {
            return None;
        }
        let algorithm = match &self.alg {
            None => None,
            Some(name) => Some(name.parse::<Algorithm>().ok()?),
        };
        let key = self.public_key()?;
        if algorithm.is_some_and(|algorithm| KeyKind::of(algorithm) != key.kind) {
            return None;
        }
        Some(NamedKey {
            id: self.kid,
            algorithm,
            key,
        })
    }

    fn public_key(&self) -> Option<VerificationKey> {
        match (self.kty.as_str(), self.crv.as_deref()) {
            ("RSA", _) => {
                VerificationKey::rsa(&number(self.n.as_deref())?, &number(self.e.as_deref())?)
            }
            ("EC", Some("P-256")) => VerificationKey::elliptic(&self.point(32)?),
            ("EC", Some("P-384")) => VerificationKey::elliptic(&self.point(48)?),
            ("OKP", Some("Ed25519")) => VerificationKey::ed25519(&number(self.x.as_deref())?),
            _ => None,
        }
    }

    fn point(&self, length: usize) -> Option<Vec<u8>> {
        let (x, y) = (number(self.x.as_deref())?, number(self.y.as_deref())?);
        let fits = x.len() == length && y.len() == length;
        fits.then(|| [&[4], x.as_slice(), y.as_slice()].concat())
    }
}

fn number(text: Option<&str>) -> Option<Vec<u8>> {
    URL_SAFE_NO_PAD.decode(text?.trim_end_matches('=')).ok()
}
