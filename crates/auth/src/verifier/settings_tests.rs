use jsonwebtoken::Algorithm::{ES256, ES384, EdDSA, HS256, RS256};

use super::*;
use crate::settings::{Audience, IssuerSettings, KeySource, LocalSettings};
use crate::testing::{TestKey, local_settings, settings, trusted};

const SECRET: &str = "a secret of thirty-two characters";

fn complaint(settings: &VerifierSettings) -> String {
    let errors = JwtVerifier::new(settings)
        .err()
        .expect("the settings were accepted");
    errors
        .iter()
        .map(ToString::to_string)
        .collect::<Vec<_>>()
        .join("; ")
}

fn complaint_about(issuer: IssuerSettings) -> String {
    complaint(&settings(vec![issuer]))
}

#[test]
fn a_secret_must_have_32_bytes() {
    let local = |secret: &str| VerifierSettings {
        local: LocalSettings {
            key: LocalKey::Secret(secret.into()),
            ..local_settings()
        },
        issuers: Vec::new(),
    };
    let complaint = complaint(&local(&"x".repeat(31)));
    assert_eq!(
        complaint,
        "auth.secret: the secret has 31 bytes; at least 32 are needed"
    );
    assert!(JwtVerifier::new(&local(&"x".repeat(32))).is_ok());
    assert!(JwtVerifier::new(&local(&"ü".repeat(16))).is_ok());
    let short = complaint_about(trusted("a", &[HS256], KeySource::Secret("short".into())));
    assert_eq!(
        short,
        "auth.issuers `a`: the secret has 5 bytes; at least 32 are needed"
    );
}

#[test]
fn an_algorithm_must_fit_the_key() {
    let (rsa, p256) = (TestKey::rsa().public_pem(), TestKey::p256().public_pem());
    let jwks = "https://issuer.example/jwks.json";
    for (algorithms, key, expected) in [
        (
            vec![RS256, HS256],
            KeySource::PublicKeyPem(rsa.clone()),
            "HS256 cannot be used with an RSA",
        ),
        (
            vec![ES256],
            KeySource::PublicKeyPem(rsa),
            "ES256 cannot be used with an RSA key",
        ),
        (
            vec![ES256, ES384],
            KeySource::PublicKeyPem(p256),
            "ES384 cannot be used with a P-256 key",
        ),
        (
            vec![HS256, RS256],
            KeySource::Secret(SECRET.into()),
            "RS256 cannot be used with a shared",
        ),
        (
            vec![EdDSA, HS256],
            KeySource::JwksUrl(jwks.into()),
            "HS256 cannot be used with published",
        ),
        (
            vec![],
            KeySource::JwksUrl(jwks.into()),
            "no algorithm is allowed",
        ),
    ] {
        let complaint = complaint_about(trusted("a", &algorithms, key));
        assert!(complaint.contains(expected), "{complaint}");
    }
}

#[test]
fn only_a_public_key_is_a_public_key() {
    let weak = "-----BEGIN PUBLIC KEY-----\n\
        MIGfMA0GCSqGSIb3DQEBAQUAA4GNADCBiQKBgQDdlatRjRjogo3WojgGHFHYLugd\n\
        UWAY9iR3fy4arWNA1KoS8kVw33cJibXr8bvwUAUparCwlvdbH6dvEOfou0/gCFQs\n\
        HUfQrSDv+MuSUMAe8jzKE4qW+jK+xQU9a03GUnKHkkle+Q0pX/g6jXZ7r1/xAK5D\n\
        o2kQ+X5xK9cipRgEKwIDAQAB\n\
        -----END PUBLIC KEY-----\n";
    for (algorithm, pem) in [
        (RS256, String::new()),
        (RS256, "text".to_owned()),
        (RS256, TestKey::rsa().private_pem()),
        (EdDSA, TestKey::ed25519().private_pem()),
        (
            RS256,
            TestKey::rsa()
                .public_pem()
                .replace("PUBLIC KEY", "CERTIFICATE"),
        ),
        (RS256, weak.to_owned()),
    ] {
        let complaint = complaint_about(trusted("a", &[algorithm], KeySource::PublicKeyPem(pem)));
        assert!(complaint.contains("not a public key in PEM"), "{complaint}");
    }
}

#[test]
fn keys_are_fetched_over_https_or_not_far() {
    let accepted = |url: &str| {
        let issuer = trusted("a", &[RS256], KeySource::JwksUrl(url.into()));
        JwtVerifier::new(&settings(vec![issuer])).is_ok()
    };
    for url in [
        "https://issuer.example/jwks.json",
        "https://10.0.0.1/jwks",
        "http://localhost:3000/api/auth/jwks",
        "http://id.app.localhost:3000/jwks",
        "http://127.0.0.1:1/",
        "http://127.8.8.8/",
        "http://[::1]:3000/",
    ] {
        assert!(accepted(url), "{url}");
    }
    for url in [
        "http://issuer.example/jwks.json",
        "http://10.0.0.1/",
        "http://localhost.evil.example/",
        "http://evillocalhost/",
        "http://127.0.0.1.evil.example/",
        "http://127.0.0.1@evil.example/",
        "http://0.0.0.0/",
        "file:///etc/passwd",
        "ftp://localhost/",
        "data:application/json,{}",
        "//localhost/",
        "localhost:3000",
        "",
    ] {
        assert!(!accepted(url), "{url}");
    }
}

#[test]
fn issuers_are_told_apart() {
    let key = || KeySource::Secret(SECRET.into());
    let of = |alias: &str, issuer: &str| IssuerSettings {
        issuer: issuer.into(),
        ..trusted(alias, &[HS256], key())
    };
    let both = |one, two| complaint(&settings(vec![one, two]));
    assert!(both(of("a", "x"), of("a", "y")).contains("another issuer has the alias"));
    assert!(both(of("a", "x"), of("b", "x")).contains("has the same `iss`"));
    assert!(complaint_about(of("a", "tasklane")).contains("has the same `iss`"));
    assert!(complaint_about(of("a", "")).contains("the issuer is empty"));
    for alias in ["", "local", "a\0b", "a\nb", &"a".repeat(65)] {
        assert!(
            complaint_about(of(alias, "x")).contains("an alias is 1 to 64"),
            "{alias:?}"
        );
    }
    let nobody = IssuerSettings {
        audience: Audience::OneOf(Vec::new()),
        ..of("a", "x")
    };
    assert!(complaint_about(nobody).contains("the list of audiences is empty"));
}

#[test]
fn everything_that_is_wrong_is_told_at_once() {
    let complaint = complaint(&VerifierSettings {
        local: LocalSettings {
            key: LocalKey::Secret("short".into()),
            ..local_settings()
        },
        issuers: vec![
            trusted("a", &[], KeySource::Secret(SECRET.into())),
            trusted("b", &[RS256], KeySource::PublicKeyPem("text".into())),
        ],
    });
    for place in ["auth.secret", "auth.issuers `a`", "auth.issuers `b`"] {
        assert!(complaint.contains(place), "{complaint}");
    }
}

#[test]
fn settings_print_no_secret() {
    let mut settings = settings(vec![trusted(
        "a",
        &[HS256],
        KeySource::Secret(SECRET.into()),
    )]);
    settings.local.key = LocalKey::PrivateKey {
        pem: TestKey::ed25519().private_pem().into(),
        retiring: None,
    };
    let printed = format!("{settings:?}");
    assert!(
        !printed.contains(SECRET) && !printed.contains("BEGIN"),
        "{printed}"
    );
}
