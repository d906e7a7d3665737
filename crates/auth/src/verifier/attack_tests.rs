//! Attacks on tokens: RFC 8725, the OWASP cheat sheet on JSON Web Tokens, and what else was tried
//! on somebody. Each is refused, by a verifier that has verified nothing and by one that remembers
//! the genuine tokens, and costs its sender a 401.

use base64::Engine;
use base64::engine::general_purpose::{STANDARD, URL_SAFE};
use jsonwebtoken::Algorithm::{self, ES256, EdDSA, HS256, PS256, RS256};
use serde_json::{Value, json};

use super::*;
use crate::cache::CachedVerifier;
use crate::settings::KeySource;
use crate::testing::{
    LOCAL_SECRET, NOW, TestKey, claims, encode, local_claims, now, settings, trusted, with, without,
};

/// Four ways to be trusted: locally by a secret, by an RSA key (`a`), by a P-256 key (`b`) and by a
/// shared secret (`s`).
struct Scene {
    a: TestKey,
    b: TestKey,
    s: TestKey,
    attacks: Vec<(String, String)>,
}

const SHARED: &str = "the secret that issuer s shares with us";

impl Scene {
    fn new() -> Self {
        let s = TestKey::secret(SHARED);
        Self {
            a: TestKey::rsa(),
            b: TestKey::p256(),
            s,
            attacks: Vec::new(),
        }
    }

    fn verifier(&self) -> JwtVerifier {
        let pem = |key: &TestKey| KeySource::PublicKeyPem(key.public_pem());
        JwtVerifier::new(&settings(vec![
            trusted("a", &[RS256], pem(&self.a)),
            trusted("b", &[ES256], pem(&self.b)),
            trusted("s", &[HS256], KeySource::Secret(SHARED.into())),
        ]))
        .unwrap()
    }

    fn genuine(&self) -> Vec<String> {
        vec![
            self.a.token(RS256, Some("1"), &claims("a")),
            self.b.token(ES256, None, &claims("b")),
            self.s.token(HS256, None, &claims("s")),
            TestKey::local().token(HS256, None, &local_claims()),
        ]
    }

    fn attack(&mut self, name: impl Into<String>, token: String) {
        self.attacks.push((name.into(), token));
    }

    /// A token of issuer a with that header, truly signed by it.
    fn with_header(&mut self, name: impl Into<String>, header: &str) {
        let token = self.a.forge(RS256, header, &claims("a").to_string());
        self.attack(name, token);
    }

