//! Tokens as providers really make them, each with a near miss.

use jsonwebtoken::Algorithm::{ES256, EdDSA, HS256, RS256};
use serde_json::{Value, json};

use tasklane_domain::id::UserId;
use tasklane_domain::user::Origin;

use super::*;
use crate::jwks::stub::{Stub, key_set};
use crate::settings::{Audience, IssuerSettings, KeySource};
use crate::testing::{NOW, TestKey, now, settings, trusted, with, without};

fn verifier(issuer: IssuerSettings) -> JwtVerifier {
    JwtVerifier::new(&settings(vec![issuer])).unwrap()
}

fn audience(text: &str) -> Audience {
    Audience::OneOf(vec![text.to_owned()])
}

async fn subject(verifier: &JwtVerifier, token: &str) -> Result<String, TokenError> {
    verifier
        .verify(token, now())
        .await
        .map(|principal| principal.subject)
}

/// Makes sure that the claims are accepted as they stand, and not with one of them changed.
async fn accepts_all_but(
    verifier: &JwtVerifier,
    sign: impl Fn(&Value) -> String,
    good: &Value,
    bad: &[Value],
) {
    let accepted = subject(verifier, &sign(good)).await;
    assert_eq!(accepted.as_deref(), Ok(good["sub"].as_str().unwrap()));
    for bad in bad {
        assert!(subject(verifier, &sign(bad)).await.is_err(), "{bad}");
    }
}

#[tokio::test]
async fn better_auth() {
    let key = TestKey::ed25519();
    let stub = Stub::serve(key_set(&[with(
        key.jwk("q3vN8rT2mK5wX9zB"),
        "alg",
        "EdDSA",
    )]))
    .await;
    let verifier = verifier(IssuerSettings {
        issuer: "http://localhost:3000".into(),
        audience: audience("http://localhost:3000"),
        ..trusted(
            "better-auth",
            &[EdDSA],
            KeySource::JwksUrl(stub.url("/api/auth/jwks")),
        )
    });
    let header = r#"{"alg":"EdDSA","kid":"q3vN8rT2mK5wX9zB"}"#;
    let sign = |claims: &Value| key.forge(EdDSA, header, &claims.to_string());
    let good = json!({
        "iat": NOW, "name": "Ada", "email": "ada@example.com", "emailVerified": false,
        "image": null, "createdAt": "2026-11-20T21:04:05.123Z",
        "updatedAt": "2026-11-20T21:04:05.123Z", "id": "cF7hJ1lP6sD0gA2q3vN8rT2mK5wX9zB4",
        "sub": "cF7hJ1lP6sD0gA2q3vN8rT2mK5wX9zB4", "exp": NOW + 900,
        "iss": "http://localhost:3000", "aud": "http://localhost:3000",
    });
    let bad = [
        with(good.clone(), "aud", "http://localhost:3001"),
        with(good.clone(), "iss", "http://localhost:3000/"),
        without(good.clone(), "sub"),
    ];
    accepts_all_but(&verifier, sign, &good, &bad).await;
    let session_token = "q3vN8rT2mK5wX9zB4cF7hJ1lP6sD0gA2.hV%2Bk3";
    assert_eq!(
        subject(&verifier, session_token).await,
        Err(TokenError::NotAToken)
    );

    let principal = verifier.verify(&sign(&good), now()).await.unwrap();
    let id = UserId::for_subject("better-auth", "cF7hJ1lP6sD0gA2q3vN8rT2mK5wX9zB4");
    assert_eq!(principal.actor.id, id);
    let Origin::Federated(profile) = principal.actor.origin else {
        panic!("not an issuer's")
    };
    assert_eq!(profile.email.unwrap().as_str(), "ada@example.com");
    assert_eq!(profile.name.unwrap().as_str(), "Ada");
}

