//! Whether anybody uses the service.

use std::sync::Arc;

use tokio::sync::Notify;

/// Remembers that the service is used. Clones share what they remember.
#[derive(Debug, Clone, Default)]
pub struct Usage(Arc<Notify>);

impl Usage {
    /// Somebody uses the service.
    pub fn record(&self) {
        self.0.notify_one();
    }

    /// Waits for a use after the last one that this method returned for.
    pub async fn next(&self) {
        self.0.notified().await;
    }
}
