//! The end: not ready, then drained, then stopped; a second signal stops at once.

use std::sync::Arc;
use std::time::Duration;

use actix_web::dev::ServerHandle;
use tasklane_api::closing::Closing;
use tasklane_api::health::Health;
use tokio::signal::unix::{Signal, SignalKind, signal};

use crate::database::Database;
use crate::telemetry::TraceExport;

/// How long all is served after the drain, with the news in each answer that its connection ends: a
/// client that is busy hears of it before it can send a request that nobody reads.
const FAREWELL: Duration = Duration::from_millis(300);
/// How long connections that were accepted last may take to reach those who serve them. Later ones
/// are refused, so that their clients go elsewhere at once.
const HAND_OVER: Duration = Duration::from_millis(50);

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
    pub async fn next(&mut self) {
        tokio::select! {
            _ = self.terminate.recv() => {}
            _ = self.interrupt.recv() => {}
        }
    }
}

/// What is stopped, and how long that may take.
pub struct Shutdown {
    /// Says from the signal on that the process is not ready.
    pub health: Health,
    /// Tells what has no end of its own.
    pub closing: Closing,
    /// What finishes the requests under way.
    pub servers: Vec<ServerHandle>,
    /// Closed last.
    pub database: Arc<dyn Database>,
    /// Exported meanwhile.
    pub traces: Option<TraceExport>,
    /// How long is still served after the signal.
    pub drain: Duration,
    /// How long all the rest may take.
    pub limit: Duration,
}

impl Shutdown {
    /// Waits for a signal, then stops everything, within the limit. A second signal cuts it short.
    /// When this returns, the process can end: what was acknowledged is kept in any case.
    pub async fn on_signal(self, mut signals: StopSignals) {
        signals.next().await;
        tracing::info!("shutting down");
        tokio::select! {
            () = self.stop() => {}
            () = signals.next() => tracing::warn!("a second signal: stopping at once"),
        }
    }

    async fn stop(&self) {
        self.health.begin_shutdown();
        tokio::time::sleep(self.drain).await;
        if tokio::time::timeout(self.limit, self.finish())
            .await
            .is_err()
        {
            tracing::warn!("stopping with requests under way: server.shutdown_timeout is over");
        }
    }

    async fn finish(&self) {
        tokio::time::sleep(FAREWELL).await;
        self.closing.begin();
        futures::future::join_all(self.servers.iter().map(ServerHandle::pause)).await;
        tokio::time::sleep(HAND_OVER).await;
        futures::future::join_all(self.servers.iter().map(|server| server.stop(true))).await;
        tokio::join!(self.database.close(), self.export_traces());
    }

    async fn export_traces(&self) {
        if let Some(traces) = &self.traces {
            traces.finish().await;
        }
    }
}
