use async_trait::async_trait;

use super::{Books, MemoryStore};
use crate::clock::Timestamp;
use crate::error::StoreError;
use crate::port::{PurgeReport, TrashPurger};
use crate::task::TaskState;

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
            let (deleted_at, revision) = match held {
                TaskState::Task { task, .. } => (task.deleted_at, task.revision),
                TaskState::Tombstone { tombstone, .. } => {
                    (Some(tombstone.deleted_at), tombstone.revision)
                }
            };
            let due = *allowed > 0 && deleted_at.is_some_and(|deleted_at| deleted_at < before);
            if due {
                *allowed -= 1;
                *horizon = revision.max(*horizon);
            }
            !due
        });
    }
}
