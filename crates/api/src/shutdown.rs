//! The end: not ready, then drained, then stopped; a second signal stops at once.

use std::sync::Arc;
use std::time::Duration;

use actix_web::dev::ServerHandle;
use tokio::signal::unix::{Signal, SignalKind, signal};
use tokio::sync::watch;

use crate::health::Health;

/// The signals that end the process.
pub struct StopSignals {
    terminate: Signal,
    interrupt: Signal,
}

impl StopSignals {
    /// Begins to listen.
    ///
    /// # Errors
    /// The operating system refuses.
    pub fn listen() -> std::io::Result<Self> {
        Ok(Self {
            terminate: signal(SignalKind::terminate())?,
            interrupt: signal(SignalKind::interrupt())?,
        })
    }

    /// Waits for the next one.
    async fn next(&mut self) {
        tokio::select! {
            _ = self.terminate.recv() => {}
            _ = self.interrupt.recv() => {}
        }
    }
}

/// Tells answers that have no end of their own that the server stops. Clones share the news.
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

/// Waits for a signal, then stops the servers: from the signal on the process is not ready; it
/// goes on serving for `drain`, ends what has no end of its own, and then finishes what is under
/// way. A second signal cuts all short.
pub async fn stop_on_signal(
    mut signals: StopSignals,
    health: Health,
    closing: Closing,
    drain: Duration,
    servers: Vec<ServerHandle>,
) {
    signals.next().await;
    health.begin_shutdown();
    tracing::info!("shutting down");
    let graceful = async {
        tokio::time::sleep(drain).await;
        closing.begin();
        futures::future::join_all(servers.iter().map(|server| server.stop(true))).await;
    };
    tokio::select! {
        () = graceful => {}
        () = signals.next() => {
            tracing::warn!("a second signal: stopping at once");
            futures::future::join_all(servers.iter().map(|server| server.stop(false))).await;
        }
    }
}
