//! What the doctor finds out about trusted issuers.

use std::fs;
use std::time::{Duration, Instant};

use serde_json::json;
use tasklane_tests::issuer::Issuer;
use tasklane_tests::program::{Finished, Program};
use tasklane_tests::signing_key::SigningKey;
use tasklane_tests::store::{Kind, Store};

use crate::doctor::{assert_failed, assert_ok, assert_warned, doctor};

const SUBJECT: &str = "issuer acme";

async fn trusting(settings: &str) -> Finished {
    let store = Store::create(Kind::Sqlite).await;
    doctor(&store.program().configured(settings)).await
}

#[tokio::test]
async fn keys_that_can_be_fetched_and_used_are_well() {
    let issuer = Issuer::start().await;
    let finished = trusting(&issuer.settings()).await.succeeded();
    assert_ok(&finished, SUBJECT, &["1 usable key", "localhost"]);
    assert_eq!(issuer.keys().requests(), 1);
}

#[tokio::test]
async fn keys_that_cannot_be_fetched_are_told() {
    let settings = Issuer::start().await.settings();
    let closed = settings.replace("jwks_url = '", "jwks_url = 'http://localhost:1/#");
    let finished = trusting(&closed).await;
    assert_failed(
        &finished,
        SUBJECT,
        &["the request failed", "jwks_url", "reaches it"],
    );

    let dead = Issuer::dead().await;
    let store = Store::create(Kind::Sqlite).await;
    let program: Program = store.program().configured(&dead.settings());
    let started = Instant::now();
    let finished = program.run(&["doctor", "--timeout", "1s"]).await;
    assert_failed(&finished, SUBJECT, &["no answer within 1s"]);
    assert!(started.elapsed() < Duration::from_secs(20));
}

#[tokio::test]
async fn what_is_no_set_of_usable_keys_is_told() {
    let shared = json!({ "keys": [{ "kty": "oct", "k": "c2VjcmV0" }] }).to_string();
    for (text, finding) in [
        ("<html>Not found</html>", "not a JWK Set"),
        ("[]", "not a JWK Set"),
        ("{\"keys\": []}", "no usable key"),
        (shared.as_str(), "no usable key"),
    ] {
        let issuer = Issuer::publishing(text).await;
        let finished = trusting(&issuer.settings()).await;
        assert_failed(&finished, SUBJECT, &[finding, "jwks_url"]);
    }
}

#[tokio::test]
async fn algorithms_that_no_key_serves_are_told() {
    let issuer = Issuer::start().await;
    let with = |algorithms: &str| issuer.settings().replace("['EdDSA']", algorithms);
    let finished = trusting(&with("['EdDSA', 'ES256']")).await;
    assert_warned(&finished, SUBJECT, &["none of them for ES256", "leave"]);
    let finished = trusting(&with("['RS256', 'ES256']")).await;
    assert_failed(&finished, SUBJECT, &["RS256, ES256", "algorithms"]);
}

#[tokio::test]
async fn a_key_file_is_read() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("acme.pem");
    let settings = Issuer::start().await.settings();
    let url = settings.lines().last().unwrap();
    let settings = settings.replace(url, &format!("public_key_file = '{}'", file.display()));
    let finished = trusting(&settings).await;
    assert_failed(
        &finished,
        SUBJECT,
        &["auth.issuers[0].public_key_file", "No such file"],
    );
    fs::write(&file, "no key").unwrap();
    let finished = trusting(&settings).await;
    assert_failed(&finished, SUBJECT, &["not a public key", "is one"]);
    fs::write(&file, SigningKey::ed25519("first").public_pem()).unwrap();
    assert_ok(
        &trusting(&settings).await.succeeded(),
        SUBJECT,
        &["acme.pem"],
    );
}
