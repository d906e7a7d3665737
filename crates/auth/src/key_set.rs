use jsonwebtoken::Algorithm;
use serde::Deserialize;
use serde_json::Value;

use crate::header::Header;
use crate::jwk::Jwk;
use crate::key::{KeyKind, VerificationKey};

/// A key as it is in a set.
pub(crate) struct NamedKey {
    /// Its `kid`.
    pub(crate) id: Option<String>,
    /// The one algorithm that it is for, if it says so.
    pub(crate) algorithm: Option<Algorithm>,
    /// The key itself.
    pub(crate) key: VerificationKey,
}

impl NamedKey {
    fn fits(&self, algorithm: Algorithm) -> bool {
        self.key.kind == KeyKind::of(algorithm)
            && self.algorithm.is_none_or(|only| only == algorithm)
    }
}

/// What a set has for a token.
pub(crate) enum Selection {
    /// This key.
    Key(VerificationKey),
    /// No key has the token's `kid`: it may be newer than the set.
    UnknownId,
    /// No key, or without a `kid` more than one, fits the token's algorithm.
    Unfit,
}

/// An issuer's keys.
pub(crate) struct KeySet(Vec<NamedKey>);

#[derive(Deserialize)]
struct Document {
    keys: Vec<Value>,
}

impl KeySet {
    pub(crate) fn new(keys: Vec<NamedKey>) -> Self {
        Self(keys)
    }

