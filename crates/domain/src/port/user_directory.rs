use async_trait::async_trait;

use crate::clock::Timestamp;
use crate::error::StoreError;
use crate::id::UserId;
use crate::user::User;

/// Looks users up for an operator. Nobody else may see more than one user.
#[cfg_attr(feature = "testing", mockall::automock)]
#[async_trait]
pub trait UserDirectory: Send + Sync {
    /// The users whose ids come after `after`, or the first ones, by id: at most `limit`. Erased
    /// users are not among them.
    ///
    /// # Errors
    /// The store cannot do it.
    async fn users_after(
        &self,
        after: Option<UserId>,
        limit: u16,
    ) -> Result<Vec<DirectoryEntry>, StoreError>;

    /// The user; `None` when they do not exist or were erased.
    ///
    /// # Errors
    /// The store cannot do it.
    async fn entry(&self, id: UserId) -> Result<Option<DirectoryEntry>, StoreError>;

    /// Whether anybody has a local account that is not disabled.
    ///
    /// # Errors
    /// The store cannot do it.
    async fn has_account(&self) -> Result<bool, StoreError>;
}

/// What an operator sees of a user.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DirectoryEntry {
    /// The user.
    pub user: User,
    /// Since when the user has been disabled, if they are.
    pub disabled_at: Option<Timestamp>,
}
