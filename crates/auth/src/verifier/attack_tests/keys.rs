//! Attacks on how a token is signed, and with whose key.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use jsonwebtoken::Algorithm::{self, ES256, EdDSA, HS256, PS256, RS256};
use serde_json::{Value, json};

use super::{Scene, parts};
use crate::testing::{LOCAL_SECRET, TestKey, claims, encode, local_claims, with};

#[tokio::test]
async fn no_signature_is_no_signature_in_any_spelling() {
    let mut scene = Scene::new();
    for alg in [
        "none",
        "None",
        "NONE",
        "nOnE",
        "none ",
        "\\u006eone",
        "",
        "null",
        "HS256\\u0000",
    ] {
        let header = encode(format!(r#"{{"alg":"{alg}"}}"#));
        let payload = encode(claims("a").to_string());
        scene.attack(
            format!("alg {alg}, no signature"),
            format!("{header}.{payload}."),
        );
        scene.attack(
            format!("alg {alg}, no third part"),
            format!("{header}.{payload}"),
        );
        scene.attack(
            format!("alg {alg}, some signature"),
            format!("{header}.{payload}.AAAA"),
        );
        scene.with_header(
            format!("alg {alg}, genuine signature"),
            &format!(r#"{{"alg":"{alg}"}}"#),
        );
    }
    for alg in ["null", "1", "[]", "[\"RS256\"]", "{}", "true"] {
        scene.with_header(format!("alg {alg}"), &format!(r#"{{"alg":{alg}}}"#));
    }
    scene.with_header("no alg", r#"{"typ":"JWT"}"#);
    for token in scene.genuine() {
        let [header, payload, signature] = parts(&token);
        scene.attack("empty signature", format!("{header}.{payload}."));
        scene.attack(
            "half a signature",
            format!("{header}.{payload}.{}", &signature[..8]),
        );
        scene.attack(
            "zeros",
            format!("{header}.{payload}.{}", "A".repeat(signature.len())),
        );
    }
    scene.play().await;
}

#[tokio::test]
async fn a_public_key_is_no_secret() {
    let mut scene = Scene::new();
    for (key, alias) in [(scene.a.clone(), "a"), (scene.b.clone(), "b")] {
        let pem = key.public_pem();
        for secret in [
            pem.clone().into_bytes(),
            pem.trim_end().as_bytes().to_vec(),
            pem.replace('\n', "\r\n").into_bytes(),
            STANDARD.encode(key.public_der()).into_bytes(),
            key.public_der(),
            key.jwk("1").to_string().into_bytes(),
        ] {
            for algorithm in [HS256, Algorithm::HS384, Algorithm::HS512] {
                let token = TestKey::secret(secret.clone()).token(algorithm, None, &claims(alias));
                scene.attack(
                    format!("{algorithm:?} with the public key of {alias}"),
                    token,
                );
            }
        }
    }
    scene.play().await;
}

#[tokio::test]
async fn a_token_cannot_bring_its_own_key() {
    let mut scene = Scene::new();
    let evil = TestKey::fresh_rsa(aws_lc_rs::rsa::KeySize::Rsa2048);
    let certificate = STANDARD.encode(evil.public_der());
    for (name, value) in [
        ("jwk", evil.jwk("1")),
        ("jku", json!("https://evil.example/jwks.json")),
        ("x5u", json!("https://evil.example/cert.pem")),
        ("x5c", json!([certificate])),
        ("x5t", json!("AAAA")),
        ("jwks_uri", json!("https://evil.example/jwks.json")),
    ] {
        let header = with(
            json!({ "alg": "RS256", "kid": "1", "typ": "JWT" }),
            name,
            value,
        );
        let token = evil.forge(RS256, &header.to_string(), &claims("a").to_string());
        scene.attack(name, token);
    }
    scene.play().await;
}

#[tokio::test]
async fn a_key_id_is_a_name_and_nothing_else() {
    let mut scene = Scene::new();
    for kid in [
        "../../../../dev/null",
        "/dev/null",
        "file:///dev/null",
        "x' UNION SELECT 'key' -- ",
        "1; DROP TABLE users",
        "$(id)",
        "| id",
        "https://evil.example/key",
        "\u{0}",
        "",
    ] {
        for secret in ["", "key", "\0"] {
            let key = TestKey::secret(secret.repeat(40));
            for alias in ["a", "s"] {
                scene.attack(kid, key.token(HS256, Some(kid), &claims(alias)));
            }
        }
    }
    for kid in ["1", "null", "[\"1\"]", "{\"$gt\":\"\"}", "true"] {
        scene.with_header(
            format!("kid {kid}"),
            &format!(r#"{{"alg":"RS256","kid":{kid}}}"#),
        );
    }
    scene.play().await;
}

#[tokio::test]
async fn issuers_cannot_speak_for_each_other() {
    let mut scene = Scene::new();
    let keys: [(&str, Algorithm, TestKey); 4] = [
        ("a", RS256, scene.a.clone()),
        ("b", ES256, scene.b.clone()),
        ("s", HS256, scene.s.clone()),
        ("local", HS256, TestKey::secret(LOCAL_SECRET)),
    ];
    let said_by = |name: &str| {
        if name == "local" {
            local_claims()
        } else {
            claims(name)
        }
    };
    for (signer, algorithm, key) in &keys {
        for (named, other, _) in &keys {
            if signer != named {
                let claims: Value = said_by(named);
                let name = format!("{signer} signs as {named}");
                scene.attack(name.clone(), key.token(*algorithm, Some("1"), &claims));
                let header = json!({ "alg": format!("{other:?}") }).to_string();
                scene.attack(name, key.forge(*algorithm, &header, &claims.to_string()));
            }
        }
    }
    let stranger = TestKey::p256();
    scene.attack(
        "a stranger's key",
        stranger.token(ES256, None, &claims("b")),
    );
    scene.play().await;
}

#[tokio::test]
async fn parts_of_two_tokens_make_no_third() {
    let mut scene = Scene::new();
    let other = with(claims("a"), "sub", "somebody else");
    let (one, two) = (
        scene.a.token(RS256, Some("1"), &claims("a")),
        scene.a.token(RS256, Some("1"), &other),
    );
    let ([header, payload, signature], [_, other_payload, other_signature]) =
        (parts(&one), parts(&two));
    scene.attack(
        "another payload",
        format!("{header}.{other_payload}.{signature}"),
    );
    scene.attack(
        "another signature",
        format!("{header}.{payload}.{other_signature}"),
    );
    scene.play().await;
}

#[tokio::test]
async fn signatures_that_any_message_would_have_are_refused() {
    let mut scene = Scene::new();
    let signed = |alias: &str, alg: &str| {
        let header = encode(format!(r#"{{"alg":"{alg}"}}"#));
        format!("{header}.{}", encode(claims(alias).to_string()))
    };
    let order = "ffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551";
    let order: Vec<u8> = (0..32)
        .map(|at| u8::from_str_radix(&order[2 * at..2 * at + 2], 16).unwrap())
        .collect();
    let (zero, one) = (vec![0; 32], [vec![0; 31], vec![1]].concat());
    for r in [&zero, &one, &order] {
        for s in [&zero, &one, &order] {
            let signature = encode([r.as_slice(), s].concat());
            scene.attack("r and s", format!("{}.{signature}", signed("b", "ES256")));
        }
    }
    let raw = scene.b.sign(ES256, &signed("b", "ES256"));
    let mut long = raw.clone();
    long.push(0);
    scene.attack(
        "r, s and more",
        format!("{}.{}", signed("b", "ES256"), encode(long)),
    );
    scene.attack(
        "r alone",
        format!("{}.{}", signed("b", "ES256"), encode(&raw[..32])),
    );
    scene.attack(
        "DER",
        format!("{}.{}", signed("b", "ES256"), encode(der(&raw))),
    );
    for byte in [0, 1, 0xff] {
        let signature = encode([byte; 256]);
        scene.attack(
            "a constant",
            format!("{}.{signature}", signed("a", "RS256")),
        );
    }
    scene.play().await;
}

/// The same signature as X.509 would write it, which JWA does not.
fn der(raw: &[u8]) -> Vec<u8> {
    let integer = |number: &[u8]| [&[2, 33, 0], number].concat();
    let (r, s) = raw.split_at(32);
    [vec![0x30, 70], integer(r), integer(s)].concat()
}

#[tokio::test]
async fn a_key_of_the_wrong_kind_does_not_fit_the_algorithm() {
    let mut scene = Scene::new();
    let ed25519 = TestKey::ed25519();
    scene.attack("EdDSA to RS256", ed25519.token(EdDSA, None, &claims("a")));
    scene.attack("EdDSA to ES256", ed25519.token(EdDSA, None, &claims("b")));
    scene.attack(
        "PS256, not listed",
        scene.a.token(PS256, None, &claims("a")),
    );
    scene.attack(
        "ES384",
        TestKey::p384().token(Algorithm::ES384, None, &claims("b")),
    );
    let p384 = TestKey::p384().forge(ES256, r#"{"alg":"ES256"}"#, &claims("b").to_string());
    scene.attack("P-384 as ES256", p384);
    for (alg, alias) in [
        ("ES256", "a"),
        ("RS256", "b"),
        ("RS256", "s"),
        ("ES256", "s"),
    ] {
        let header = format!(r#"{{"alg":"{alg}"}}"#);
        let token = scene.a.forge(RS256, &header, &claims(alias).to_string());
        scene.attack(format!("RSA, said to be {alg} of {alias}"), token);
        let token = scene.b.forge(ES256, &header, &claims(alias).to_string());
        scene.attack(format!("P-256, said to be {alg} of {alias}"), token);
        let token = scene.s.forge(HS256, &header, &claims(alias).to_string());
        scene.attack(format!("HMAC, said to be {alg} of {alias}"), token);
    }
    scene.play().await;
}
