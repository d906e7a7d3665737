//! Bounds of a connection that the HTTP server itself does not keep.

mod activity;
mod answer_memory;
mod intake;
mod limited_stream;
mod refusal;

use std::sync::Arc;
use std::time::Duration;

use actix_web::rt::net::TcpStream;
use socket2::SockRef;
use tasklane_domain::id::IdGenerator;

pub use activity::{Activity, Occupied};
pub(crate) use answer_memory::AnswerMemory;
pub(crate) use intake::Body;
pub(crate) use limited_stream::LimitedStream;

use intake::{HeadMemory, Intake};

/// How long a client may leave unread what was sent, once neither side's buffers take any more.
/// Then the connection is cut, so that no answer waits in memory for a client that has stopped
/// reading: the server asks nothing of a body while its connection is blocked, so that no timer of
/// the body's would ever run.
const UNREAD_LIMIT: Duration = Duration::from_secs(20);

/// The bounds of all connections. Clones share what is used of them.
#[derive(Clone)]
pub(crate) struct ConnectionLimits {
    idle: Duration,
    answers: Arc<AnswerMemory>,
    heads: Arc<HeadMemory>,
    ids: Arc<dyn IdGenerator>,
}

impl ConnectionLimits {
    /// A connection that goes without a request for `idle` is cut. Answers that clients have not
    /// read take up to `answer_memory` bytes together.
    pub(crate) fn new(idle: Duration, answer_memory: usize, ids: Arc<dyn IdGenerator>) -> Self {
        Self {
            idle,
            answers: Arc::new(AnswerMemory::new(answer_memory)),
            heads: Arc::default(),
            ids,
        }
    }

    /// Sets a new connection up.
    ///
    /// # Errors
    /// The process has no file descriptor left for it.
    pub(crate) fn limit(&self, stream: TcpStream) -> std::io::Result<LimitedStream> {
        // An event goes out when it happens, not when the one before has been acknowledged.
        if let Err(error) = stream.set_nodelay(true) {
            tracing::debug!(%error, "a connection delays what is small");
        }
        if let Err(error) = limit_unread(&stream) {
            tracing::debug!(%error, "a connection goes without a limit on what is unread");
        }
        let socket = Arc::new(SockRef::from(&stream).try_clone()?);
        let intake = Intake::new(Arc::clone(&self.heads));
        let activity = Activity::begin(Arc::clone(&socket), intake, self.idle);
        let unsent = self.answers.of_connection(socket);
        let ids = Arc::clone(&self.ids);
        Ok(LimitedStream::new(stream, activity, unsent, ids))
    }
}

/// The user timeout of RFC 5482, which on Linux also ends a connection whose window stays shut.
#[cfg(target_os = "linux")]
fn limit_unread(stream: &TcpStream) -> std::io::Result<()> {
    SockRef::from(stream).set_tcp_user_timeout(Some(UNREAD_LIMIT))
}

#[cfg(not(target_os = "linux"))]
fn limit_unread(_: &TcpStream) -> std::io::Result<()> {
    Err(std::io::ErrorKind::Unsupported.into())
}

#[cfg(test)]
#[cfg(target_os = "linux")]
mod tests;
