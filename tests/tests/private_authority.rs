//! An issuer whose certificate is signed by an authority that only its own company trusts.

use std::fs;

use tasklane_tests::answer::Answer;
use tasklane_tests::certificates::Authority;
use tasklane_tests::issuer::Issuer;
use tasklane_tests::store::{Kind, Store};

/// What the issuer's user is told by a server that trusts an authority, or the system's alone.
async fn asked_with_trust(issuer: &Issuer, trusted: Option<&Authority>) -> Answer {
    let store = Store::create(Kind::Sqlite).await;
    let mut program = store.program().configured(&issuer.settings());
    if let Some(authority) = trusted {
        let file = program.folder().join("authorities.pem");
        fs::write(&file, authority.pem()).expect("a certificate can be written");
        let path = file.to_str().expect("a temporary folder's name is UTF-8");
        program = program.variable("SSL_CERT_FILE", path);
    }
    let server = program.serve().await;
    let ada = server.anonymous().with_token(&issuer.token("ada"));
    ada.get("/api/users/me").await
}

fn assert_keys_unavailable(answer: &Answer) {
    answer.problem(503, "unavailable");
    assert!(answer.header("retry-after").is_some());
}

#[tokio::test]
async fn keys_come_over_tls_from_a_server_that_a_trusted_authority_vouches_for() {
    let authority = Authority::named("Acme");
    let issuer = Issuer::certified(&authority.certify("localhost")).await;
    let answer = asked_with_trust(&issuer, Some(&authority)).await;
    assert_eq!(answer.is(200).json()["email"], "ada@acme.example");
    assert_eq!(issuer.keys().requests(), 1);
}

#[tokio::test]
async fn an_authority_that_is_not_trusted_vouches_for_nothing() {
    let issuer = Issuer::certified(&Authority::named("Acme").certify("localhost")).await;
    let namesake = Authority::named("Acme");
    for trusted in [Some(&namesake), None] {
        assert_keys_unavailable(&asked_with_trust(&issuer, trusted).await);
    }
}

#[tokio::test]
async fn a_certificate_for_another_host_is_not_accepted() {
    let authority = Authority::named("Acme");
    let issuer = Issuer::certified(&authority.certify("id.acme.example")).await;
    assert_keys_unavailable(&asked_with_trust(&issuer, Some(&authority)).await);
}
