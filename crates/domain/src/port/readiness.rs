use async_trait::async_trait;

use crate::error::StoreError;

/// Tells whether a store can serve.
#[cfg_attr(feature = "testing", mockall::automock)]
#[async_trait]
pub trait Readiness: Send + Sync {
    /// Reaches the store and asks it something small.
    async fn ping(&self) -> Result<(), StoreError>;

    /// How many migrations have yet to be applied.
    async fn pending_migrations(&self) -> Result<usize, StoreError>;
}
