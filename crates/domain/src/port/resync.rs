use async_trait::async_trait;

use crate::error::StoreError;
use crate::id::OwnerId;

/// Makes everybody who keeps a copy of tasks read them again. After a backup was restored, copies may
/// hold what the store no longer has, under revisions that it would give a second time.
#[cfg_attr(feature = "testing", mockall::automock)]
#[async_trait]
pub trait Resync: Send + Sync {
    /// Does so for the owners whose ids come after `after`, or the first ones, by id: at most `limit`,
    /// erased ones too. Each owner's version MUST be what [`ListVersion::resync`] makes of it. Safe
    /// while others write.
    ///
    /// [`ListVersion::resync`]: crate::page::ListVersion::resync
    async fn resync_after(
        &self,
        after: Option<OwnerId>,
        limit: u16,
    ) -> Result<ResyncReport, StoreError>;
}

/// What a resync did.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct ResyncReport {
    /// How many owners have a new version.
    pub owners: u64,
    /// The last of them; `None` when no owner was left.
    pub last: Option<OwnerId>,
}
