use async_trait::async_trait;
use tasklane_domain::clock::Timestamp;
use tasklane_domain::error::StoreError;
use tasklane_domain::port::{PurgeReport, TrashPurger};

use super::{Books, MemoryStore};

#[async_trait]
impl TrashPurger for MemoryStore {
    async fn purge(&self, before: Timestamp, limit: u32) -> Result<PurgeReport, StoreError> {
        let mut state = self.state()?;
        let mut allowed = limit;
        for books in state.users.values_mut() {
            books.purge(before, &mut allowed);
        }
        Ok(PurgeReport {
            removed: u64::from(limit - allowed),
            more: allowed == 0,
        })
    }
}

impl Books {
    fn purge(&mut self, before: Timestamp, allowed: &mut u32) {
        let horizon = &mut self.version.purge_horizon;
        self.held.retain(|_, held| {
            let deleted_at = held.deleted_at();
            let due = *allowed > 0 && deleted_at.is_some_and(|deleted_at| deleted_at < before);
            if due {
                *allowed -= 1;
                *horizon = held.revision().max(*horizon);
            }
            !due
        });
    }
}
