use std::sync::Arc;
use std::time::Duration;

use crate::clock::Clock;
use crate::error::StoreError;
use crate::port::{RevocationCheck, TokenError, TokenVerifier};
use crate::user::{Origin, Principal, is_outdated};

/// Why a caller is not let in.
#[derive(Debug, thiserror::Error)]
pub enum AccessError {
    /// The token itself is not accepted.
    #[error(transparent)]
    Token(#[from] TokenError),
    /// The token's user or session has ended, or the user is disabled.
    #[error("the token has been revoked")]
    Revoked,
    /// The store cannot tell.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// Tells who calls.
#[derive(Clone)]
pub struct AccessService {
    verifier: Arc<dyn TokenVerifier>,
    gate: Arc<dyn RevocationCheck>,
    clock: Arc<dyn Clock>,
}

impl AccessService {
    /// Puts the service together.
    #[must_use]
    pub fn new(
        verifier: Arc<dyn TokenVerifier>,
        gate: Arc<dyn RevocationCheck>,
        clock: Arc<dyn Clock>,
    ) -> Self {
        Self {
            verifier,
            gate,
            clock,
        }
    }

    /// The caller behind an access token.
    ///
    /// # Errors
    /// The token is not accepted, or its user or session has ended.
    pub async fn authenticate(&self, token: &str) -> Result<Principal, AccessError> {
        let now = self.clock.now();
        let principal = self.verifier.verify(token, now).await?;
        self.confirm(&principal).await?;
        Ok(principal)
    }

    /// How much longer the token of a caller who was let in is accepted, unless it is revoked.
    #[must_use]
    pub fn remaining(&self, principal: &Principal) -> Duration {
        self.clock.now().until(principal.accepted_until())
    }

    /// Makes sure that the user and session of a caller who was let in still stand, as they did at
    /// most 5 seconds ago. Whether the token has expired is not looked at.
    ///
    /// # Errors
    /// The user or session has ended, or the store cannot tell.
    pub async fn confirm(&self, principal: &Principal) -> Result<(), AccessError> {
        let access_status = self
            .gate
            .access_status(principal.actor.id, principal.session, self.clock.now())
            .await?;
        let needs_account = principal.actor.origin == Origin::Local;
        let session_ended = principal.session.is_some() && !access_status.session_live;
        // A token that does not say when it was issued cannot be shown to be newer.
        let not_before = access_status.not_before;
        let outdated = match principal.actor.issued_at {
            Some(issued_at) => is_outdated(issued_at, not_before),
            None => not_before.is_some(),
        };
        let user_ended = needs_account && !access_status.exists;
        if user_ended || access_status.disabled || session_ended || outdated {
            return Err(AccessError::Revoked);
        }
        Ok(())
    }
}
