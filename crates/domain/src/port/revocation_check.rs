use async_trait::async_trait;

use crate::clock::Timestamp;
use crate::error::StoreError;
use crate::id::{SessionId, UserId};
use crate::user::AccessStatus;

/// Tells whether a user's tokens still count, without asking the store at every request.
#[cfg_attr(feature = "testing", mockall::automock)]
#[async_trait]
pub trait RevocationCheck: Send + Sync {
    /// The access status of the user, and of the session if one is given: at most 5 seconds old, and
    /// never from before the last [`RevocationCheck::forget`] of that user.
    async fn access_status(
        &self,
        user: UserId,
        session: Option<SessionId>,
        now: Timestamp,
    ) -> Result<AccessStatus, StoreError>;

    /// Drops what is remembered of the user: something about them was just revoked.
    fn forget(&self, user: UserId);
}
