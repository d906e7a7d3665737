use std::hint::black_box;

use futures::FutureExt;
use tasklane_auth::{
    Algorithm, Audience, CachedVerifier, IssuerSettings, JwtVerifier, KeySource, LocalKey,
    VerifierSettings,
};
use tasklane_domain::clock::Timestamp;
use tasklane_domain::port::TokenVerifier;

use super::Run;
use crate::Failure;
use crate::population::created_at;
use crate::tokens::{self, Signer};

/// A token of an issuer whose private key nobody kept, and the public one. It counts for ever.
const RS256_TOKEN: &str = include_str!("rs256_token.txt");
const RS256_PUBLIC_KEY: &str = include_str!("rs256_public_key.pem");

pub(super) fn seen_before() -> Result<Run, Failure> {
    let (key, now) = (tokens::secret(), created_at(0)?);
    let token = Signer::new(key.clone(), now)?.token(7);
    verifying(CachedVerifier::new(verifier(key)?), token, now)
}

pub(super) fn new_hs256() -> Result<Run, Failure> {
    new_local(tokens::secret())
}

pub(super) fn new_eddsa() -> Result<Run, Failure> {
    new_local(tokens::private_key())
}

pub(super) fn new_rs256() -> Result<Run, Failure> {
    let verifier = verifier(tokens::secret())?;
    verifying(verifier, RS256_TOKEN.trim().to_owned(), created_at(0)?)
}

fn new_local(key: LocalKey) -> Result<Run, Failure> {
    let now = created_at(0)?;
    let token = Signer::new(key.clone(), now)?.token(7);
    verifying(verifier(key)?, token, now)
}

fn verifier(key: LocalKey) -> Result<JwtVerifier, Failure> {
    let issuer = IssuerSettings {
        alias: "example".into(),
        issuer: "https://id.example.com".into(),
        audience: Audience::OneOf(vec!["tasklane".into()]),
        authorized_parties: Vec::new(),
        algorithms: vec![Algorithm::RS256],
        key: KeySource::PublicKeyPem(RS256_PUBLIC_KEY.into()),
        email_claim: "email".into(),
        name_claim: "name".into(),
    };
    let settings = VerifierSettings {
        local: tokens::settings(key),
        issuers: vec![issuer],
    };
    JwtVerifier::new(&settings).map_err(|errors| format!("{errors:?}").into())
}

/// Verifies the token over and over, which takes no waiting: all keys are there.
fn verifying(
    verifier: impl TokenVerifier + 'static,
    token: String,
    now: Timestamp,
) -> Result<Run, Failure> {
    let verify = move || verifier.verify(black_box(&token), now).now_or_never();
    verify().ok_or("a verdict without waiting")??;
    Ok(Box::new(move || {
        let _ = black_box(verify());
    }))
}
