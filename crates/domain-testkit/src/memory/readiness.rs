use async_trait::async_trait;
use tasklane_domain::error::StoreError;
use tasklane_domain::port::Readiness;

use super::MemoryStore;

#[async_trait]
impl Readiness for MemoryStore {
    async fn ping(&self) -> Result<(), StoreError> {
        self.state().map(drop)
    }

    async fn pending_migrations(&self) -> Result<usize, StoreError> {
        self.state().map(|_| 0)
    }
}
