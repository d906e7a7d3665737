use async_trait::async_trait;

use crate::clock::Timestamp;
use crate::error::StoreError;
use crate::id::{TaskId, UserId};
use crate::page::{ListVersion, TaskPage, TaskQuery};
use crate::task::{ChangePage, Operation, Outcome, Refusal, Revision, Task, TaskState, WriteRules};
use crate::user::Owner;

/// Keeps tasks.
///
/// Implementations MUST keep owners apart: nothing read or written under one owner touches another.
/// What is read MUST equal what was written, to the microsecond and to the byte.
#[cfg_attr(feature = "testing", mockall::automock)]
#[async_trait]
pub trait TaskRepository: Send + Sync {
    /// The live task with that id; `None` when there is none, or it is in the trash.
    async fn find(&self, owner: UserId, id: TaskId) -> Result<Option<Task>, StoreError>;

    /// Whatever is held under that id: live, in the trash or a tombstone.
    async fn find_state(&self, owner: UserId, id: TaskId) -> Result<Option<TaskState>, StoreError>;

    /// The state of the owner's tasks as a whole; revision zero for an owner who does not exist.
    async fn version(&self, owner: UserId) -> Result<ListVersion, StoreError>;

    /// One page. Items and version MUST come from one moment. Walking all pages while nothing
    /// changes MUST give every matching task once, in the query's order.
    async fn list(&self, owner: UserId, query: &TaskQuery) -> Result<TaskPage, StoreError>;

    /// What changed after `since`, oldest first, at most `limit` entries, trash and tombstones
    /// included. Entries and revision MUST come from one moment.
    async fn changes(
        &self,
        owner: UserId,
        since: Revision,
        limit: u16,
    ) -> Result<ChangePage, FeedError>;

    /// Does one operation, as [`crate::task::Ledger::apply`] defines it, at the instant `at`.
    ///
    /// The check of the precondition, the write and the bump of the owner's revision MUST be one
    /// atomic step. A change MUST take a revision greater than any the owner's tasks had, and no
    /// revision may be given twice. A refused or unchanging operation MUST leave the store as it
    /// was, and create no user; the first change of an issuer's user creates that user with it. An
    /// erased issuer's user MUST come back empty, with the revision continued.
    async fn apply(
        &self,
        owner: &Owner,
        operation: Operation,
        rules: WriteRules,
        at: Timestamp,
    ) -> Result<Outcome, WriteError>;

    /// Does all operations in order, or none. Each sees those before it. The outcomes stand in the
    /// operations' order; the revision is the owner's afterwards.
    async fn apply_all(
        &self,
        owner: &Owner,
        operations: Vec<Operation>,
        rules: WriteRules,
        at: Timestamp,
    ) -> Result<(Vec<Outcome>, Revision), BatchError>;

    /// Turns every task in the owner's trash into a tombstone, each with a revision of its own, in
    /// one atomic step. Gives how many there were and the owner's revision afterwards.
    async fn empty_trash(
        &self,
        owner: UserId,
        at: Timestamp,
    ) -> Result<(u64, Revision), StoreError>;
}

/// Why a write was not done.
#[derive(Debug, thiserror::Error)]
pub enum WriteError {
    /// The operation may not be done.
    #[error(transparent)]
    Refused(#[from] Refusal),
    /// The owner is a local account that does not exist (any more).
    #[error("the owner does not exist")]
    UnknownOwner,
    /// The store cannot do it.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// Why a batch was not done.
#[derive(Debug, thiserror::Error)]
pub enum BatchError {
    /// The operation with this index was refused, and so nothing was done.
    #[error("operation {index}: {refusal}")]
    Refused {
        /// Counted from zero.
        index: usize,
        /// Why.
        refusal: Refusal,
    },
    /// The owner is a local account that does not exist (any more).
    #[error("the owner does not exist")]
    UnknownOwner,
    /// The store cannot do it.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// Why the change feed cannot be continued.
#[derive(Debug, thiserror::Error)]
pub enum FeedError {
    /// Changes after that revision have been purged; the client must start anew.
    #[error("changes since then have been purged")]
    Expired,
    /// The owner never had that revision.
    #[error("the revision is ahead of the owner's, {current}")]
    Ahead {
        /// Where the owner is.
        current: Revision,
    },
    /// The store cannot do it.
    #[error(transparent)]
    Store(#[from] StoreError),
}
