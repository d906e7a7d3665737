//! HTTP by hand, for what no well-behaved client sends.

use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::time::timeout;

use crate::server::Server;

const LIMIT: Duration = Duration::from_secs(30);

/// A connection to a server.
#[derive(Debug)]
pub struct Socket(TcpStream);

impl Socket {
    /// Connects.
    pub async fn connect(server: &Server) -> Self {
        let stream = TcpStream::connect(server.address())
            .await
            .expect("the server listens");
        Self(stream)
    }

    /// Reads until what was received ends like this.
    pub async fn read_until(&mut self, end: &str) -> String {
        let mut received = Vec::new();
        let mut chunk = [0; 4096];
        while !received.ends_with(end.as_bytes()) {
            let read = timeout(LIMIT, self.0.read(&mut chunk)).await;
            let length = read.expect("the server answers").expect("it is connected");
            assert!(length > 0, "the server closed the connection");
            received.extend(&chunk[..length]);
        }
        String::from_utf8_lossy(&received).into_owned()
    }

    /// Sends bytes; false when the server has closed the connection.
    pub async fn send(&mut self, bytes: &[u8]) -> bool {
        self.0.write_all(bytes).await.is_ok()
    }

    /// Whether the server says something, or closes the connection, within this time.
    pub async fn hears_within(&self, time: Duration) -> bool {
        timeout(time, self.0.readable()).await.is_ok()
    }

    /// Everything that the server sends until it closes the connection, or resets it.
    pub async fn read_to_end(mut self) -> String {
        let mut received = Vec::new();
        let mut chunk = [0; 4096];
        loop {
            let read = timeout(LIMIT, self.0.read(&mut chunk)).await;
            match read.expect("the server answers or closes the connection") {
                Ok(0) | Err(_) => return String::from_utf8_lossy(&received).into_owned(),
                Ok(length) => received.extend(&chunk[..length]),
            }
        }
    }

    /// Sends bytes and nothing more, and gives what the server has to say.
    pub async fn exchange(mut self, bytes: &[u8]) -> String {
        self.send(bytes).await;
        self.read_to_end().await
    }
}

/// The status of a raw answer, `None` when nothing was answered.
#[must_use]
pub fn status_of(answer: &str) -> Option<u16> {
    answer
        .strip_prefix("HTTP/1.1 ")?
        .split(' ')
        .next()?
        .parse()
        .ok()
}
