use std::collections::HashMap;

use tasklane_domain::port::TokenVerifier;
use tasklane_domain::user::Actor;
use uuid::Uuid;

use super::*;
use crate::settings::VerifierSettings;
use crate::testing::{NOW, TestKey, at, local_settings, now};
use crate::verifier::JwtVerifier;

fn user() -> UserId {
    UserId::new(Uuid::from_u128(7))
}

fn session() -> SessionId {
    SessionId::new(Uuid::from_u128(8))
}

fn with_private_key(key: &TestKey, retiring: Option<&TestKey>) -> LocalSettings {
    let key = LocalKey::PrivateKey {
        pem: key.private_pem().into(),
        retiring: retiring.map(TestKey::public_pem),
    };
    LocalSettings {
        key,
        ..local_settings()
    }
}

fn verifier(local: &LocalSettings) -> JwtVerifier {
    JwtVerifier::new(&VerifierSettings {
        local: local.clone(),
        issuers: Vec::new(),
    })
    .unwrap()
}

fn decode(part: &str) -> HashMap<String, Value> {
    serde_json::from_slice(&URL_SAFE_NO_PAD.decode(part).unwrap()).unwrap()
}

#[tokio::test]
async fn what_is_signed_is_accepted_for_its_lifetime() {
    for settings in [
        local_settings(),
        with_private_key(&TestKey::ed25519(), None),
    ] {
        let signer = JwtSigner::new(&settings).unwrap();
        let verifier = verifier(&settings);
        let token = signer.issue(user(), session(), now(), Duration::from_millis(900_999));
        assert_eq!(token.lifetime, Duration::from_mins(15));
        let principal = verifier.verify(&token.text, now()).await.unwrap();
        let expected = Actor::local(user()).by_token_of(Some(now()));
        assert_eq!(principal.actor, expected);
        assert_eq!(principal.session, Some(session()));
        assert_eq!(
            (principal.issuer.as_str(), principal.subject),
            ("tasklane", user().to_string())
        );
        assert_eq!(
            (principal.actor.issued_at, principal.expires_at),
            (Some(now()), at(NOW + 900))
        );
        assert!(verifier.verify(&token.text, at(NOW + 904)).await.is_ok());
        assert!(verifier.verify(&token.text, at(NOW + 905)).await.is_err());
    }
}

#[tokio::test]
async fn a_token_without_a_session_is_accepted_too() {
    let signer = JwtSigner::new(&local_settings()).unwrap();
    let token = signer.sign(user(), None, now(), Duration::from_mins(1));
    let principal = verifier(&local_settings())
        .verify(&token.text, now())
        .await
        .unwrap();
    assert_eq!(principal.session, None);
}

#[test]
fn a_token_says_what_it_must_and_no_more() {
    let signer = JwtSigner::new(&local_settings()).unwrap();
    let token = signer
        .issue(user(), session(), now(), Duration::from_mins(1))
        .text;
    let parts: Vec<&str> = token.split('.').collect();
    let header = HashMap::from([("alg".into(), json!("HS256")), ("typ".into(), json!("JWT"))]);
    assert_eq!(decode(parts[0]), header);
    let claims = json!({
        "iss": "tasklane", "aud": "tasklane", "sub": user().to_string(),
        "sid": session().to_string(), "iat": NOW, "exp": NOW + 60,
    });
    assert_eq!(json!(decode(parts[1])), claims);
}

#[tokio::test]
async fn a_retiring_key_is_published_and_accepted_and_signs_nothing() {
    let (old, new) = (TestKey::ed25519(), TestKey::ed25519());
    let before = with_private_key(&old, None);
    let during = with_private_key(&new, Some(&old));
    let after = with_private_key(&new, None);
    let issue = |settings: &LocalSettings| {
        let signer = JwtSigner::new(settings).unwrap();
        signer
            .issue(user(), session(), now(), Duration::from_mins(1))
            .text
    };
    let (old_token, new_token) = (issue(&before), issue(&during));
    let accepts = async |settings: &LocalSettings, token: &str| {
        verifier(settings).verify(token, now()).await.is_ok()
    };
    assert!(accepts(&before, &old_token).await && !accepts(&before, &new_token).await);
    assert!(accepts(&during, &old_token).await && accepts(&during, &new_token).await);
    assert!(!accepts(&after, &old_token).await && accepts(&after, &new_token).await);

    let published: Value = serde_json::from_str(JwtSigner::new(&during).unwrap().jwks()).unwrap();
    let keys = published["keys"].as_array().unwrap();
    assert_eq!(keys.len(), 2);
    assert_eq!(
        keys[0]["kid"],
        decode(new_token.split('.').next().unwrap())["kid"]
    );
    assert_eq!(
        keys[1]["kid"],
        decode(old_token.split('.').next().unwrap())["kid"]
    );
    for key in keys {
        let mut names: Vec<_> = key
            .as_object()
            .unwrap()
            .keys()
            .map(String::as_str)
            .collect();
        names.sort_unstable();
        assert_eq!(
            names,
            ["alg", "crv", "kid", "kty", "use", "x"],
            "a private member is published"
        );
    }
}

#[test]
fn a_shared_secret_publishes_nothing() {
    assert_eq!(
        JwtSigner::new(&local_settings()).unwrap().jwks(),
        r#"{"keys":[]}"#
    );
}

#[test]
fn keys_that_cannot_sign_are_named() {
    let complaint = |key| {
        let settings = LocalSettings {
            key,
            ..local_settings()
        };
        JwtSigner::new(&settings).err().unwrap().to_string()
    };
    let short = complaint(LocalKey::Secret("short".into()));
    assert_eq!(
        short,
        "auth.secret: the secret has 5 bytes; at least 32 are needed"
    );
    let rsa = LocalKey::PrivateKey {
        pem: TestKey::rsa().private_pem().into(),
        retiring: None,
    };
    assert!(complaint(rsa).contains("auth.private_key_file: not an Ed25519 private key"));
    for retiring in [
        TestKey::p256().public_pem(),
        TestKey::ed25519().private_pem(),
    ] {
        let pem = TestKey::ed25519().private_pem().into();
        let complaint = complaint(LocalKey::PrivateKey {
            pem,
            retiring: Some(retiring),
        });
        assert!(complaint.contains("the retiring key is not"), "{complaint}");
    }
}

#[test]
fn times_out_of_any_range_do_not_end_the_process() {
    let signer = JwtSigner::new(&local_settings()).unwrap();
    let early = Timestamp::from_micros(-1).unwrap();
    assert!(
        !signer
            .sign(user(), None, early, Duration::MAX)
            .text
            .is_empty()
    );
}