#[tokio::test]
async fn auth0() {
    let key = TestKey::rsa();
    let published = with(with(key.jwk("NjVBRjY5MDlC"), "use", "sig"), "alg", "RS256");
    let published = with(published, "x5c", json!(["MIIC"]));
    let stub = Stub::serve(key_set(&[published])).await;
    let verifier = verifier(IssuerSettings {
        issuer: "https://tenant.eu.auth0.com/".into(),
        audience: audience("https://api.example.com"),
        email_claim: "https://example.com/email".into(),
        ..trusted(
            "auth0",
            &[RS256],
            KeySource::JwksUrl(stub.url("/.well-known/jwks.json")),
        )
    });
    let sign = |claims: &Value| key.token(RS256, Some("NjVBRjY5MDlC"), claims);
    let good = json!({
        "iss": "https://tenant.eu.auth0.com/", "sub": "auth0|5f7c8ec7c33c6c004bbafe82",
        "aud": ["https://api.example.com", "https://tenant.eu.auth0.com/userinfo"],
        "iat": NOW, "exp": NOW + 86_400, "scope": "openid profile email",
        "azp": "my_client_id", "https://example.com/email": "ada@example.com",
    });
    let bad = [
        with(good.clone(), "iss", "https://tenant.eu.auth0.com"),
        with(good.clone(), "aud", "my_client_id"),
        with(
            good.clone(),
            "aud",
            json!(["https://tenant.eu.auth0.com/userinfo"]),
        ),
    ];
    accepts_all_but(&verifier, sign, &good, &bad).await;
    let principal = verifier.verify(&sign(&good), now()).await.unwrap();
    let Origin::Federated(profile) = principal.actor.origin else {
        panic!("not an issuer's")
    };
    assert_eq!(profile.email.unwrap().as_str(), "ada@example.com");
}

#[tokio::test]
async fn clerk() {
    let key = TestKey::rsa();
    let verifier = verifier(IssuerSettings {
        issuer: "https://clerk.example.com".into(),
        audience: Audience::None,
        authorized_parties: vec!["https://example.com".into(), "http://localhost:3000".into()],
        ..trusted("clerk", &[RS256], KeySource::PublicKeyPem(key.public_pem()))
    });
    let header = r#"{"alg":"RS256","cat":"cl_B7d4PD111AAA","kid":"ins_2abc","typ":"JWT"}"#;
    let sign = |claims: &Value| key.forge(RS256, header, &claims.to_string());
    let good = json!({
        "azp": "https://example.com", "exp": NOW + 60, "fva": [0, -1], "iat": NOW,
        "iss": "https://clerk.example.com", "nbf": NOW - 10, "sid": "sess_2abc",
        "sts": "active", "sub": "user_2ab", "v": 2,
    });
    let bad = [
        with(good.clone(), "azp", "https://evil.example"),
        with(good.clone(), "azp", json!(["https://example.com"])),
        without(good.clone(), "azp"),
        with(good.clone(), "aud", "https://other.example"),
        with(good.clone(), "nbf", NOW + 10),
    ];
    accepts_all_but(&verifier, sign, &good, &bad).await;
    let principal = verifier.verify(&sign(&good), now()).await.unwrap();
    assert_eq!(
        principal.session, None,
        "a session of Clerk's is not one of ours"
    );
}

fn supabase_claims() -> Value {
    json!({
        "iss": "https://abcdefghijkl.supabase.co/auth/v1",
        "sub": "5b1f2c5e-6d0a-4d6f-9c39-6f4a1f0b9c11", "aud": "authenticated",
        "exp": NOW + 3600, "iat": NOW, "email": "ada@example.com", "phone": "",
        "app_metadata": { "provider": "email", "providers": ["email"] },
        "user_metadata": { "email": "ada@example.com", "sub": "5b1f" },
        "role": "authenticated", "aal": "aal1", "amr": [{ "method": "password", "timestamp": NOW }],
        "session_id": "0b9f3a9e-77a8-4b1e-8f6e-0a1c2b3d4e5f", "is_anonymous": false,
    })
}

fn supabase_misses() -> Vec<Value> {
    let anonymous_key = json!({
        "iss": "supabase", "ref": "abcdefghijkl", "role": "anon", "iat": NOW, "exp": NOW + 3600,
    });
    vec![
        anonymous_key.clone(),
        with(
            anonymous_key,
            "iss",
            "https://abcdefghijkl.supabase.co/auth/v1",
        ),
        with(supabase_claims(), "aud", "anon"),
        with(
            supabase_claims(),
            "iss",
            "https://other.supabase.co/auth/v1",
        ),
    ]
}

fn supabase_settings(algorithm: jsonwebtoken::Algorithm, key: KeySource) -> IssuerSettings {
    IssuerSettings {
        issuer: "https://abcdefghijkl.supabase.co/auth/v1".into(),
        audience: audience("authenticated"),
        ..trusted("supabase", &[algorithm], key)
    }
}

