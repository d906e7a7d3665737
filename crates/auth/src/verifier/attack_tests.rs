//! Attacks on tokens: RFC 8725, the OWASP cheat sheet on JSON Web Tokens, and what else was tried
//! on somebody. Each is refused, by a verifier that has verified nothing and by one that remembers
//! the genuine tokens, and costs its sender a 401.

use jsonwebtoken::Algorithm::{ES256, HS256, RS256};

use super::*;
use crate::cache::CachedVerifier;
use crate::settings::KeySource;
use crate::testing::{TestKey, claims, local_claims, now, settings, trusted};

mod contents;
mod forms;
mod keys;

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
