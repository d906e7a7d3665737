use std::sync::Arc;
use std::time::Duration;

use crate::clock::Clock;
use crate::error::StoreError;
use crate::port::{RevocationCheck, TokenError, TokenVerifier};
use crate::user::Principal;

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
    revocations: Arc<dyn RevocationCheck>,
    clock: Arc<dyn Clock>,
}

impl AccessService {
    /// Puts the service together.
    #[must_use]
    pub fn new(
        verifier: Arc<dyn TokenVerifier>,
        revocations: Arc<dyn RevocationCheck>,
        clock: Arc<dyn Clock>,
    ) -> Self {
        Self {
            verifier,
            revocations,
            clock,
        }
    }

    /// The caller behind an access token.
    ///
    /// # Errors
    /// The token is not accepted, or its user or session has ended.
    pub async fn authenticate(&self, token: &str) -> Result<Principal, AccessError> {
        let principal = self.verify(token).await?;
        self.confirm(&principal).await?;
        Ok(principal)
    }

    /// What an access token says, once it is accepted. It does not check whether the user or session
    /// has ended: [`AccessService::confirm`] does. It waits for nothing but the keys of the token's
    /// issuer, where these have to be fetched.
    ///
    /// # Errors
    /// The token is not accepted.
    pub async fn verify(&self, token: &str) -> Result<Principal, AccessError> {
        Ok(self.verifier.verify(token, self.clock.now()).await?)
    }

    /// How much longer the token of a caller who was let in is accepted, unless it is revoked.
    #[must_use]
    pub fn remaining(&self, principal: &Principal) -> Duration {
        self.clock.now().until(principal.accepted_until())
    }

    /// Makes sure that the user and session of a caller who was let in have not ended, as of at most
    /// 5 seconds ago. It does not check whether the token has expired.
    ///
    /// # Errors
    /// The user or session has ended, or the store cannot tell.
    pub async fn confirm(&self, principal: &Principal) -> Result<(), AccessError> {
        let access_status = self
            .revocations
            .access_status(principal.actor.id, principal.session, self.clock.now())
            .await?;
        if !access_status.admits(principal) {
            return Err(AccessError::Revoked);
        }
        Ok(())
    }
}
