//! Project Wycheproof's test vectors for JSON Web Signature, see `testdata/wycheproof`.

use serde_json::Value;

use crate::jwk::Jwk;
use crate::key::VerificationKey;
use crate::token::Token;

const VECTORS: &str = include_str!("../../testdata/wycheproof/json_web_signature_test.json");

/// Vectors that are judged otherwise here, and why.
const JUDGED_OTHERWISE: [(&str, bool, &[u64]); 5] = [
    (
        "a payload is never empty",
        false,
        &[259, 264, 268, 272, 320, 325],
    ),
    (
        "the key is for PS256, and the token says PS384",
        false,
        &[346, 350],
    ),
    ("P-521 is not among the algorithms", false, &[347, 351]),
    (
        "it is valid but for a stray character in the base64",
        false,
        &[372, 373],
    ),
    (
        "it has no padding, unlike its comment says: it is vector 357 again",
        true,
        &[367, 370],
    ),
];

fn key(jwk: &Value) -> Option<(VerificationKey, Option<String>)> {
    let algorithm = jwk["alg"].as_str().map(str::to_owned);
    if jwk["kty"] == "oct" {
        use base64::Engine;
        let secret = base64::engine::general_purpose::URL_SAFE_NO_PAD;
        let secret = secret.decode(jwk["k"].as_str().unwrap()).unwrap();
        return Some((VerificationKey::from_bytes(&secret), algorithm));
    }
    let key = serde_json::from_value::<Jwk>(jwk.clone())
        .unwrap()
        .into_key()?;
    Some((key.key, algorithm))
}

fn accepts(jwk: &Value, text: &str) -> bool {
    let (Some((key, algorithm)), Ok(token)) = (key(jwk), Token::parse(text)) else {
        return false;
    };
    let allowed = algorithm.is_none_or(|name| name == format!("{:?}", token.header.algorithm));
    allowed && key.verifies(&token)
}

#[test]
fn every_vector_is_judged_as_it_should_be() {
    let vectors: Value = serde_json::from_str(VECTORS).unwrap();
    let (mut valid, mut invalid) = (0, 0);
    for group in vectors["testGroups"].as_array().unwrap() {
        let jwk = group
            .get("public")
            .or_else(|| group.get("private"))
            .unwrap();
        for test in group["tests"].as_array().unwrap() {
            let id = test["tcId"].as_u64().unwrap();
            let text = test["jws"]
                .as_str()
                .map_or_else(|| test["jws"].to_string(), str::to_owned);
            let otherwise = JUDGED_OTHERWISE
                .iter()
                .find(|(_, _, ids)| ids.contains(&id));
            let expected =
                otherwise.map_or(test["result"] == "valid", |(_, accepted, _)| *accepted);
            assert_eq!(accepts(jwk, &text), expected, "{id}: {}", test["comment"]);
            if expected { valid += 1 } else { invalid += 1 }
        }
    }
    assert!(
        valid >= 30 && invalid >= 200,
        "{valid} valid, {invalid} invalid"
    );
}
