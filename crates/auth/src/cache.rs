use std::sync::Arc;
use std::time::{Duration, Instant};

use async_trait::async_trait;
use moka::Expiry;
use moka::sync::Cache;
use sha2::{Digest, Sha256};

use tasklane_domain::clock::Timestamp;
use tasklane_domain::port::{TokenError, TokenVerifier};
use tasklane_domain::user::Principal;

use crate::token::MAX_TOKEN_LENGTH;
use crate::verifier::{JwtVerifier, Verified};

#[cfg(test)]
mod tests;

/// How many tokens are remembered.
const CAPACITY: u64 = 10_000;

/// How long a token is remembered at most: as long as an issuer's keys are, so that a key that an
/// issuer withdraws does not live on in the tokens that were signed with it.
const MAX_LIFETIME: Duration = Duration::from_mins(10);

/// Verifies a token's signature once, and remembers the verdict.
///
/// - Only tokens that were verified are remembered, so that nobody without an issuer's key can make
///   it grow.
/// - A token is found by SHA-256 over all of it: a client without the very same token finds
///   nothing.
/// - Its times are checked against the clock at each use. Whether the user or session has
///   ended is not remembered here: a [`RevocationCheck`](tasklane_domain::port::RevocationCheck)
///   says it.
pub struct CachedVerifier {
    verifier: JwtVerifier,
    memory: Cache<[u8; 32], Arc<Remembered>>,
}

struct Remembered {
    verified: Verified,
    lifetime: Duration,
}

impl CachedVerifier {
    /// Puts a memory in front of a verifier.
    #[must_use]
    pub fn new(verifier: JwtVerifier) -> Self {
        Self::with_capacity(verifier, CAPACITY)
    }

    fn with_capacity(verifier: JwtVerifier, capacity: u64) -> Self {
        let memory = Cache::builder()
            .max_capacity(capacity)
            .expire_after(OwnLifetime)
            .build();
        Self { verifier, memory }
    }

    fn recall(&self, key: &[u8; 32], now: Timestamp) -> Option<Principal> {
        let remembered = self.memory.get(key)?;
        let Verified {
            principal,
            valid_from,
            valid_until,
        } = &remembered.verified;
        let counts = valid_from.is_none_or(|start| start <= now) && now < *valid_until;
        counts.then(|| principal.clone())
    }
}

#[async_trait]
impl TokenVerifier for CachedVerifier {
    async fn verify(&self, token: &str, now: Timestamp) -> Result<Principal, TokenError> {
        if token.len() > MAX_TOKEN_LENGTH {
            return self.verifier.verify(token, now).await;
        }
        let key = Sha256::digest(token).into();
        if let Some(principal) = self.recall(&key, now) {
            return Ok(principal);
        }
        let verified = self.verifier.check(token, now).await?;
        let principal = verified.principal.clone();
        let lifetime = now.until(verified.valid_until).min(MAX_LIFETIME);
        self.memory
            .insert(key, Arc::new(Remembered { verified, lifetime }));
        Ok(principal)
    }
}

/// Lets each token be forgotten when it ends.
struct OwnLifetime;

impl Expiry<[u8; 32], Arc<Remembered>> for OwnLifetime {
    fn expire_after_create(
        &self,
        _key: &[u8; 32],
        remembered: &Arc<Remembered>,
        _created_at: Instant,
    ) -> Option<Duration> {
        Some(remembered.lifetime)
    }

    /// A token may take the place of its own entry, expired and not yet swept away.
    fn expire_after_update(
        &self,
        key: &[u8; 32],
        remembered: &Arc<Remembered>,
        updated_at: Instant,
        _left: Option<Duration>,
    ) -> Option<Duration> {
        self.expire_after_create(key, remembered, updated_at)
    }
}