#[tokio::test]
async fn supabase_with_a_shared_secret() {
    let secret = "super-secret-jwt-token-with-at-least-32-characters-long";
    let verifier = verifier(supabase_settings(HS256, KeySource::Secret(secret.into())));
    let sign = |claims: &Value| TestKey::secret(secret).token(HS256, Some("b5k1"), claims);
    accepts_all_but(&verifier, sign, &supabase_claims(), &supabase_misses()).await;
}

#[tokio::test]
async fn supabase_with_signing_keys() {
    let key = TestKey::p256();
    let kid = "f1c2a7a4-1c0b-4f6e-8a0f-9d5f6f0c1b2a";
    let published = with(
        with(key.jwk(kid), "alg", "ES256"),
        "key_ops",
        json!(["verify"]),
    );
    let published = with(with(published, "use", "sig"), "ext", true);
    let stub = Stub::serve(key_set(&[published])).await;
    let url = stub.url("/auth/v1/.well-known/jwks.json");
    let verifier = verifier(supabase_settings(ES256, KeySource::JwksUrl(url)));
    let sign = |claims: &Value| key.token(ES256, Some(kid), claims);
    accepts_all_but(&verifier, sign, &supabase_claims(), &supabase_misses()).await;
    let secret = "super-secret-jwt-token-with-at-least-32-characters-long";
    let legacy = TestKey::secret(secret).token(HS256, Some(kid), &supabase_claims());
    assert!(subject(&verifier, &legacy).await.is_err());
}

#[tokio::test]
async fn keycloak() {
    let key = TestKey::rsa();
    let signing = with(
        with(key.jwk("FJ86GcF3jTbNLOco4NvZkUCIUmfYCqo"), "use", "sig"),
        "alg",
        "RS256",
    );
    let encryption = TestKey::fresh_rsa(aws_lc_rs::rsa::KeySize::Rsa2048).jwk("enc");
    let encryption = with(with(encryption, "use", "enc"), "alg", "RSA-OAEP");
    let stub = Stub::serve(key_set(&[encryption, signing])).await;
    let url = stub.url("/realms/main/protocol/openid-connect/certs");
    let verifier = verifier(IssuerSettings {
        issuer: "https://id.example.com/realms/main".into(),
        audience: audience("tasklane"),
        authorized_parties: vec!["web".into()],
        ..trusted("keycloak", &[RS256], KeySource::JwksUrl(url))
    });
    let sign = |claims: &Value| key.token(RS256, Some("FJ86GcF3jTbNLOco4NvZkUCIUmfYCqo"), claims);
    let good = json!({
        "exp": NOW + 300, "iat": NOW, "auth_time": NOW - 1, "jti": "onrtac:0b9f3a9e",
        "iss": "https://id.example.com/realms/main", "aud": ["tasklane", "account"],
        "sub": "f3b8c1de-2d3c-4b9a-8f57-1f0c2d3e4f5a", "typ": "Bearer", "azp": "web",
        "sid": "6a1b0c2d-3e4f-4a5b-8c6d-7e8f9a0b1c2d", "acr": "1",
        "realm_access": { "roles": ["offline_access"] }, "scope": "openid email profile",
        "email_verified": true, "name": "Ada Lovelace", "preferred_username": "ada",
        "email": "ada@example.com",
    });
    let bad = [
        with(good.clone(), "aud", "account"),
        with(good.clone(), "iss", "https://id.example.com/realms/other"),
        with(good.clone(), "azp", "admin-cli"),
    ];
    accepts_all_but(&verifier, sign, &good, &bad).await;
    let refresh = TestKey::secret([7; 64]).token(jsonwebtoken::Algorithm::HS512, None, &good);
    assert!(subject(&verifier, &refresh).await.is_err());
}

