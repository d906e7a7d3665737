//! Gives up connections that nobody uses any more.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use deadpool::managed::{Pool, WeakPool};

use super::pool::{Manager, is_fresh};

/// How often idle connections are looked for.
const INTERVAL: Duration = Duration::from_secs(30);

/// A task that runs while its pool has connections, so that a process which nobody uses does
/// nothing, and a database behind it can sleep.
#[derive(Clone, Default)]
pub(crate) struct Sweeper(Arc<State>);

#[derive(Default)]
struct State {
    pool: OnceLock<WeakPool<Manager>>,
    runs: AtomicBool,
}

impl Sweeper {
    /// Says which pool it is for: the pool is built after what makes its connections.
    pub(crate) fn watch(&self, pool: &Pool<Manager>) {
        self.0.pool.get_or_init(|| pool.weak());
    }

    /// Begins to look, unless it does so already. To be called when a connection was made.
    pub(crate) fn start(&self) {
        if self.0.runs.swap(true, Ordering::AcqRel) {
            return;
        }
        let sweeper = self.clone();
        tokio::spawn(async move { sweeper.run().await });
    }

    async fn run(self) {
        loop {
            tokio::time::sleep(INTERVAL).await;
            self.sweep();
            if self.has_connections() {
                continue;
            }
            self.0.runs.store(false, Ordering::Release);
            // A connection may have been made just before: then one of the two goes on.
            if !self.has_connections() || self.0.runs.swap(true, Ordering::AcqRel) {
                return;
            }
        }
    }

    fn sweep(&self) {
        if let Some(pool) = self.pool() {
            pool.retain(|_, metrics| is_fresh(&metrics));
        }
    }

    fn has_connections(&self) -> bool {
        self.pool().is_some_and(|pool| pool.status().size > 0)
    }

    fn pool(&self) -> Option<Pool<Manager>> {
        self.0.pool.get().and_then(WeakPool::upgrade)
    }
}
