use super::{Revision, SyncPoint, Task};
use crate::clock::Timestamp;
use crate::error::StoreError;
use crate::id::TaskId;
use crate::page::{FeedLimit, ListVersion};

/// What stays of a task whose content was erased, for those who have yet to hear of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Tombstone {
    /// The id, which stays taken.
    pub id: TaskId,
    /// The owner's revision at which it was erased.
    pub revision: Revision,
    /// When it was moved to the trash, or erased if it never was there. Retention counts from here.
    pub deleted_at: Timestamp,
}

impl Tombstone {
    /// What stays of a task that is erased at the instant `at`.
    pub(super) fn of(task: &Task, revision: Revision, at: Timestamp) -> Self {
        Self {
            id: task.id,
            revision,
            deleted_at: task.deleted_at.unwrap_or(at),
        }
    }
}

/// About the bytes of an entry in an answer, beside its item.
const ENTRY_BYTES: usize = 128;

/// An entry of the change feed: a task's newest state.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Change {
    /// A task, live or in the trash.
    Task(Box<Task>),
    /// A task that was erased.
    Erased(Tombstone),
}

impl Change {
    /// The revision of the change.
    #[must_use]
    pub fn revision(&self) -> Revision {
        match self {
            Self::Task(task) => task.revision,
            Self::Erased(tombstone) => tombstone.revision,
        }
    }

    /// The task's id.
    #[must_use]
    pub fn id(&self) -> TaskId {
        match self {
            Self::Task(task) => task.id,
            Self::Erased(tombstone) => tombstone.id,
        }
    }

    fn answer_bytes(&self) -> usize {
        let item = match self {
            Self::Task(task) => task.answer_bytes(),
            Self::Erased(_) => 0,
        };
        item + ENTRY_BYTES
    }
}

/// A stretch of the change feed, oldest first.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ChangePage {
    /// The changes, by ascending revision.
    pub changes: Vec<Change>,
    /// Where to go on. Its revision is the last change's while there is more, else the owner's.
    pub next: SyncPoint,
    /// Whether more had changed when this was read.
    pub has_more: bool,
}

impl ChangePage {
    /// The answer to a reading of at most `limit` changes after `since`, from what a store found at
    /// one moment: the owner's `version`, and the first `limit` + 1 `changes` after `since`, oldest
    /// first. The extra one only shows that there is more. A stretch that would pass
    /// [`MAX_PAGE_BYTES`](crate::page::MAX_PAGE_BYTES) ends early.
    ///
    /// # Errors
    /// `since` is ahead of the owner, or changes after it have been purged.
    pub fn read(
        version: ListVersion,
        since: SyncPoint,
        limit: FeedLimit,
        mut changes: Vec<Change>,
    ) -> Result<Self, FeedError> {
        since.check(version)?;
        let has_more = limit.cut(&mut changes, Change::answer_bytes);
        let last = changes.last().filter(|_| has_more).map(Change::revision);
        let next = SyncPoint {
            revision: last.unwrap_or(version.revision),
            horizon: version.purge_horizon,
        };
        Ok(Self {
            changes,
            next,
            has_more,
        })
    }
}

/// Why the change feed cannot be read from a point on.
#[derive(Debug, thiserror::Error)]
pub enum FeedError {
    /// Changes after that point have been purged. The client must start again with nothing.
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
