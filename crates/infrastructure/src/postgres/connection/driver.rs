//! The other half of a connection: what reads from the socket and writes to it.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use tokio::task::JoinHandle;
use tokio_postgres::{Connection, Socket};

use super::address::TlsStream;

/// A task that drives a connection until the client is dropped or the server hangs up.
pub(crate) struct Driver {
    task: JoinHandle<()>,
    was_idle: Arc<AtomicBool>,
}

impl Driver {
    pub(crate) fn start(connection: Connection<Socket, TlsStream>) -> Self {
        let was_idle = Arc::new(AtomicBool::new(false));
        let task = tokio::spawn(drive(connection, Arc::clone(&was_idle)));
        Self { task, was_idle }
    }

    /// Whether the server ended the connection while it had nothing to do: whatever was asked of the
    /// connection since was never sent.
    pub(crate) fn ended_idle(&self) -> bool {
        self.was_idle.load(Ordering::Acquire)
    }

    /// Whether the connection is closed.
    pub(crate) fn has_ended(&self) -> bool {
        self.task.is_finished()
    }

    /// Ends the connection without waiting for what is still to be answered.
    pub(crate) fn stop(&self) {
        self.task.abort();
    }
}

async fn drive(mut connection: Connection<Socket, TlsStream>, was_idle: Arc<AtomicBool>) {
    let Err(error) = (&mut connection).await else {
        return;
    };
    tracing::debug!(%error, "a connection to PostgreSQL ended");
    // An error of the server is the driver's own only when nobody waits for an answer. Whoever has
    // asked meanwhile hears that the connection is closed when it is dropped, so after this.
    if error.as_db_error().is_some() {
        was_idle.store(true, Ordering::Release);
    }
    drop(connection);
}
