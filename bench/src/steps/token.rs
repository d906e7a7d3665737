use std::hint::black_box;

use anyhow::{Context, Result, anyhow};
use futures::FutureExt;
use tasklane_auth::{
    Algorithm, Audience, CachedVerifier, IssuerSettings, JwtVerifier, KeySource, VerifierSettings,
};
use tasklane_domain::clock::Timestamp;
use tasklane_domain::port::TokenVerifier;

use super::Run;
use crate::population::created_at;
use crate::tokens::{self, Algorithm::Eddsa, Algorithm::Hs256, Signer};

/// A token of an issuer whose private key was not kept, and the public key. It never expires.
const RS256_TOKEN: &str = include_str!("rs256_token.txt");
const RS256_PUBLIC_KEY: &str = include_str!("rs256_public_key.pem");

pub(super) fn seen_before() -> Result<Run> {
    let now = created_at(0)?;
    let token = Signer::new(Hs256, now)?.token(7);
    verifying(CachedVerifier::new(verifier(Hs256)?), token, now)
}

pub(super) fn new_hs256() -> Result<Run> {
    new_local(Hs256)
}

pub(super) fn new_eddsa() -> Result<Run> {
    new_local(Eddsa)
}

pub(super) fn new_rs256() -> Result<Run> {
    let verifier = verifier(Hs256)?;
    verifying(verifier, RS256_TOKEN.trim().to_owned(), created_at(0)?)
}

fn new_local(algorithm: tokens::Algorithm) -> Result<Run> {
    let now = created_at(0)?;
    let token = Signer::new(algorithm, now)?.token(7);
    verifying(verifier(algorithm)?, token, now)
}

fn verifier(local: tokens::Algorithm) -> Result<JwtVerifier> {
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
        local: tokens::settings(local),
        issuers: vec![issuer],
    };
    JwtVerifier::new(&settings).map_err(|errors| anyhow!("{errors:?}"))
}

/// Verifies the token over and over. No keys have to be fetched, so nothing waits.
fn verifying(verifier: impl TokenVerifier + 'static, token: String, now: Timestamp) -> Result<Run> {
    let verify = move || verifier.verify(black_box(&token), now).now_or_never();
    verify().context("a verdict without waiting")??;
    Ok(Box::new(move || {
        let _ = black_box(verify());
    }))
}
