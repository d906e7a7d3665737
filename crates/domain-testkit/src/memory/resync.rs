use async_trait::async_trait;
use tasklane_domain::error::StoreError;
use tasklane_domain::id::{OwnerId, UserId};
use tasklane_domain::port::{Resync, ResyncReport};

use super::MemoryStore;

#[async_trait]
impl Resync for MemoryStore {
    async fn resync_after(
        &self,
        after: Option<OwnerId>,
        limit: u16,
    ) -> Result<ResyncReport, StoreError> {
        let mut state = self.state()?;
        let after = after.map(OwnerId::as_uuid);
        let mut ids: Vec<UserId> = state.users.keys().copied().collect();
        ids.sort_unstable_by_key(|id| id.as_uuid());
        ids.retain(|id| Some(id.as_uuid()) > after);
        ids.truncate(limit.into());
        for id in &ids {
            if let Some(books) = state.users.get_mut(id) {
                books.version = books.version.resync();
            }
        }
        Ok(ResyncReport {
            owners: ids.len() as u64,
            last: ids.last().map(|id| OwnerId::new(id.as_uuid())),
        })
    }
}
