//! Tells long-lived answers that the server stops.

use std::sync::Arc;

use tokio::sync::watch;

/// Tells answers that have no end of their own, such as event streams, that the server stops.
/// Clones share the signal.
#[derive(Debug, Clone, Default)]
pub struct Closing(Arc<watch::Sender<bool>>);

impl Closing {
    /// The server stops.
    pub fn begin(&self) {
        self.0.send_replace(true);
    }

    /// Waits until the server stops.
    pub async fn begun(&self) {
        // The sender is held here, so that there is no error.
        let _ = self.0.subscribe().wait_for(|begun| *begun).await;
    }
}
