use async_trait::async_trait;
use tasklane_domain::clock::Timestamp;
use tasklane_domain::error::StoreError;
use tasklane_domain::port::{PurgeReport, TrashPurger};
use tasklane_domain::task::{Purge, TaskState, Trashed, Usage};

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
        let trash = self.held.values().filter_map(trashed);
        let old = trash.filter(|trashed| trashed.deleted_at < before);
        let trash: Vec<Trashed> = old
            .take(usize::try_from(*allowed).unwrap_or(usize::MAX))
            .collect();
        let Some(purge) = Purge::decide(self.version.purge_horizon, &trash, before) else {
            return;
        };
        for id in &purge.ids {
            self.held.remove(id);
            *allowed -= 1;
        }
        self.version.purge_horizon = purge.horizon;
        self.usage = self.usage.without(purge.freed);
    }
}

fn trashed(held: &TaskState) -> Option<Trashed> {
    Some(Trashed {
        id: held.id(),
        revision: held.revision(),
        deleted_at: held.deleted_at()?,
        bytes: Usage::of(held).bytes,
    })
}
