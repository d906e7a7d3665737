use jsonwebtoken::Algorithm::{ES256, HS256};

use super::*;
use crate::settings::KeySource;
use crate::testing::{NOW, TestKey, at, claims, local_claims, now, settings, trusted, with};

fn verifier() -> JwtVerifier {
    JwtVerifier::new(&settings(Vec::new())).unwrap()
}

fn token(number: usize) -> String {
    TestKey::local().token(HS256, None, &with(local_claims(), "jti", number))
}

impl CachedVerifier {
    fn remembered(&self) -> u64 {
        self.memory.run_pending_tasks();
        self.memory.entry_count()
    }

    /// Makes every answer that does not come from memory an error.
    fn without_issuers(self) -> Self {
        let mut settings = settings(Vec::new());
        settings.local.issuer = "nobody".into();
        Self {
            verifier: JwtVerifier::new(&settings).unwrap(),
            ..self
        }
    }
}

#[tokio::test]
async fn a_token_is_verified_once() {
    let verifier = CachedVerifier::new(verifier());
    let first = verifier.verify(&token(1), now()).await.unwrap();
    let verifier = verifier.without_issuers();
    assert_eq!(verifier.verify(&token(1), now()).await, Ok(first));
    assert!(verifier.verify(&token(2), now()).await.is_err());
}

#[tokio::test]
async fn a_remembered_token_ends_with_its_leeway_and_does_not_begin_early() {
    let verifier = CachedVerifier::new(verifier());
    let claims = with(with(local_claims(), "exp", NOW + 60), "nbf", NOW);
    let token = TestKey::local().token(HS256, None, &claims);
    assert!(verifier.verify(&token, now()).await.is_ok());
    for (moment, accepted) in [
        (-6, false),
        (-5, true),
        (64, true),
        (65, false),
        (66, false),
    ] {
        let answer = verifier.verify(&token, at(NOW + moment)).await;
        assert_eq!(answer.is_ok(), accepted, "{moment}: {answer:?}");
    }
    assert_eq!(
        verifier.verify(&token, at(NOW + 65)).await,
        Err(TokenError::Expired)
    );
}

#[tokio::test]
async fn a_token_is_remembered_no_longer_than_it_lasts() {
    let verifier = CachedVerifier::new(verifier());
    // Under a second of it is left, leeway included.
    let claims = with(local_claims(), "exp", NOW - 5);
    let token = TestKey::local().token(HS256, None, &claims);
    let moment = Timestamp::from_micros(NOW * 1_000_000 - 100_000).unwrap();
    assert!(verifier.verify(&token, moment).await.is_ok());
    tokio::time::sleep(Duration::from_millis(300)).await;
    assert!(
        verifier
            .without_issuers()
            .verify(&token, moment)
            .await
            .is_err()
    );
}

#[tokio::test]
async fn a_token_that_outlasts_keys_is_not_remembered_longer_than_they_are() {
    let verifier = CachedVerifier::new(verifier());
    let claims = with(local_claims(), "exp", 253_402_300_799_i64);
    let token = TestKey::local().token(HS256, None, &claims);
    assert!(verifier.verify(&token, now()).await.is_ok());
    let key: [u8; 32] = Sha256::digest(&token).into();
    assert_eq!(verifier.memory.get(&key).unwrap().lifetime, MAX_LIFETIME);
}

#[tokio::test]
async fn what_is_refused_is_not_remembered() {
    let verifier = CachedVerifier::new(verifier());
    for number in 0..1000 {
        let forged = TestKey::secret("x".repeat(32)).token(
            HS256,
            None,
            &with(local_claims(), "jti", number),
        );
        assert!(verifier.verify(&forged, now()).await.is_err());
    }
    assert_eq!(verifier.remembered(), 0);
}

#[tokio::test]
async fn memory_is_bounded() {
    let verifier = CachedVerifier::with_capacity(verifier(), 50);
    for number in 0..1000 {
        assert!(verifier.verify(&token(number), now()).await.is_ok());
    }
    assert!(verifier.remembered() <= 50, "{}", verifier.remembered());
}

#[tokio::test]
async fn a_token_that_differs_in_a_letter_is_another() {
    let key = TestKey::p256();
    let issuer = trusted("a", &[ES256], KeySource::PublicKeyPem(key.public_pem()));
    let verifier = CachedVerifier::new(JwtVerifier::new(&settings(vec![issuer])).unwrap());
    let token = key.token(ES256, None, &claims("a"));
    assert!(verifier.verify(&token, now()).await.is_ok());
    for at in (0..token.len()).step_by(7) {
        let mut changed = token.clone().into_bytes();
        changed[at] = if changed[at] == b'A' { b'B' } else { b'A' };
        let changed = String::from_utf8(changed).unwrap();
        assert!(verifier.verify(&changed, now()).await.is_err(), "{changed}");
    }
    assert!(verifier.verify(&token, now()).await.is_ok());
}
