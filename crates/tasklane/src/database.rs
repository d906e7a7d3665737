//! The database as the process sees it, whichever it is.

use std::sync::Arc;

use async_trait::async_trait;
use tasklane_infrastructure::statistics::{PoolStats, StoreObserver};

/// An open database, to be watched and closed.
#[async_trait]
pub trait Database: Send + Sync {
    /// Its connections, now.
    fn pool_stats(&self) -> PoolStats;

    /// Writes that wait to be committed together; `None` where each is committed on its own.
    fn queued_writes(&self) -> Option<usize>;

    /// Reports to `observer` from now on.
    fn observe(&self, observer: Arc<dyn StoreObserver>);

    /// Closes the database, so that a file is left tidy. A server needs no farewell.
    async fn close(&self);
}
