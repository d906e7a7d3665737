use async_trait::async_trait;

use crate::clock::Timestamp;
use crate::error::StoreError;
use crate::id::{OwnerId, TaskId};
use crate::page::{FeedLimit, ListVersion, Tally, TaskPage, TaskQuery};
use crate::task::{
    Action, ChangePage, FeedError, SyncPoint, Task, TaskState, WriteError, WriteRules, Written,
};
use crate::user::Actor;

/// Keeps tasks.
///
/// Implementations MUST keep owners apart: nothing read or written under one owner touches another.
/// What is read MUST equal what was written, to the microsecond and to the byte.
#[cfg_attr(feature = "testing", mockall::automock)]
#[async_trait]
pub trait TaskRepository: Send + Sync {
    /// The live task with that id; `None` when it does not exist or is in the trash.
    async fn find(&self, owner: OwnerId, id: TaskId) -> Result<Option<Task>, StoreError>;

    /// Whatever is held under that id: live, in the trash or a tombstone.
    async fn find_state(&self, owner: OwnerId, id: TaskId)
    -> Result<Option<TaskState>, StoreError>;

    /// The state of the owner's tasks as a whole; revision zero for an owner who does not exist.
    async fn version(&self, owner: OwnerId) -> Result<ListVersion, StoreError>;

    /// One page. Items and version MUST come from one moment. Walking all pages while nothing
    /// changes MUST give every matching task once, in the query's order.
    async fn list(&self, owner: OwnerId, query: &TaskQuery) -> Result<TaskPage, StoreError>;

    /// What a summary of the owner's tasks is made of, as [`Tally::of`] defines it. All of it MUST come
    /// from one moment.
    async fn tally(&self, owner: OwnerId) -> Result<Tally, StoreError>;

    /// What changed after `since`, as [`ChangePage::read`] defines it, oldest first, at most `limit`
    /// entries, trash and tombstones included. Entries and revision MUST come from one moment. A
    /// reading that began with nothing ([`SyncPoint::default`]) MUST be served to its end, unless a
    /// purge raises the horizon meanwhile.
    async fn changes(
        &self,
        owner: OwnerId,
        since: SyncPoint,
        limit: FeedLimit,
    ) -> Result<ChangePage, FeedError>;

    /// Writes, as [`crate::task::Ledger::write`] defines it, at the instant `at`: all of the action,
    /// or nothing, but for the operations that [`Action::ApplyEach`] leaves out. Each operation after
    /// the first is a microsecond later than the one before it.
    ///
    /// What is loaded for the ledger, what it decides and what is stored MUST be one atomic step. A
    /// change MUST take a revision greater than any that the owner's tasks had, and no revision may
    /// be given twice. A refused or unchanging write MUST leave the store as it was, and create no
    /// user; the first change of a federated user creates that user with it. An erased federated
    /// user MUST come back empty, with the revision continued. Data that a store cannot take MUST
    /// fail this write alone, with [`StoreError::Refused`].
    async fn write(
        &self,
        owner: OwnerId,
        actor: &Actor,
        action: Action,
        rules: WriteRules,
        at: Timestamp,
    ) -> Result<Written, WriteError>;
}
