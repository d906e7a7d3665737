use std::sync::Arc;
use std::time::Duration;

use crate::clock::Clock;
use crate::error::StoreError;
use crate::port::TrashPurger;

/// Rows that are removed in one step: few enough that writers hardly notice.
const BATCH: u32 = 500;

/// Keeps the trash no longer than it should be kept.
#[derive(Clone)]
pub struct TrashService {
    trash: Arc<dyn TrashPurger>,
    clock: Arc<dyn Clock>,
    retention: Duration,
}

impl TrashService {
    /// Puts the service together. What was deleted is kept for `retention`.
    #[must_use]
    pub fn new(trash: Arc<dyn TrashPurger>, clock: Arc<dyn Clock>, retention: Duration) -> Self {
        Self {
            trash,
            clock,
            retention,
        }
    }

    /// Removes for good everybody's trashed tasks and tombstones that have been kept long enough;
    /// gives how many rows that were. Several processes may do so at once.
    ///
    /// # Errors
    /// The store's. What was removed before stays removed.
    #[tracing::instrument(name = "trash.purge", skip_all)]
    pub async fn purge_expired(&self) -> Result<u64, StoreError> {
        let before = self.clock.now().before(self.retention);
        let mut removed = 0;
        loop {
            let report = self.trash.purge(before, BATCH).await?;
            removed += report.removed;
            if !report.more {
                return Ok(removed);
            }
        }
    }
}
