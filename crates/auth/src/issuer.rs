//! One issuer: which key its tokens are verified with, and what its claims must say.

use jsonwebtoken::Algorithm;
use serde_json::Value;

use tasklane_domain::clock::Timestamp;
use tasklane_domain::id::{SessionId, UserId};
use tasklane_domain::port::TokenError;
use tasklane_domain::user::{Actor, Email, FederatedProfile, LOCAL_ISSUER, Name, Principal};

use crate::claims::Claims;
use crate::ed25519::{PublicHalf, read_private_key};
use crate::header::Header;
use crate::inspection::KeyReport;
use crate::jwks::{FetchError, JwksClient};
use crate::key::{KeyKind, VerificationKey};
use crate::key_set::{KeySet, Selection};
use crate::settings::{
    Audience, IssuerSettings, KeySource, LocalKey, LocalSettings, MAX_ALIAS_LENGTH, SettingsProblem,
};
use crate::token::Token;

const NO_KEY: TokenError = TokenError::Invalid("no key of the issuer fits the token");

/// An issuer whose tokens are accepted.
pub(crate) struct Issuer {
    /// Its `iss`.
    pub(crate) name: String,
    origin: IssuerOrigin,
    audience: Audience,
    authorized_parties: Vec<String>,
    algorithms: Vec<Algorithm>,
    keys: Keys,
}

enum IssuerOrigin {
    Local,
    Trusted {
        alias: String,
        email_claim: String,
        name_claim: String,
    },
}

enum Keys {
    /// The one configured key, whatever a token's `kid` says.
    Fixed(VerificationKey),
    /// Own keys.
    Set(KeySet),
    /// Keys that the issuer publishes.
    Published(JwksClient),
}

impl Issuer {
    /// The issuer of local accounts' tokens.
    pub(crate) fn local(settings: &LocalSettings) -> Result<Self, SettingsProblem> {
        let (algorithm, keys) = match &settings.key {
            LocalKey::Secret(secret) => (
                Algorithm::HS256,
                Keys::Fixed(VerificationKey::secret(secret)?),
            ),
            LocalKey::PrivateKey { pem, retiring } => {
                let mut keys = vec![PublicHalf::of(&read_private_key(pem)?)?.to_named_key()];
                if let Some(pem) = retiring {
                    keys.push(PublicHalf::read_retiring(pem)?.to_named_key());
                }
                (Algorithm::EdDSA, Keys::Set(KeySet::new(keys)))
            }
        };
        Ok(Self {
            name: non_empty(&settings.issuer, SettingsProblem::EmptyIssuer)?,
            origin: IssuerOrigin::Local,
            audience: Audience::OneOf(vec![non_empty(
                &settings.audience,
                SettingsProblem::EmptyAudience,
            )?]),
            authorized_parties: Vec::new(),
            algorithms: vec![algorithm],
            keys,
        })
    }

    /// An issuer of others' tokens.
    pub(crate) fn trusted(settings: &IssuerSettings) -> Result<Self, SettingsProblem> {
        check_alias(&settings.alias)?;
        if settings.audience == Audience::OneOf(Vec::new()) {
            return Err(SettingsProblem::EmptyAudience);
        }
        Ok(Self {
            name: non_empty(&settings.issuer, SettingsProblem::EmptyIssuer)?,
            origin: IssuerOrigin::Trusted {
                alias: settings.alias.clone(),
                email_claim: settings.email_claim.clone(),
                name_claim: settings.name_claim.clone(),
            },
            audience: settings.audience.clone(),
            authorized_parties: settings.authorized_parties.clone(),
            algorithms: settings.algorithms.clone(),
            keys: trusted_keys(&settings.key, &settings.algorithms)?,
        })
    }

    /// Makes sure that the issuer signed the token, in a way that it is allowed to.
    pub(crate) async fn verify_signature(&self, token: &Token<'_>) -> Result<(), TokenError> {
        if !self.algorithms.contains(&token.header.algorithm) {
            return Err(TokenError::Invalid("the token's algorithm is not accepted"));
        }
        let key = self.keys.find(&token.header).await?;
        if !key.verifies(token) {
            return Err(TokenError::Invalid("the token's signature is not right"));
        }
        Ok(())
    }

    /// What the issuer's keys are good for; those that it publishes are fetched.
    pub(crate) async fn inspect_keys(&self) -> Result<KeyReport, FetchError> {
        let keys = match &self.keys {
            Keys::Fixed(_) => {
                return Ok(KeyReport {
                    usable: 1,
                    unserved: Vec::new(),
                });
            }
            Keys::Set(keys) => keys,
            Keys::Published(client) => &client.download().await?,
        };
        Ok(KeyReport {
            usable: keys.len(),
            unserved: self
                .algorithms
                .iter()
                .copied()
                .filter(|algorithm| !keys.serves(*algorithm))
                .collect(),
        })
    }

    /// Reads the claims of a token whose signature holds.
    pub(crate) fn read_claims(&self, payload: &[u8]) -> Result<Claims, TokenError> {
        match &self.origin {
            IssuerOrigin::Local => Claims::parse(payload, "email", "name"),
            IssuerOrigin::Trusted {
                email_claim,
                name_claim,
                ..
            } => Claims::parse(payload, email_claim, name_claim),
        }
    }

