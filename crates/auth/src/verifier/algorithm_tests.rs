//! Every algorithm, with every way of saying the key.

use aws_lc_rs::rsa::KeySize;
use jsonwebtoken::Algorithm;

use super::*;
use crate::settings::KeySource;
use crate::testing::{TestKey, claims, now, settings, trusted};

const RSA: [Algorithm; 6] = [
    Algorithm::RS256,
    Algorithm::RS384,
    Algorithm::RS512,
    Algorithm::PS256,
    Algorithm::PS384,
    Algorithm::PS512,
];
const HMAC: [Algorithm; 3] = [Algorithm::HS256, Algorithm::HS384, Algorithm::HS512];

async fn accepts(key: &TestKey, source: KeySource, algorithm: Algorithm) -> bool {
    let verifier = JwtVerifier::new(&settings(vec![trusted("a", &[algorithm], source)])).unwrap();
    let token = key.token(algorithm, Some("any"), &claims("a"));
    verifier.verify(&token, now()).await.is_ok()
}

#[tokio::test]
async fn every_public_key_algorithm_is_accepted_with_a_fresh_key() {
    let rsa = TestKey::rsa();
    for algorithm in RSA {
        assert!(accepts(&rsa, KeySource::PublicKeyPem(rsa.public_pem()), algorithm).await);
    }
    for (key, algorithm) in [
        (TestKey::p256(), Algorithm::ES256),
        (TestKey::p384(), Algorithm::ES384),
        (TestKey::ed25519(), Algorithm::EdDSA),
    ] {
        assert!(
            accepts(&key, KeySource::PublicKeyPem(key.public_pem()), algorithm).await,
            "{algorithm:?}"
        );
    }
}

#[tokio::test]
async fn every_hmac_algorithm_is_accepted_with_a_shared_secret() {
    let secret = "thirty-two bytes and not one less";
    for algorithm in HMAC {
        let key = TestKey::secret(secret);
        assert!(
            accepts(&key, KeySource::Secret(secret.into()), algorithm).await,
            "{algorithm:?}"
        );
    }
}

#[tokio::test]
async fn large_rsa_keys_are_accepted_and_another_key_is_not() {
    let large = TestKey::fresh_rsa(KeySize::Rsa3072);
    let source = KeySource::PublicKeyPem(large.public_pem());
    assert!(accepts(&large, source.clone(), Algorithm::PS256).await);
    assert!(!accepts(&TestKey::rsa(), source, Algorithm::PS256).await);
}

#[tokio::test]
async fn an_algorithm_of_the_same_key_that_is_not_listed_is_refused() {
    let key = TestKey::rsa();
    let source = KeySource::PublicKeyPem(key.public_pem());
    let issuer = trusted("a", &[Algorithm::RS256, Algorithm::PS384], source);
    let verifier = JwtVerifier::new(&settings(vec![issuer])).unwrap();
    for algorithm in RSA {
        let token = key.token(algorithm, None, &claims("a"));
        let listed = matches!(algorithm, Algorithm::RS256 | Algorithm::PS384);
        assert_eq!(
            verifier.verify(&token, now()).await.is_ok(),
            listed,
            "{algorithm:?}"
        );
    }
}
