//! Attacks on how a token is written.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE;
use jsonwebtoken::Algorithm::{HS256, RS256};
use serde_json::json;

use tasklane_domain::port::{TokenError, TokenVerifier};

use super::{Scene, parts};
use crate::cache::CachedVerifier;
use crate::testing::{NOW, claims, encode, now, with};

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
async fn a_duplicate_member_is_refused() {
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
