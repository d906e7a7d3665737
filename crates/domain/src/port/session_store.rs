use async_trait::async_trait;

use crate::clock::Timestamp;
use crate::error::StoreError;
use crate::id::{SessionId, UserId};
use crate::user::{AddressHash, NewSession, PasswordHash, RefreshAttempt, Rotation, Session};

/// Keeps the sessions of local accounts.
///
/// The rules are the domain's: [`NewSession::displaces`] and
/// [`StoredSession::refresh`](crate::user::StoredSession::refresh). A store loads, lets them decide,
/// and stores what they decided if nothing has changed since it was loaded.
#[cfg_attr(feature = "testing", mockall::automock)]
#[async_trait]
pub trait SessionStore: Send + Sync {
    /// Begins a session, in one atomic step. In the same step what the session
    /// [displaces](NewSession::displaces) MUST go, and the address that it names MUST be known as of
    /// its beginning.
    ///
    /// False, and nothing changes, when there is no such user, they are disabled, or the hash of
    /// their password is not `under` any more, where that is given. So a login whose
    /// password was changed while it ran opens nothing.
    ///
    /// # Errors
    /// A session under an id that the user has already MUST fail and change nothing.
    async fn open(
        &self,
        user: UserId,
        session: NewSession,
        under: Option<PasswordHash>,
    ) -> Result<bool, StoreError>;

    /// Trades a refresh secret for its successor, in one atomic step, as
    /// [`StoredSession::refresh`](crate::user::StoredSession::refresh) decides:
    ///
    /// - The newest secret is spent, and the session was then used at `at` and ends at `expires_at`,
    ///   whether or not these are later than before. Of simultaneous attempts with one secret at
    ///   most one MUST be [`Rotation::Rotated`].
    /// - The secret that was used last gives the same successor again within the grace, as long as
    ///   that is unused: [`Rotation::Repeated`], and nothing MUST change.
    /// - Any other spent secret MUST end the session: [`Rotation::Reused`]. A store may forget
    ///   secrets from [`Renewal::forget_spent_before`](crate::user::Renewal) on.
    /// - A secret that the session never had MUST change nothing, nor may any secret of a session
    ///   that is over: [`Rotation::Unknown`].
    async fn rotate(
        &self,
        user: UserId,
        session: SessionId,
        attempt: RefreshAttempt,
    ) -> Result<Rotation, StoreError>;

    /// The user's live sessions, newest first; those of one instant by id, the highest first.
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

    /// When the user last began a session from an address; `None` when they never did, or the
    /// address was displaced since, or they were erased.
    async fn last_seen(
        &self,
        user: UserId,
        address: AddressHash,
    ) -> Result<Option<Timestamp>, StoreError>;
}
