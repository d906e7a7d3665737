//! Bounds of a connection that the HTTP server itself does not keep.

use std::any::Any;
use std::cell::{Cell, OnceCell};
use std::net::Shutdown;
use std::rc::{Rc, Weak};
use std::time::Duration;

use actix_web::dev::Extensions;
use actix_web::rt::net::TcpStream;
use actix_web::rt::task::JoinHandle;
use socket2::{SockRef, Socket};
use tokio::time::Instant;

/// How long a client may leave unread what was sent, once neither side's buffers take any more.
/// Then the connection is cut, so that no answer waits in memory for a client that has stopped
/// reading: the server asks nothing of a body while its connection is blocked, so that no timer of
/// the body's would ever run.
const UNREAD_LIMIT: Duration = Duration::from_secs(20);

/// Sets a new connection up. It is cut when it goes without a request for `idle`, which the server
/// does itself, but only as long as not a byte of the next request has come.
pub fn limit_connection(connection: &dyn Any, data: &mut Extensions, idle: Duration) {
    let Some(stream) = connection.downcast_ref::<TcpStream>() else {
        return;
    };
    if let Err(error) = limit_unread(stream) {
        tracing::debug!(%error, "a connection goes without a limit on what is unread");
    }
    match SockRef::from(stream).try_clone() {
        Ok(socket) => {
            data.insert(Activity::begin(socket, idle));
        }
        Err(error) => tracing::debug!(%error, "a connection goes without a limit on idling"),
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

/// Whether a connection is used, and since when not. It ends with the connection.
#[derive(Debug)]
pub struct Activity {
    socket: Socket,
    requests: Cell<usize>,
    free_since: Cell<Instant>,
    watch: OnceCell<JoinHandle<()>>,
}

/// A request under way on a connection, until it is dropped.
#[derive(Debug)]
pub struct Occupied(Rc<Activity>);

impl Activity {
    fn begin(socket: Socket, idle: Duration) -> Rc<Self> {
        let activity = Rc::new(Self {
            socket,
            requests: Cell::default(),
            free_since: Cell::new(Instant::now()),
            watch: OnceCell::default(),
        });
        let watch = watch(Rc::downgrade(&activity), idle);
        activity.watch.get_or_init(|| actix_web::rt::spawn(watch));
        activity
    }

    /// One more request, until the value is dropped.
    #[must_use]
    pub fn occupy(self: &Rc<Self>) -> Occupied {
        self.requests.set(self.requests.get() + 1);
        Occupied(Rc::clone(self))
    }

    /// How long the connection may stay as it is.
    fn remaining(&self, idle: Duration) -> Duration {
        if self.requests.get() > 0 {
            return idle;
        }
        idle.saturating_sub(self.free_since.get().elapsed())
    }
}

impl Drop for Occupied {
    fn drop(&mut self) {
        self.0.requests.set(self.0.requests.get() - 1);
        self.0.free_since.set(Instant::now());
    }
}

impl Drop for Activity {
    fn drop(&mut self) {
        if let Some(watch) = self.watch.get() {
            watch.abort();
        }
    }
}

/// Cuts a connection that has gone unused for too long.
async fn watch(activity: Weak<Activity>, idle: Duration) {
    while let Some(remaining) = activity.upgrade().map(|it| it.remaining(idle)) {
        if remaining.is_zero() {
            if let Some(activity) = activity.upgrade() {
                // It may have been closed in the meantime.
                let _ = activity.socket.shutdown(Shutdown::Both);
            }
            return;
        }
        tokio::time::sleep(remaining).await;
    }
}

#[cfg(test)]
#[cfg(target_os = "linux")]
mod tests {
    use tokio::io::AsyncReadExt;
    use tokio::net::TcpListener;

    use super::*;

    const IDLE: Duration = Duration::from_millis(300);

    /// Both ends of a connection that was set up, and what is known of it.
    async fn connection() -> (TcpStream, TcpStream, Extensions) {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let client = TcpStream::connect(address).await.unwrap();
        let (stream, _) = listener.accept().await.unwrap();
        let mut data = Extensions::new();
        limit_connection(&stream, &mut data, IDLE);
        (client, stream, data)
    }

    #[actix_web::test]
    async fn what_is_unread_is_bounded() {
        let (_client, stream, _data) = connection().await;
        let limit = SockRef::from(&stream).tcp_user_timeout().unwrap();
        assert_eq!(limit, Some(UNREAD_LIMIT));
    }

    #[actix_web::test]
    async fn a_connection_without_a_request_is_cut_and_one_with_a_request_is_not() {
        let (mut client, _stream, data) = connection().await;
        let occupied = data.get::<Rc<Activity>>().unwrap().occupy();
        let mut byte = [0];
        tokio::time::timeout(IDLE * 3, client.read(&mut byte))
            .await
            .unwrap_err();
        drop(occupied);
        let begin = Instant::now();
        let cut = tokio::time::timeout(Duration::from_secs(10), client.read(&mut byte)).await;
        assert_eq!(cut.unwrap().unwrap(), 0);
        assert!(begin.elapsed() >= IDLE / 2, "{:?}", begin.elapsed());
    }

    #[actix_web::test]
    async fn nothing_of_a_closed_connection_stays() {
        let (mut client, stream, data) = connection().await;
        let weak = Rc::downgrade(data.get::<Rc<Activity>>().unwrap());
        drop((stream, data));
        assert!(weak.upgrade().is_none());
        assert_eq!(client.read(&mut [0]).await.unwrap(), 0);
    }
}
