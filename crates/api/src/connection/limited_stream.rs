//! A connection whose bounds are kept while it is read and written.

use std::io;
use std::pin::Pin;
use std::rc::Rc;
use std::sync::Arc;
use std::task::{Context, Poll, ready};

use actix_web::rt::net::{ActixStream, Ready, TcpStream};
use tasklane_domain::id::IdGenerator;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};

use super::activity::Activity;
use super::answer_memory::Unsent;
use super::intake::Allowance;
use super::refusal;
use crate::problem::Problem;

/// What is read at once where not all may be read that there is room for.
const PIECE: usize = 2048;
/// How much a client may go on sending after a refusal, in bytes. Closing earlier would reset the
/// connection, and the client might never read why.
const MOST_AFTER_REFUSAL: usize = 1024 * 1024;

/// A client's connection.
pub(crate) struct LimitedStream {
    stream: TcpStream,
    activity: Rc<Activity>,
    unsent: Unsent,
    ids: Arc<dyn IdGenerator>,
    refusal: Option<Refusal>,
}

/// A connection on which nothing more is understood.
struct Refusal {
    /// What is still to be sent of the reason.
    answer: Vec<u8>,
    /// What was thrown away since.
    ignored: usize,
}

impl LimitedStream {
    pub(super) fn new(
        stream: TcpStream,
        activity: Rc<Activity>,
        unsent: Unsent,
        ids: Arc<dyn IdGenerator>,
    ) -> Self {
        Self {
            stream,
            activity,
            unsent,
            ids,
            refusal: None,
        }
    }

    /// What the connection is used for.
    pub(crate) fn activity(&self) -> &Rc<Activity> {
        &self.activity
    }

    #[cfg(all(test, target_os = "linux"))]
    pub(super) fn socket(&self) -> socket2::SockRef<'_> {
        socket2::SockRef::from(&self.stream)
    }

    /// Reads no more than `most` bytes.
    fn read(
        &mut self,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
        most: usize,
    ) -> Poll<io::Result<()>> {
        let before = buffer.filled().len();
        let stream = Pin::new(&mut self.stream);
        if buffer.remaining() <= most {
            ready!(stream.poll_read(context, buffer))?;
        } else {
            let mut piece = [0; PIECE];
            let mut piece = ReadBuf::new(&mut piece[..most.min(PIECE)]);
            ready!(stream.poll_read(context, &mut piece))?;
            buffer.put_slice(piece.filled());
        }
        let read = buffer.filled().len() - before;
        self.activity.intake().add(read);
        Poll::Ready(Ok(()))
    }

    fn refuse(&mut self, problem: Option<&Problem>) {
        let answer = problem.map(|problem| refusal::answer(problem, &*self.ids));
        self.refusal = Some(Refusal {
            answer: answer.unwrap_or_default(),
            ignored: 0,
        });
    }
}

impl Refusal {
    /// Tells the reason, and waits until the client has closed the connection or sent too much.
    fn poll(&mut self, stream: &mut TcpStream, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        while !self.answer.is_empty() {
            let sent = ready!(Pin::new(&mut *stream).poll_write(context, &self.answer))?;
            self.answer.drain(..sent);
            if self.answer.is_empty() {
                ready!(Pin::new(&mut *stream).poll_shutdown(context))?;
            }
        }
        let mut piece = [0; PIECE];
        while self.ignored < MOST_AFTER_REFUSAL {
            let mut piece = ReadBuf::new(&mut piece);
            ready!(Pin::new(&mut *stream).poll_read(context, &mut piece))?;
            if piece.filled().is_empty() {
                break;
            }
            self.ignored += piece.filled().len();
        }
        Poll::Ready(Ok(()))
    }
}

impl AsyncRead for LimitedStream {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let this = &mut *self;
        if this.refusal.is_none() {
            let is_occupied = this.activity.is_occupied();
            match this.activity.intake().allowance(is_occupied, context) {
                Allowance::Bytes(most) => return this.read(context, buffer, most),
                Allowance::Later => return Poll::Pending,
                Allowance::Refused(problem) => this.refuse(problem.as_ref()),
            }
        }
        match &mut this.refusal {
            Some(refusal) => refusal.poll(&mut this.stream, context),
            None => Poll::Ready(Ok(())),
        }
    }
}

impl AsyncWrite for LimitedStream {
    fn poll_write(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        let this = &mut *self;
        if this.refusal.is_some() {
            // Nothing may follow what was said.
            return Poll::Ready(Ok(bytes.len()));
        }
        let written = Pin::new(&mut this.stream).poll_write(context, bytes);
        let taken = match &written {
            Poll::Ready(Ok(taken)) => *taken,
            Poll::Ready(Err(_)) | Poll::Pending => 0,
        };
        this.unsent.update(taken, bytes.len() - taken);
        written
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(context)
    }
}

impl ActixStream for LimitedStream {
    fn poll_read_ready(&self, context: &mut Context<'_>) -> Poll<io::Result<Ready>> {
        ActixStream::poll_read_ready(&self.stream, context)
    }

    fn poll_write_ready(&self, context: &mut Context<'_>) -> Poll<io::Result<Ready>> {
        ActixStream::poll_write_ready(&self.stream, context)
    }
}
