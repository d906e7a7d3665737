use async_trait::async_trait;

use crate::clock::Timestamp;
use crate::error::StoreError;
use crate::id::{SessionId, UserId};
use crate::user::{AccessStatus, Actor, Name, User};

/// Keeps users.
#[cfg_attr(feature = "testing", mockall::automock)]
#[async_trait]
pub trait UserRepository: Send + Sync {
    /// The user; `None` when they do not exist, or were erased.
    async fn find(&self, id: UserId) -> Result<Option<User>, StoreError>;

    /// Gives the user another name, as [`User::renamed`] says. A federated user who does not exist,
    /// or was erased, MUST be created as [`Actor::admission`] says, with the name; a local one who does
    /// not exist is `None`. The same name MUST leave `updated_at` alone, and the rest of the profile
    /// MUST stay whatever the token says.
    async fn rename(
        &self,
        actor: &Actor,
        name: Option<Name>,
        at: Timestamp,
    ) -> Result<Option<User>, StoreError>;

    /// Erases the user and everything that they own, in one atomic step. The id, the revision and
    /// the instant MUST stay, the instant as the user's [`AccessStatus::not_before`] unless that is
    /// later already, and whether they are disabled. An existing user takes one more revision, which
    /// is also the purge horizon, so that every list version and sync point from before is outdated
    /// should a federated user come back. The address of their account MUST be free again, and that
    /// of nobody else. False when there was no user; a federated user who does not exist is given the
    /// record all the same, or its instant moved.
    async fn erase(&self, actor: &Actor, at: Timestamp) -> Result<bool, StoreError>;

    /// Shuts the user out until they are enabled: [`AccessStatus::disabled`]. In the same atomic step
    /// `at` MUST become their [`AccessStatus::not_before`], unless that is later already, and all
    /// their sessions MUST end, so that they come back with new tokens only. Everything else MUST
    /// stay; where they may write, they may still do so. One who is erased is shut out as well, and
    /// stays so should they come back. False when nothing is known of the user.
    async fn disable(&self, id: UserId, at: Timestamp) -> Result<bool, StoreError>;

    /// Lets a user who was shut out in again, one who is erased as well. One who was not MUST be left
    /// alone, sessions included. False when nothing is known of the user.
    async fn enable(&self, id: UserId) -> Result<bool, StoreError>;

    /// Whether the user's tokens, and those of the session if one is given, still count. A session
    /// is live until it is ended or `now` reaches its end.
    async fn access_status(
        &self,
        id: UserId,
        session: Option<SessionId>,
        now: Timestamp,
    ) -> Result<AccessStatus, StoreError>;
}