    /// A token of issuer a with that payload, truly signed by it.
    fn with_payload(&mut self, payload: &str) {
        let token = self.a.forge(RS256, r#"{"alg":"RS256"}"#, payload);
        self.attack(payload, token);
    }

    /// Makes sure that what is genuine is accepted, and no attack.
    async fn play(self) {
        let (fresh, remembering) = (self.verifier(), CachedVerifier::new(self.verifier()));
        for token in self.genuine() {
            assert!(fresh.verify(&token, now()).await.is_ok(), "{token}");
            assert!(remembering.verify(&token, now()).await.is_ok(), "{token}");
        }
        assert!(!self.attacks.is_empty());
        for (name, token) in &self.attacks {
            for answer in [
                fresh.verify(token, now()).await,
                remembering.verify(token, now()).await,
            ] {
                match answer {
                    Ok(principal) => panic!("{name}: accepted as {principal:?}"),
                    Err(TokenError::KeysUnavailable) => panic!("{name}: told as our own fault"),
                    Err(_) => {}
                }
            }
        }
    }
}

fn parts(token: &str) -> [&str; 3] {
    token.split('.').collect::<Vec<_>>().try_into().unwrap()
}

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
async fn what_is_not_understood_and_critical_is_refused() {
    let mut scene = Scene::new();
    for header in [
        r#"{"alg":"RS256","crit":["exp"],"exp":1}"#,
        r#"{"alg":"RS256","crit":["b64"],"b64":true}"#,
        r#"{"alg":"RS256","crit":[]}"#,
        r#"{"alg":"RS256","crit":null}"#,
        r#"{"alg":"RS256","crit":["http://example.com/UNDEFINED"],"http://example.com/UNDEFINED":1}"#,
        r#"{"alg":"RS256","\u0063rit":["x"]}"#,
        r#"{"alg":"RS256","b64":false}"#,
        r#"{"alg":"RS256","zip":"DEF"}"#,
        r#"{"alg":"RS256","typ":"JWE"}"#,
        r#"{"alg":"RS256","typ":"secevent+jwt"}"#,
        r#"{"alg":"RS256","typ":["JWT"]}"#,
    ] {
        scene.with_header(header, header);
    }
    scene.play().await;
}

#[tokio::test]
async fn what_stands_twice_is_refused() {
    let mut scene = Scene::new();
    for header in [
        r#"{"alg":"RS256","alg":"RS256"}"#,
        r#"{"alg":"none","alg":"RS256"}"#,
        r#"{"alg":"RS256","alg":"none"}"#,
        r#"{"alg":"RS256","\u0061lg":"none"}"#,
        r#"{"alg":"RS256","kid":"1","kid":"2"}"#,
        r#"{"alg":"RS256","typ":"JWT","typ":"JWT"}"#,
    ] {
        scene.with_header(header, header);
    }
    let genuine = with(claims("a"), "nbf", NOW);
    let genuine = with(
        with(with(genuine, "sid", "s"), "email", "a@b"),
        "name",
        "Ada",
    );
    for (name, value) in genuine.as_object().unwrap() {
        let rest = genuine.to_string();
        let rest = rest.trim_start_matches('{');
        scene.with_payload(&format!(r#"{{"{name}":{value},{rest}"#));
        scene.with_payload(&format!(r#"{{"{name}":null,{rest}"#));
        let escape = |letter: char| ["\\u00", &format!("{:x}", u32::from(letter))].concat();
        let escaped: String = name.chars().map(escape).collect();
        scene.with_payload(&format!(r#"{{"{escaped}":{value},{rest}"#));
    }
    scene.play().await;
}

#[tokio::test]
async fn a_token_has_one_spelling() {
    let mut scene = Scene::new();
    for token in scene.genuine() {
        let [header, payload, signature] = parts(&token);
        for (name, text) in [
            ("space before", format!(" {token}")),
            ("space after", format!("{token} ")),
            ("line break after", format!("{token}\n")),
            ("NUL after", format!("{token}\0")),
            ("data after", format!("{token}AA")),
            ("a part after", format!("{token}.AA")),
            ("an empty part after", format!("{token}.")),
            ("an empty part before", format!(".{token}")),
            ("padding", format!("{header}.{payload}.{signature}=")),
            ("more padding", format!("{header}.{payload}.{signature}==")),
            ("padded header", format!("{header}=.{payload}.{signature}")),
            ("space within", format!("{header}. {payload}.{signature}")),
            (
                "line break in the signature",
                format!("{header}.{payload}.\r\n{signature}"),
            ),
            (
                "percent encoding",
                format!("{header}.{payload}.{signature}%3D"),
            ),
            ("another alphabet", other_alphabet(&token)),
            (
                "unused bits",
                format!("{header}.{payload}.{}", set_unused_bits(signature)),
            ),
            ("scheme", format!("Bearer {token}")),
            ("quotes", format!("\"{token}\"")),
            (
                "JSON serialization",
                json!({ "payload": payload, "signatures": [
                { "protected": header, "signature": signature }] })
                .to_string(),
            ),
        ] {
            if text != token {
                scene.attack(name, text);
            }
        }
    }
    scene.play().await;
}

fn other_alphabet(token: &str) -> String {
    let replaced = token.replace('-', "+").replace('_', "/");
    // A token without either letter gets one where it does not belong.
    if replaced == token {
        format!("{token}+")
    } else {
        replaced
    }
}

/// The last character of 256 bytes, 64 or 32 carries bits that no byte needs.
fn set_unused_bits(signature: &str) -> String {
    let alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
    let (head, last) = signature.split_at(signature.len() - 1);
    let value = alphabet.find(last).unwrap();
    let changed = format!("{head}{}", &alphabet[value | 1..=value | 1]);
    assert!(URL_SAFE.decode(&changed).is_err());
    changed
}

#[tokio::test]
async fn claims_of_the_wrong_type_or_value_are_refused() {
    let mut scene = Scene::new();
    let good = claims("a");
    for (name, value) in [
        ("exp", json!("1800000840")),
        ("exp", json!(null)),
        ("exp", json!([NOW + 840])),
        ("exp", json!(true)),
        ("exp", json!(-1)),
        ("exp", json!(-1.5)),
        ("exp", json!(1e300)),
        ("exp", json!(u64::MAX)),
        ("exp", json!(i64::MAX)),
        ("exp", json!(i64::MIN)),
        ("exp", json!(NOW - 5)),
        ("exp", json!(1_799_999_994.9)),
        ("exp", json!(0)),
        ("nbf", json!(NOW + 6)),
        ("nbf", json!(1_800_000_005.5)),
        ("nbf", json!("0")),
        ("nbf", json!(null)),
        ("nbf", json!(-1)),
        ("iat", json!(NOW + 6)),
        ("iat", json!("now")),
        ("iat", json!(1e18)),
        ("aud", json!("other")),
        ("aud", json!("Tasks")),
        ("aud", json!("tasks ")),
        ("aud", json!("tasks,other")),
        ("aud", json!("")),
        ("aud", json!([])),
        ("aud", json!(["other"])),
        ("aud", json!([["tasks"]])),
        ("aud", json!(["tasks", 1])),
        ("aud", json!({ "tasks": true })),
        ("aud", json!(null)),
        ("sub", json!("")),
        ("sub", json!(42)),
        ("sub", json!(null)),
        ("sub", json!(["user_2ab"])),
        ("sub", json!("x".repeat(256))),
        ("sub", json!("user\u{0}_2ab")),
        ("iss", json!(["https://a.example"])),
        ("iss", json!("https://a.example/")),
        ("iss", json!("https://A.example")),
        ("iss", json!("https://evil.example")),
        ("iss", json!("")),
        ("iss", json!(null)),
    ] {
        scene.with_payload(&with(good.clone(), name, value).to_string());
    }
    for name in ["iss", "sub", "aud", "exp"] {
        scene.with_payload(&without(good.clone(), name).to_string());
    }
    for payload in ["", "null", "[]", "\"text\"", "{}", "{", "{}{}"] {
        scene.with_payload(payload);
    }
    scene.with_payload(&format!("{good}{good}"));
    scene.with_payload(&format!("\u{feff}{good}"));
    scene.with_payload(&format!("[{good}]"));
    scene.play().await;
}

#[tokio::test]
async fn a_token_in_a_token_is_refused() {
    let mut scene = Scene::new();
    for inner in scene.genuine() {
        let nested = scene
            .a
            .forge(RS256, r#"{"alg":"RS256","cty":"JWT"}"#, &inner);
        scene.attack("a token as payload", nested);
        let nested = scene.a.forge(
            RS256,
            r#"{"alg":"RS256","cty":"JWT"}"#,
            &format!("\"{inner}\""),
        );
        scene.attack("a token as JSON text", nested);
    }
    scene.attack(
        "five parts, as an encrypted token has",
        "e30.AAAA.AAAA.AAAA.AAAA".to_owned(),
    );
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

#[tokio::test]
async fn a_local_token_names_a_user_and_a_session() {
    let mut scene = Scene::new();
    let local = TestKey::local();
    for (name, value) in [
        ("sub", json!("user_2ab")),
        ("sub", json!("")),
        ("sid", json!("sess_1")),
        ("sid", json!(1)),
        ("sid", json!(null)),
        ("aud", json!("tasks")),
    ] {
        let token = local.token(HS256, None, &with(local_claims(), name, value.clone()));
        scene.attack(format!("{name} {value}"), token);
    }
    for algorithm in [Algorithm::HS384, Algorithm::HS512] {
        scene.attack(
            format!("{algorithm:?}"),
            local.token(algorithm, None, &local_claims()),
        );
    }
    scene.play().await;
}

#[tokio::test]
async fn a_token_of_more_than_8_kib_is_refused_and_one_of_8_kib_is_not() {
    let scene = Scene::new();
    let verifier = scene.verifier();
    let padded = |length| {
        scene
            .s
            .token(HS256, None, &with(claims("s"), "pad", "x".repeat(length)))
    };
    let length = (5000..8192)
        .rev()
        .find(|length| padded(*length).len() <= 8192)
        .unwrap();
    assert!(verifier.verify(&padded(length), now()).await.is_ok());
    assert!(verifier.verify(&padded(length + 1), now()).await.is_err());
}

#[tokio::test]
async fn ten_thousand_strings_of_noise_are_all_refused() {
    let verifier = CachedVerifier::new(Scene::new().verifier());
    let mut state = 0x9e37_79b9_7f4a_7c15_u64;
    for round in 0..10_000_usize {
        let bytes: Vec<u8> = (0..round % 97)
            .map(|_| {
                state = state
                    .wrapping_mul(6_364_136_223_846_793_005)
                    .wrapping_add(1);
                state.to_be_bytes()[0]
            })
            .collect();
        let noise = match round % 3 {
            0 => String::from_utf8_lossy(&bytes).into_owned(),
            1 => encode(&bytes),
            _ => format!(
                "{}.{}.{}",
                encode(r#"{"alg":"HS256"}"#),
                encode(&bytes),
                encode(&bytes)
            ),
        };
        let answer = verifier.verify(&noise, now()).await;
        assert!(
            matches!(answer, Err(TokenError::NotAToken | TokenError::Invalid(_))),
            "{noise}"
        );
    }
}
