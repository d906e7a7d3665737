//! The end: not ready, then drained, then stopped; a second signal stops at once.

use std::time::Duration;

use actix_web::dev::ServerHandle;
use tokio::signal::unix::{Signal, SignalKind, signal};

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

/// Waits for a signal, then stops the servers: from the signal on the process is not ready; it
/// goes on serving for `drain`, and then finishes what is under way. A second signal cuts all short.
pub async fn stop_on_signal(
    mut signals: StopSignals,
    health: Health,
    drain: Duration,
    servers: Vec<ServerHandle>,
) {
    signals.next().await;
    health.begin_shutdown();
    tracing::info!("shutting down");
    let graceful = async {
        tokio::time::sleep(drain).await;
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
