use std::collections::{HashMap, HashSet};

use async_trait::async_trait;

use tasklane_domain::clock::Timestamp;
use tasklane_domain::port::{TokenError, TokenVerifier};
use tasklane_domain::user::Principal;

use crate::claims::unverified_issuer;
use crate::issuer::Issuer;
use crate::settings::{LocalKey, SettingsError, SettingsProblem, VerifierSettings};
use crate::token::Token;

#[cfg(test)]
mod algorithm_tests;
#[cfg(test)]
mod attack_tests;
#[cfg(test)]
mod provider_tests;
#[cfg(test)]
mod settings_tests;
#[cfg(test)]
mod wycheproof_tests;

/// Verifies JSON Web Tokens of local accounts and of trusted issuers, each time from the beginning.
///
/// It follows RFC 8725: algorithms are allowed per issuer, a key goes with one family of algorithms,
/// and keys come from the issuer's configuration only.
pub struct JwtVerifier {
    issuers: HashMap<String, Issuer>,
}

/// An accepted token, and how long that holds.
pub(crate) struct Verified {
    /// Whose it is.
    pub(crate) principal: Principal,
    /// From when on, leeway included.
    pub(crate) valid_from: Option<Timestamp>,
    /// Until before when, leeway included.
    pub(crate) valid_until: Timestamp,
}

impl JwtVerifier {
    /// Checks the settings. Nothing is fetched yet: an issuer that is down keeps nobody from
    /// starting.
    ///
    /// # Errors
    /// Every issuer that cannot be, each with the first thing that is wrong with it.
    pub fn new(settings: &VerifierSettings) -> Result<Self, Vec<SettingsError>> {
        let mut issuers = HashMap::new();
        let mut errors = Vec::new();
        match Issuer::local(&settings.local) {
            Ok(local) => {
                issuers.insert(local.name.clone(), local);
            }
            Err(problem) => {
                let place = local_place(&problem, &settings.local.key);
                errors.push(problem.at(place));
            }
        }
        let mut aliases = HashSet::new();
        for trusted in &settings.issuers {
            let place = format!("auth.issuers `{}`", trusted.alias);
            if !aliases.insert(&trusted.alias) {
                errors.push(SettingsProblem::AliasTaken.at(place.clone()));
            }
            match Issuer::trusted(trusted) {
                Ok(issuer) if issuers.contains_key(&issuer.name) => {
                    errors.push(SettingsProblem::IssuerTaken.at(place));
                }
                Ok(issuer) => {
                    issuers.insert(issuer.name.clone(), issuer);
                }
                Err(problem) => errors.push(problem.at(place)),
            }
        }
        if errors.is_empty() {
            Ok(Self { issuers })
        } else {
            Err(errors)
        }
    }

    /// Verifies a token.
    pub(crate) async fn check(&self, text: &str, now: Timestamp) -> Result<Verified, TokenError> {
        let token = Token::parse(text)?;
        let issuer = self
            .issuers
            .get(&unverified_issuer(&token.payload)?)
            .ok_or(TokenError::Invalid("the token's issuer is not trusted"))?;
        issuer.verify_signature(&token).await?;
        let claims = issuer.read_claims(&token.payload)?;
        issuer.check(&claims, now)?;
        let (valid_from, valid_until) = (claims.valid_from(), claims.valid_until());
        Ok(Verified {
            principal: issuer.principal(claims)?,
            valid_from,
            valid_until,
        })
    }
}

fn local_place(problem: &SettingsProblem, key: &LocalKey) -> &'static str {
    match (problem, key) {
        (SettingsProblem::EmptyIssuer, _) => "auth.issuer",
        (SettingsProblem::EmptyAudience, _) => "auth.audience",
        (_, LocalKey::Secret(_)) => "auth.secret",
        (SettingsProblem::NotARetiringKey, _) => "auth.retiring_public_key_file",
        (_, LocalKey::PrivateKey { .. }) => "auth.private_key_file",
    }
}

#[async_trait]
impl TokenVerifier for JwtVerifier {
    async fn verify(&self, token: &str, now: Timestamp) -> Result<Principal, TokenError> {
        self.check(token, now)
            .await
            .map(|verified| verified.principal)
    }
}
