use async_trait::async_trait;

use crate::clock::Timestamp;
use crate::error::StoreError;
use crate::id::{SessionId, UserId};
use crate::user::{NewSession, Rotation, SecretHash, Session};

/// Keeps the sessions of local accounts.
#[cfg_attr(feature = "testing", mockall::automock)]
#[async_trait]
pub trait SessionStore: Send + Sync {
    /// Begins a session. Sessions of the user that are over at its beginning MAY be dropped. False
    /// when there is no such user, or they are disabled.
    async fn open(&self, user: UserId, session: NewSession) -> Result<bool, StoreError>;

    /// Spends a refresh secret and sets its successor, in one atomic step; the session then ends at
    /// `expires_at`. Of simultaneous attempts with one secret at most one is
    /// [`Rotation::Rotated`]. A secret that was spent before MUST end the session; a secret that
    /// the session never had MUST change nothing.
    async fn rotate(
        &self,
        user: UserId,
        session: SessionId,
        presented: SecretHash,
        next: SecretHash,
        at: Timestamp,
        expires_at: Timestamp,
    ) -> Result<Rotation, StoreError>;

    /// The user's live sessions, newest first.
    async fn list(&self, user: UserId, now: Timestamp) -> Result<Vec<Session>, StoreError>;

    /// Ends a session. False when the user has no such live session.
    async fn end(
        &self,
        user: UserId,
        session: SessionId,
        now: Timestamp,
    ) -> Result<bool, StoreError>;

    /// Ends every session of the user but `keep`.
    async fn end_others(&self, user: UserId, keep: Option<SessionId>) -> Result<(), StoreError>;
}
