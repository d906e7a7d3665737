use std::sync::Arc;

use crate::error::StoreError;
use crate::port::Resync;

/// Owners that get a new version in one step: few enough that writers hardly notice.
const SLICE: u16 = 200;

/// What an operator does after a backup was restored.
#[derive(Clone)]
pub struct ResyncService {
    owners: Arc<dyn Resync>,
}

impl ResyncService {
    /// Puts the service together.
    #[must_use]
    pub fn new(owners: Arc<dyn Resync>) -> Self {
        Self { owners }
    }

    /// Makes everybody who keeps a copy of tasks read them again; gives how many owners there are.
    ///
    /// # Errors
    /// The store's. What was done before stays done, and may be done again.
    #[tracing::instrument(name = "resync", skip_all)]
    pub async fn resync_all(&self) -> Result<u64, StoreError> {
        let mut owners = 0;
        let mut last = None;
        loop {
            let report = self.owners.resync_after(last, SLICE).await?;
            owners += report.owners;
            last = report.last;
            if last.is_none() {
                return Ok(owners);
            }
        }
    }
}
