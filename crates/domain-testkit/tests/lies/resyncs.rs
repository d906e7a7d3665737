use async_trait::async_trait;
use tasklane_domain::error::StoreError;
use tasklane_domain::id::OwnerId;
use tasklane_domain::port::{Resync, ResyncReport};

use crate::Lie;
use crate::store::LyingStore;

#[async_trait]
impl Resync for LyingStore {
    async fn resync_after(
        &self,
        after: Option<OwnerId>,
        limit: u16,
    ) -> Result<ResyncReport, StoreError> {
        if self.tells(Lie::ResyncsNobody) {
            let last =
                after.map(|id| OwnerId::new(uuid::Uuid::from_u128(id.as_uuid().as_u128() + 1)));
            return Ok(ResyncReport { owners: 1, last });
        }
        self.truth.resync_after(after, limit).await
    }
}
