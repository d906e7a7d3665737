//! What a store reports about its connections, for metrics.

use std::sync::{Arc, OnceLock};
use std::time::{Duration, Instant};

/// The connections of a store at one moment.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct PoolStats {
    /// Connections that are open and lent to nobody.
    pub idle: usize,
    /// Connections that are lent to somebody.
    pub used: usize,
    /// Callers that wait for a connection, also for one that is being made.
    pub waiting: usize,
}

/// Is told what happens in a store, on the thread where it happens: it must be quick.
pub trait StoreObserver: Send + Sync {
    /// A caller waited this long for a connection of a pool, whether or not it got one. A connection that many
    /// share counts only when it had to be made, since nobody waits for one that is there.
    fn waited(&self, took: Duration);

    /// So many writes were committed together.
    fn committed(&self, writes: usize);
}

/// A place for an observer. Clones share it.
#[derive(Clone, Default)]
pub(crate) struct Observation(Arc<OnceLock<Arc<dyn StoreObserver>>>);

impl Observation {
    /// Begins, unless there is an observer already.
    pub(crate) fn begin(&self, observer: Arc<dyn StoreObserver>) {
        let _ = self.0.set(observer);
    }

    /// Waits for a connection, and tells for how long.
    pub(crate) async fn wait<T>(&self, connection: impl Future<Output = T>) -> T {
        let Some(observer) = self.0.get() else {
            return connection.await;
        };
        let started = Instant::now();
        let outcome = connection.await;
        observer.waited(started.elapsed());
        outcome
    }

    /// Tells of a commit.
    pub(crate) fn committed(&self, writes: usize) {
        if let Some(observer) = self.0.get() {
            observer.committed(writes);
        }
    }
}

impl PoolStats {
    /// What a pool says of itself.
    #[cfg(any(feature = "postgres", feature = "sqlite"))]
    pub(crate) fn of(status: &deadpool::Status) -> Self {
        let idle = status.available.min(status.size);
        Self {
            idle,
            used: status.size - idle,
            waiting: status.waiting,
        }
    }
}
