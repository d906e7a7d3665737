use std::time::Duration;

use async_trait::async_trait;
use tasklane_domain::clock::Timestamp;
use tasklane_domain::error::StoreError;
use tasklane_domain::port::{PurgeReport, TrashPurger};

use crate::Lie;
use crate::store::LyingStore;

#[async_trait]
impl TrashPurger for LyingStore {
    async fn purge(&self, before: Timestamp, limit: u32) -> Result<PurgeReport, StoreError> {
        let before = if self.tells(Lie::PurgesAtTheInstant) {
            before.after(Duration::from_micros(1))
        } else {
            before
        };
        let allowed = if self.tells(Lie::PurgesWithoutLimit) {
            u32::MAX
        } else {
            limit
        };
        let report = self.truth.purge(before, allowed).await?;
        Ok(PurgeReport {
            more: report.more && !self.tells(Lie::StopsPurgingEarly),
            ..report
        })
    }
}
