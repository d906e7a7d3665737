use super::{Change, Fingerprint, Outcome, Revision, Task, Tombstone};
use crate::clock::Timestamp;
use crate::id::TaskId;

/// What a store holds under an id.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum TaskState {
    /// A task, live or in the trash.
    Task {
        /// The task.
        task: Box<Task>,
        /// What it was created from, when under an `Idempotency-Key`.
        fingerprint: Option<Fingerprint>,
    },
    /// The rest of an erased one.
    Tombstone {
        /// What stays.
        tombstone: Tombstone,
        /// What the task was created from, when under an `Idempotency-Key`.
        fingerprint: Option<Fingerprint>,
    },
}

impl TaskState {
    /// The id that it is under.
    #[must_use]
    pub fn id(&self) -> TaskId {
        match self {
            Self::Task { task, .. } => task.id,
            Self::Tombstone { tombstone, .. } => tombstone.id,
        }
    }

    /// The revision of a live task.
    #[must_use]
    pub fn live_revision(&self) -> Option<Revision> {
        match self {
            Self::Task { task, .. } if !task.is_deleted() => Some(task.revision),
            _ => None,
        }
    }

    /// What it was created from, when under an `Idempotency-Key`.
    #[must_use]
    pub fn fingerprint(&self) -> Option<Fingerprint> {
        match self {
            Self::Task { fingerprint, .. } | Self::Tombstone { fingerprint, .. } => *fingerprint,
        }
    }

    /// The task, live or in the trash; `None` for a tombstone.
    #[must_use]
    pub fn task(&self) -> Option<&Task> {
        match self {
            Self::Task { task, .. } => Some(task),
            Self::Tombstone { .. } => None,
        }
    }

    /// The live task.
    #[must_use]
    pub fn live(&self) -> Option<&Task> {
        self.task().filter(|task| !task.is_deleted())
    }

    /// The owner's revision at which it came to be what it is.
    #[must_use]
    pub fn revision(&self) -> Revision {
        match self {
            Self::Task { task, .. } => task.revision,
            Self::Tombstone { tombstone, .. } => tombstone.revision,
        }
    }

    /// When the task was moved to the trash or erased, from where its retention counts; `None` for a
    /// live one.
    #[must_use]
    pub fn deleted_at(&self) -> Option<Timestamp> {
        match self {
            Self::Task { task, .. } => task.deleted_at,
            Self::Tombstone { tombstone, .. } => Some(tombstone.deleted_at),
        }
    }

    /// Its entry of the change feed.
    #[must_use]
    pub fn to_change(&self) -> Change {
        match self {
            Self::Task { task, .. } => Change::Task(task.clone()),
            Self::Tombstone { tombstone, .. } => Change::Erased(*tombstone),
        }
    }

    /// What is held after an outcome.
    pub(super) fn from_outcome(outcome: &Outcome, fingerprint: Option<Fingerprint>) -> Self {
        match outcome {
            Outcome::Created(task)
            | Outcome::Changed(task)
            | Outcome::Unchanged(task)
            | Outcome::Deleted(task) => Self::Task {
                task: Box::new(task.clone()),
                fingerprint,
            },
            Outcome::Erased(tombstone) => Self::Tombstone {
                tombstone: *tombstone,
                fingerprint,
            },
        }
    }
}
