//! Bounds of a connection that the HTTP server itself does not keep.

use std::any::Any;
use std::time::Duration;

use actix_web::dev::Extensions;
use actix_web::rt::net::TcpStream;

/// How long a client may leave unread what was sent, once neither side's buffers take any more.
/// Then the connection is cut, so that no answer waits in memory for a client that has stopped
/// reading: the server asks nothing of a body while its connection is blocked, so that no timer of
/// the body's would ever run.
const UNREAD_LIMIT: Duration = Duration::from_secs(20);

/// Sets a new connection up.
pub fn bound(connection: &dyn Any, _: &mut Extensions) {
    let Some(stream) = connection.downcast_ref::<TcpStream>() else {
        return;
    };
    if let Err(error) = limit_unread(stream) {
        tracing::debug!(%error, "a connection goes without a limit on what is unread");
    }
}

/// The user timeout of RFC 5482, which on Linux also ends a connection whose window stays shut.
#[cfg(target_os = "linux")]
fn limit_unread(stream: &TcpStream) -> std::io::Result<()> {
    socket2::SockRef::from(stream).set_tcp_user_timeout(Some(UNREAD_LIMIT))
}

#[cfg(not(target_os = "linux"))]
fn limit_unread(_: &TcpStream) -> std::io::Result<()> {
    Err(std::io::ErrorKind::Unsupported.into())
}

#[cfg(all(test, target_os = "linux"))]
mod tests {
    use tokio::net::TcpListener;

    use super::*;

    #[tokio::test]
    async fn a_connection_is_bounded() {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let _client = TcpStream::connect(address).await.unwrap();
        let (stream, _) = listener.accept().await.unwrap();
        bound(&stream, &mut Extensions::new());
        let limit = socket2::SockRef::from(&stream).tcp_user_timeout().unwrap();
        assert_eq!(limit, Some(UNREAD_LIMIT));
    }
}
