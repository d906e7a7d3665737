use async_trait::async_trait;

use super::MemoryStore;
use crate::error::StoreError;
use crate::port::Readiness;

#[async_trait]
impl Readiness for MemoryStore {
    async fn ping(&self) -> Result<(), StoreError> {
        self.state().map(drop)
    }

    async fn pending_migrations(&self) -> Result<usize, StoreError> {
        self.state().map(|_| 0)
    }
}
