use std::time::Duration;

use async_trait::async_trait;

use crate::clock::Timestamp;
use crate::id::{SessionId, UserId};
use crate::user::{AccessToken, Principal};

/// Signs access tokens for local accounts.
#[cfg_attr(feature = "testing", mockall::automock)]
pub trait TokenIssuer: Send + Sync {
    /// A token for the user's session, accepted from `now` on for `lifetime`.
    fn issue(
        &self,
        user: UserId,
        session: SessionId,
        now: Timestamp,
        lifetime: Duration,
    ) -> AccessToken;
}

/// Tells whose an access token is.
#[cfg_attr(feature = "testing", mockall::automock)]
#[async_trait]
pub trait TokenVerifier: Send + Sync {
    /// What the token says, once its signature, issuer, audience and times are right. It does not
    /// check whether the user or session has been revoked.
    async fn verify(&self, token: &str, now: Timestamp) -> Result<Principal, TokenError>;
}

/// Why a token is not accepted.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum TokenError {
    /// It is not a JSON Web Token at all.
    #[error("expected a JSON Web Token of three parts (header.payload.signature)")]
    NotAToken,
    /// It breaks the rule that is named, in words fit for its bearer.
    #[error("{0}")]
    Invalid(&'static str),
    /// It was good, and is over.
    #[error("the token has expired")]
    Expired,
    /// The issuer's keys cannot be had at present.
    #[error("the keys of the token's issuer are not available")]
    KeysUnavailable,
}
