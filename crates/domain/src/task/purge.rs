use super::{Revision, Usage};
use crate::clock::Timestamp;
use crate::id::TaskId;

/// A trashed task or a tombstone, as far as a purge needs to know it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Trashed {
    /// The task's id.
    pub id: TaskId,
    /// The revision at which it last changed.
    pub revision: Revision,
    /// Since when it has been in the trash.
    pub deleted_at: Timestamp,
    /// The bytes of its text, as [`Usage::bytes`] counts them.
    pub bytes: u64,
}

/// What a purge removes of one owner's trash.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Purge {
    /// What is removed.
    pub ids: Vec<TaskId>,
    /// The owner's purge horizon afterwards: the highest revision that was ever removed.
    pub horizon: Revision,
    /// How much less the owner keeps afterwards.
    pub freed: Usage,
}

impl Purge {
    /// What is removed of the `trash` of an owner whose purge horizon is at `horizon`: what has been
    /// there since before the instant `before`. `None` when that is nothing.
    #[must_use]
    pub fn decide(horizon: Revision, trash: &[Trashed], before: Timestamp) -> Option<Self> {
        let old = trash.iter().filter(|trashed| trashed.deleted_at < before);
        let highest = old.clone().map(|trashed| trashed.revision).max()?;
        let bytes = old.clone().map(|trashed| trashed.bytes).sum();
        let ids: Vec<TaskId> = old.map(|trashed| trashed.id).collect();
        Some(Self {
            freed: Usage {
                open_tasks: 0,
                items: ids.len() as u64,
                bytes,
            },
            ids,
            horizon: horizon.max(highest),
        })
    }
}