    /// Reads a JWK Set (RFC 7517 §5). Keys that cannot be used are passed over.
    pub(crate) fn from_json(json: &[u8]) -> Result<Self, serde_json::Error> {
        let document: Document = serde_json::from_slice(json)?;
        let usable = |key| {
            serde_json::from_value::<Jwk>(key)
                .ok()
                .and_then(Jwk::into_key)
        };
        Ok(Self(document.keys.into_iter().filter_map(usable).collect()))
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    pub(crate) fn len(&self) -> usize {
        self.0.len()
    }

    /// Whether any key could verify tokens of that algorithm.
    pub(crate) fn serves(&self, algorithm: Algorithm) -> bool {
        self.0.iter().any(|key| key.fits(algorithm))
    }

    /// The key that a token with that header must have been signed with.
    pub(crate) fn select(&self, header: &Header) -> Selection {
        let fitting = |key: &&NamedKey| key.fits(header.algorithm);
        let Some(id) = header.key_id.as_deref() else {
            let mut candidates = self.0.iter().filter(fitting);
            return match (candidates.next(), candidates.next()) {
                (Some(only), None) => Selection::Key(only.key.clone()),
                _ => Selection::Unfit,
            };
        };
        let mut named = self
            .0
            .iter()
            .filter(|key| key.id.as_deref() == Some(id))
            .peekable();
        if named.peek().is_none() {
            return Selection::UnknownId;
        }
        named
            .find(fitting)
            .map_or(Selection::Unfit, |found| Selection::Key(found.key.clone()))
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::testing::TestKey;

    fn set(keys: &[Value]) -> KeySet {
        KeySet::from_json(json!({ "keys": keys }).to_string().as_bytes()).unwrap()
    }

    fn header(algorithm: Algorithm, key_id: Option<&str>) -> Header {
        Header {
            algorithm,
            key_id: key_id.map(str::to_owned),
        }
    }

    fn with(mut key: Value, name: &str, value: Value) -> Value {
        key[name] = value;
        key
    }

    #[test]
    fn keys_for_other_purposes_and_of_unknown_kinds_are_passed_over() {
        let rsa = TestKey::rsa().jwk("a");
        let p256 = TestKey::p256().jwk("a");
        let usable = [
            rsa.clone(),
            with(rsa.clone(), "use", json!("sig")),
            with(rsa.clone(), "alg", json!("PS384")),
            with(rsa.clone(), "key_ops", json!(["verify"])),
            with(
                rsa.clone(),
                "n",
                json!(format!("AAAA{}", rsa["n"].as_str().unwrap())),
            ),
            p256.clone(),
            TestKey::p384().jwk("a"),
            TestKey::ed25519().jwk("a"),
        ];
        for key in usable {
            assert!(!set(std::slice::from_ref(&key)).is_empty(), "{key}");
        }
        let unusable = [
            with(rsa.clone(), "use", json!("enc")),
            with(rsa.clone(), "key_ops", json!(["encrypt"])),
            with(rsa.clone(), "alg", json!("RSA-OAEP")),
            with(rsa.clone(), "alg", json!("ES256")),
            with(rsa.clone(), "alg", json!("HS256")),
            with(rsa.clone(), "kid", json!(1)),
            with(rsa.clone(), "n", json!("AQAB")),
            with(rsa.clone(), "n", json!(1)),
            with(rsa, "kty", json!("rsa")),
            with(p256.clone(), "crv", json!("secp256k1")),
            with(p256.clone(), "crv", json!("P-384")),
            with(p256.clone(), "x", p256["y"].clone()),
            with(p256, "y", json!("")),
            json!({ "kty": "oct", "kid": "a", "k": "c2VjcmV0c2VjcmV0c2VjcmV0c2VjcmV0c2VjcmV0" }),
            json!({ "kty": "OKP", "crv": "X25519", "x": TestKey::ed25519().jwk("a")["x"] }),
            json!({ "kty": "OKP", "crv": "Ed25519", "x": "AAAA" }),
            json!({}),
            json!("key"),
        ];
        assert!(set(&unusable).is_empty());
        for key in unusable {
            assert!(set(std::slice::from_ref(&key)).is_empty(), "{key}");
        }
    }

    #[test]
    fn a_document_that_is_no_key_set_is_an_error() {
        for json in [
            "",
            "[]",
            "{}",
            "{\"keys\": {}}",
            "<html>",
            "{\"keys\": null}",
        ] {
            assert!(KeySet::from_json(json.as_bytes()).is_err(), "{json}");
        }
    }

    #[test]
    fn a_named_key_must_fit_the_algorithm() {
        let pinned = with(TestKey::rsa().jwk("pinned"), "alg", json!("RS256"));
        let set = set(&[TestKey::p256().jwk("ec"), TestKey::rsa().jwk("rsa"), pinned]);
        let select = |algorithm, id| set.select(&header(algorithm, Some(id)));
        assert!(matches!(select(Algorithm::ES256, "ec"), Selection::Key(_)));
        assert!(matches!(select(Algorithm::PS512, "rsa"), Selection::Key(_)));
        assert!(matches!(
            select(Algorithm::RS256, "pinned"),
            Selection::Key(_)
        ));
        assert!(matches!(
            select(Algorithm::PS256, "pinned"),
            Selection::Unfit
        ));
        assert!(matches!(select(Algorithm::ES384, "ec"), Selection::Unfit));
        assert!(matches!(select(Algorithm::HS256, "rsa"), Selection::Unfit));
        assert!(matches!(
            select(Algorithm::ES256, "new"),
            Selection::UnknownId
        ));
        assert!(matches!(select(Algorithm::ES256, ""), Selection::UnknownId));
    }

    #[test]
    fn without_an_id_exactly_one_key_must_fit() {
        let (first, second) = (TestKey::rsa().jwk("a"), TestKey::p256().jwk("b"));
        let mixed = set(&[first.clone(), second.clone()]);
        assert!(matches!(
            mixed.select(&header(Algorithm::ES256, None)),
            Selection::Key(_)
        ));
        assert!(matches!(
            mixed.select(&header(Algorithm::EdDSA, None)),
            Selection::Unfit
        ));
        let two = set(&[second.clone(), TestKey::p256().jwk("c")]);
        assert!(matches!(
            two.select(&header(Algorithm::ES256, None)),
            Selection::Unfit
        ));
    }
}