    /// Makes sure that the token counts here and now. Whether it has expired is asked last: of a
    /// token with more than that wrong, its bearer should not hear that a newer one would do.
    pub(crate) fn check(&self, claims: &Claims, now: Timestamp) -> Result<(), TokenError> {
        self.check_audience(claims.audience.as_deref())?;
        self.check_authorized_party(claims.authorized_party.as_deref())?;
        if claims.valid_from().is_some_and(|start| now < start) {
            return Err(TokenError::Invalid("the token is not valid yet"));
        }
        if now >= claims.valid_until() {
            return Err(TokenError::Expired);
        }
        Ok(())
    }

    fn check_audience(&self, audience: Option<&[String]>) -> Result<(), TokenError> {
        match (&self.audience, audience) {
            (Audience::None, None) => Ok(()),
            (Audience::OneOf(accepted), Some(audience))
                if audience.iter().any(|one| accepted.contains(one)) =>
            {
                Ok(())
            }
            (_, Some(_)) => Err(TokenError::Invalid(
                "the token is meant for another audience",
            )),
            (Audience::OneOf(_), None) => Err(TokenError::Invalid("aud is missing")),
        }
    }

    fn check_authorized_party(&self, party: Option<&str>) -> Result<(), TokenError> {
        let accepted = &self.authorized_parties;
        let fits = accepted.is_empty()
            || party.is_some_and(|party| accepted.iter().any(|accepted| accepted == party));
        if fits {
            Ok(())
        } else {
            Err(TokenError::Invalid("azp is not an authorized party"))
        }
    }

    /// Whose the token is, once everything else about it is right.
    pub(crate) fn principal(&self, claims: Claims) -> Result<Principal, TokenError> {
        let (actor, session) = match &self.origin {
            IssuerOrigin::Local => (
                local_actor(&claims)?,
                local_session(claims.session.as_ref())?,
            ),
            IssuerOrigin::Trusted { alias, .. } => {
                let email = claims.email.and_then(|email| Email::parse(&email).ok());
                let actor = Actor::federated(FederatedProfile {
                    alias: alias.clone(),
                    subject: claims.subject.clone(),
                    email_verified: email.is_some() && claims.email_verified,
                    email,
                    name: claims.name.and_then(|name| Name::parse(&name).ok()),
                });
                (actor, None)
            }
        };
        Ok(Principal {
            actor: actor.by_token_of(claims.issued_at),
            issuer: self.name.clone(),
            subject: claims.subject,
            session,
            expires_at: claims.expires_at,
        })
    }
}

impl Keys {
    async fn find(&self, header: &Header) -> Result<VerificationKey, TokenError> {
        let selection = match self {
            Self::Fixed(key) => return Ok(key.clone()),
            Self::Set(keys) => keys.select(header),
            Self::Published(client) => client.select(header).await?,
        };
        match selection {
            Selection::Key(key) => Ok(key),
            Selection::UnknownId | Selection::Unfit => Err(NO_KEY),
        }
    }
}

fn trusted_keys(source: &KeySource, algorithms: &[Algorithm]) -> Result<Keys, SettingsProblem> {
    if algorithms.is_empty() {
        return Err(SettingsProblem::NoAlgorithm);
    }
    match source {
        KeySource::Secret(secret) => fixed_key(VerificationKey::secret(secret)?, algorithms),
        KeySource::PublicKeyPem(pem) => fixed_key(VerificationKey::from_pem(pem)?, algorithms),
        KeySource::JwksUrl(url) => {
            let secret = |algorithm: &&Algorithm| KeyKind::of(**algorithm) == KeyKind::Secret;
            if let Some(&algorithm) = algorithms.iter().find(secret) {
                return Err(SettingsProblem::AlgorithmDoesNotFit(
                    algorithm,
                    "published keys",
                ));
            }
            Ok(Keys::Published(JwksClient::new(url)?))
        }
    }
}

fn fixed_key(key: VerificationKey, algorithms: &[Algorithm]) -> Result<Keys, SettingsProblem> {
    match algorithms
        .iter()
        .find(|algorithm| KeyKind::of(**algorithm) != key.kind)
    {
        Some(&misfit) => Err(SettingsProblem::AlgorithmDoesNotFit(
            misfit,
            key.kind.describe(),
        )),
        None => Ok(Keys::Fixed(key)),
    }
}

fn check_alias(alias: &str) -> Result<(), SettingsProblem> {
    let fits = (1..=MAX_ALIAS_LENGTH).contains(&alias.chars().count())
        && alias != LOCAL_ISSUER
        && !alias.contains(char::is_control);
    if fits {
        Ok(())
    } else {
        Err(SettingsProblem::InvalidAlias)
    }
}

fn non_empty(text: &str, problem: SettingsProblem) -> Result<String, SettingsProblem> {
    if text.is_empty() {
        Err(problem)
    } else {
        Ok(text.to_owned())
    }
}

fn local_actor(claims: &Claims) -> Result<Actor, TokenError> {
    let id = claims.subject.parse::<UserId>();
    id.map(Actor::local)
        .map_err(|_| TokenError::Invalid("sub is not the id of a user"))
}

/// Operators may sign tokens without a session, for their own use.
fn local_session(sid: Option<&Value>) -> Result<Option<SessionId>, TokenError> {
    let Some(sid) = sid else { return Ok(None) };
    let id = sid.as_str().and_then(|text| text.parse().ok());
    id.map(Some)
        .ok_or(TokenError::Invalid("sid is not the id of a session"))
}
