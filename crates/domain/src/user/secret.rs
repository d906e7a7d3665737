//! Secrets that prove a right, and what is kept of them.

use std::fmt;

use sha2::{Digest, Sha256};

use crate::port::KeyedHash;

/// 256 bits that prove a right, once: to refresh a session, or what a link was sent for. Never
/// printed.
#[derive(Clone, PartialEq, Eq)]
pub struct Secret([u8; 32]);

impl Secret {
    /// Takes the bits from a generator fit for secrets, or from a token that a client
    /// presents.
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

    /// The refresh secret that it is traded for: always the same one under the same key, so that it
    /// can be given again without being kept.
    #[must_use]
    pub fn successor(&self, key: &dyn KeyedHash) -> Self {
        Self(key.hash("refresh secret", &[&self.0]))
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("Secret(…)")
    }
}

/// SHA-256 over a secret.
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_secret_is_not_printed() {
        let secret = Secret::new([0xab; 32]);
        assert!(!format!("{secret:?}").contains("171"));
    }
}
