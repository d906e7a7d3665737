//! The secrets by which a session is refreshed.

use std::fmt;

use sha2::{Digest, Sha256};

use crate::id::{SessionId, UserId};
use crate::port::KeyedHash;

/// 256 bits that prove the right to refresh a session, once. Never printed.
#[derive(Clone, PartialEq, Eq)]
pub struct RefreshSecret([u8; 32]);

impl RefreshSecret {
    /// Takes the bits from a generator fit for secrets, or from a client's token.
    #[must_use]
    pub const fn new(bits: [u8; 32]) -> Self {
        Self(bits)
    }

    /// The bits, to be given to the client and nobody else.
    #[must_use]
    pub const fn expose(&self) -> &[u8; 32] {
        &self.0
    }

    /// What a store keeps of it. The secret is as long as the hash, so no salt or work factor is
    /// needed.
    #[must_use]
    pub fn hash(&self) -> SecretHash {
        SecretHash(Sha256::digest(self.0).into())
    }

    /// The secret that it is traded for: always the same one under the same key, so that it can be
    /// given again without being kept.
    #[must_use]
    pub fn successor(&self, key: &dyn KeyedHash) -> Self {
        Self(key.hash("refresh secret", &[&self.0]))
    }
}

impl fmt::Debug for RefreshSecret {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("RefreshSecret(…)")
    }
}

/// SHA-256 over a refresh secret.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct SecretHash([u8; 32]);

impl SecretHash {
    /// A hash that a store kept.
    #[must_use]
    pub const fn from_bytes(bytes: [u8; 32]) -> Self {
        Self(bytes)
    }

    /// Its bytes, to be kept.
    #[must_use]
    pub const fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }
}

/// What a client holds to refresh its session. It names its user so that a store finds the session
/// by its owner.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RefreshToken {
    /// Whose session.
    pub user: UserId,
    /// Which session.
    pub session: SessionId,
    /// The proof.
    pub secret: RefreshSecret,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_secret_is_not_printed() {
        let secret = RefreshSecret::new([0xab; 32]);
        assert!(!format!("{secret:?}").contains("171"));
    }
}
