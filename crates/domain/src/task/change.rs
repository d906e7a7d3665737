use super::{Revision, Task};
use crate::clock::Timestamp;
use crate::id::TaskId;

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
}

/// A stretch of the change feed, oldest first.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ChangePage {
    /// The changes, by ascending revision.
    pub changes: Vec<Change>,
    /// Where to continue: the last change's revision while there is more, else the owner's.
    pub revision: Revision,
    /// Whether more had changed when this was read.
    pub has_more: bool,
}
