use async_trait::async_trait;

use crate::clock::Timestamp;
use crate::error::StoreError;
use crate::id::{SessionId, UserId};
use crate::user::{Account, Email, LinkUse, NewAccount, NewLink, NewSession, PasswordHash};

/// Keeps local accounts.
#[cfg_attr(feature = "testing", mockall::automock)]
#[async_trait]
pub trait AccountStore: Send + Sync {
    /// Makes the account and its first session in one atomic step. The address that the session
    /// names MUST be known as of its beginning.
    ///
    /// # Errors
    /// An account with the same [`Email::key`] exists, and MUST be left as it was; of simultaneous
    /// attempts exactly one succeeds. An id that another user has, or had before they were erased,
    /// MUST fail and change nothing.
    async fn register(&self, account: NewAccount, session: NewSession)
    -> Result<(), RegisterError>;

    /// The account with that address, by [`Email::key`], whether or not its user is disabled. The
    /// only look-up that knows no owner yet.
    async fn account_by_email(&self, email: &Email) -> Result<Option<Account>, StoreError>;

    /// The user's account, whether or not they are disabled; `None` for a federated user.
    async fn account_of(&self, user: UserId) -> Result<Option<Account>, StoreError>;

    /// Sets another password and ends every session but `keep`, in one atomic step: no session that
    /// was opened under the old hash MUST be left, however the attempts overlap. A link that resets the
    /// password MUST go. The profile's `updated_at` MUST stay. False when there is no such account, or its password is not `current`
    /// any more.
    async fn change_password(
        &self,
        user: UserId,
        current: &PasswordHash,
        new: &PasswordHash,
        keep: Option<SessionId>,
        at: Timestamp,
    ) -> Result<bool, StoreError>;

    /// Keeps a link in the place of the one that the account had for the same purpose, which MUST be
    /// good for nothing from then on. False, and nothing changes, when there is no such account, or
    /// its user is disabled.
    async fn keep_link(&self, user: UserId, link: NewLink) -> Result<bool, StoreError>;

    /// The account whose password the link resets, if [`NewLink::admits`] the attempt and the user is
    /// not disabled. Nothing changes.
    async fn account_by_reset_link(
        &self,
        user: UserId,
        attempt: LinkUse,
    ) -> Result<Option<Account>, StoreError>;

    /// Sets another password by a link, in one atomic step: the link MUST go, every session MUST end,
    /// and the address is verified, as [`AccountStore::verify_email`] says. Of simultaneous attempts
    /// with one link exactly one succeeds. False, and nothing changes, when the link does not admit
    /// the attempt, or the user is disabled.
    async fn reset_password(
        &self,
        user: UserId,
        attempt: LinkUse,
        new: &PasswordHash,
    ) -> Result<bool, StoreError>;

    /// Marks the account's address as verified by a link, in one atomic step: the link MUST go, and
    /// the profile's `updated_at` becomes the attempt's time, unless the address was verified before.
    /// False, and nothing changes, when the link does not admit the attempt, or the user is disabled.
    async fn verify_email(&self, user: UserId, attempt: LinkUse) -> Result<bool, StoreError>;
}

/// Why an account was not made.
#[derive(Debug, thiserror::Error)]
pub enum RegisterError {
    /// Another account has the address.
    #[error("the email address is taken")]
    EmailTaken,
    /// The store cannot do it.
    #[error(transparent)]
    Store(#[from] StoreError),
}
