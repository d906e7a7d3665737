use super::Secret;
use crate::id::{SessionId, UserId};

/// What a client holds to refresh its session. It names its user so that a store finds the session
/// by its owner.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RefreshToken {
    /// Whose session.
    pub user: UserId,
    /// Which session.
    pub session: SessionId,
    /// The proof.
    pub secret: Secret,
}
