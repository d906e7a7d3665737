use async_trait::async_trait;

use crate::error::BoxError;
use crate::user::{Password, PasswordAttempt, PasswordHash, Requester};

/// Hashes passwords, slowly on purpose and a bounded number at once. The work is shared fairly: no
/// account and no network takes the turns of others, however many it asks for.
#[cfg_attr(feature = "testing", mockall::automock)]
#[async_trait]
pub trait PasswordHasher: Send + Sync {
    /// A salted hash of the password.
    ///
    /// # Errors
    /// Too many wait already, or the hash cannot be computed.
    async fn hash(
        &self,
        password: &Password,
        requester: &Requester,
    ) -> Result<PasswordHash, HashError>;

    /// Whether the attempt is the password behind the hash. Without a hash the same work is done,
    /// and the answer is no: an unknown account must take as long as a known one.
    ///
    /// # Errors
    /// Too many wait already, or the hash cannot be computed.
    async fn verify(
        &self,
        attempt: &PasswordAttempt,
        hash: Option<PasswordHash>,
        requester: &Requester,
    ) -> Result<bool, HashError>;
}

/// Why no hash was computed.
#[derive(Debug, thiserror::Error)]
pub enum HashError {
    /// Too many of all callers are waiting.
    #[error("too many passwords are being checked")]
    Busy,
    /// Too many of the same account or network are waiting.
    #[error("too many passwords of one account or address are being checked")]
    TooMany,
    /// It did not work, for a reason that has nothing to do with the password.
    #[error("the password could not be hashed")]
    Failed(#[source] BoxError),
}
