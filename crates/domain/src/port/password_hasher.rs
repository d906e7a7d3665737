use async_trait::async_trait;

use crate::error::BoxError;
use crate::user::{Password, PasswordAttempt, PasswordHash};

/// Hashes passwords, slowly on purpose, a bounded number at once.
#[cfg_attr(feature = "testing", mockall::automock)]
#[async_trait]
pub trait PasswordHasher: Send + Sync {
    /// A salted hash of the password.
    async fn hash(&self, password: &Password) -> Result<PasswordHash, HashError>;

    /// Whether the candidate is the password behind the hash. Without a hash the same work is done,
    /// and the answer is no: an unknown account must take as long as a known one.
    async fn verify(
        &self,
        candidate: &PasswordAttempt,
        hash: Option<PasswordHash>,
    ) -> Result<bool, HashError>;
}

/// Why no hash was computed.
#[derive(Debug, thiserror::Error)]
pub enum HashError {
    /// Too many are waiting already.
    #[error("too many passwords are being checked")]
    Busy,
    /// It did not work, for a reason that is no matter of the password.
    #[error("the password could not be hashed")]
    Failed(#[source] BoxError),
}