#[tokio::test]
async fn neon_auth() {
    let key = TestKey::ed25519();
    let kid = "3c1e9a58-6b0d-4d8e-9f3b-5a7c2e1d0f94";
    let stub = Stub::serve(key_set(&[with(key.jwk(kid), "alg", "EdDSA")])).await;
    let base = "https://ep-calm-sky-123456.neonauth.eu-central-1.aws.neon.tech";
    let verifier = verifier(IssuerSettings {
        issuer: base.into(),
        audience: audience(base),
        ..trusted(
            "neon",
            &[EdDSA],
            KeySource::JwksUrl(stub.url("/neondb/auth/.well-known/jwks.json")),
        )
    });
    let header = format!(r#"{{"alg":"EdDSA","kid":"{kid}"}}"#);
    let sign = |claims: &Value| key.forge(EdDSA, &header, &claims.to_string());
    let good = json!({
        "iat": NOW, "name": "Ada", "email": "ada@example.com", "emailVerified": true,
        "role": "authenticated", "banned": false, "banReason": null,
        "id": "9f1c4d7a-0f3e-4c36-9d59-2f4b8f6b7a10", "sub": "9f1c4d7a-0f3e-4c36-9d59-2f4b8f6b7a10",
        "exp": NOW + 900, "iss": base, "aud": base,
    });
    let other = "https://ep-dark-sun-654321.neonauth.eu-central-1.aws.neon.tech";
    let bad = [
        with(good.clone(), "aud", other),
        with(good.clone(), "iss", other),
        with(good.clone(), "exp", NOW - 5),
    ];
    accepts_all_but(&verifier, sign, &good, &bad).await;
}

#[tokio::test]
async fn every_shape_of_subject_is_a_user_of_its_own() {
    let key = TestKey::p256();
    let source = KeySource::PublicKeyPem(key.public_pem());
    let verifier = verifier(trusted("a", &[ES256], source));
    let mut seen = std::collections::HashSet::new();
    for sub in [
        "user_2ab",
        "auth0|x",
        "42",
        "cF7hJ1lP6sD0gA2q3vN8rT2mK5wX9zB4",
        "ada@example.com",
        "5b1f2c5e-6d0a-4d6f-9c39-6f4a1f0b9c11",
        " ",
        "Ünïcødé 🦀",
    ] {
        let token = key.token(ES256, None, &with(crate::testing::claims("a"), "sub", sub));
        let principal = verifier.verify(&token, now()).await.unwrap();
        assert_eq!(principal.actor.id, UserId::for_subject("a", sub));
        assert!(seen.insert(principal.actor.id));
    }
}

#[tokio::test]
async fn an_unusable_email_or_name_is_dropped() {
    let key = TestKey::p256();
    let verifier = verifier(trusted(
        "a",
        &[ES256],
        KeySource::PublicKeyPem(key.public_pem()),
    ));
    let claims = crate::testing::claims("a");
    for (email, name) in [
        (json!("not an address"), json!("")),
        (json!(null), json!(null)),
        (json!(["a@b"]), json!({ "first": "Ada" })),
        (json!("a@b@c"), json!("x".repeat(201))),
    ] {
        let claims = with(with(claims.clone(), "email", email), "name", name);
        let principal = verifier
            .verify(&key.token(ES256, None, &claims), now())
            .await
            .unwrap();
        let Origin::Federated(profile) = principal.actor.origin else {
            panic!("not an issuer's")
        };
        assert_eq!((profile.email, profile.name), (None, None));
    }
}

#[tokio::test]
async fn an_address_counts_as_verified_when_the_issuer_says_so_of_it() {
    let key = TestKey::ed25519();
    let custom = "https://example.com/email";
    let shown = async |email_claim: &str, claims: Value| {
        let verifier = verifier(IssuerSettings {
            email_claim: email_claim.into(),
            ..trusted("idp", &[EdDSA], KeySource::PublicKeyPem(key.public_pem()))
        });
        let token = key.token(EdDSA, None, &claims);
        let principal = verifier.verify(&token, now()).await.unwrap();
        let Origin::Federated(profile) = principal.actor.origin else {
            panic!("not an issuer's")
        };
        profile.email_verified
    };
    let claims = with(crate::testing::claims("idp"), "email", "ada@example.com");
    assert!(!shown("email", claims.clone()).await);
    for name in ["email_verified", "emailVerified"] {
        assert!(shown("email", with(claims.clone(), name, true)).await);
        for other in [json!(false), json!("true"), json!(1), json!(null)] {
            assert!(!shown("email", with(claims.clone(), name, other)).await);
        }
    }
    let verified = with(claims, "email_verified", true);
    let other_claim = with(verified.clone(), custom, "bob@example.com");
    assert!(
        !shown(custom, other_claim).await,
        "another address was verified"
    );
    assert!(!shown("email", with(verified, "email", "not one")).await);
}
