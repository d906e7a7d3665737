use async_trait::async_trait;

use crate::clock::Timestamp;
use crate::error::StoreError;

/// Removes for good what has been in the trash long enough: housekeeping, the one job that crosses
/// owners.
#[cfg_attr(feature = "testing", mockall::automock)]
#[async_trait]
pub trait TrashPurger: Send + Sync {
    /// Removes up to `limit` trashed tasks and tombstones with a `deleted_at` before `before`, as
    /// [`crate::task::Purge::decide`] defines it, in one atomic step an owner. Safe to run on several
    /// processes at once.
    async fn purge(&self, before: Timestamp, limit: u32) -> Result<PurgeReport, StoreError>;
}

/// What a purge did.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct PurgeReport {
    /// Rows removed.
    pub removed: u64,
    /// Whether the limit was reached, so that there may be more; always true with a limit of zero.
    pub more: bool,
}
