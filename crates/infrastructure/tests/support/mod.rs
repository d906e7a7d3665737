//! What tests of the PostgreSQL store share: a wire between store and server, that can be cut and
//! that counts what goes through, and patience.

#![allow(dead_code, reason = "each test uses a part of it")]
#![allow(
    clippy::panic,
    clippy::unwrap_used,
    reason = "a test says by panicking what is wrong"
)]

use std::net::SocketAddr;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use diesel::dsl::sql;
use diesel::sql_types::Bool;
use diesel_async::{AsyncPgConnection, RunQueryDsl, SimpleAsyncConnection};
use tokio::io::{AsyncReadExt, AsyncWriteExt, copy};
use tokio::net::tcp::{OwnedReadHalf, OwnedWriteHalf};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::{JoinHandle, JoinSet};

/// Forwards connections to a server, until it is cut.
pub(crate) struct Wire {
    address: SocketAddr,
    server: String,
    connections: Arc<Mutex<JoinSet<()>>>,
    listening: Option<JoinHandle<()>>,
    round_trips: Arc<AtomicUsize>,
}

impl Wire {
    /// A wire to the server of a database URL, cut at first.
    pub(crate) async fn to(url: &str) -> Self {
        let rest = url.split_once("://").unwrap().1;
        let authority = rest.split_once('/').unwrap().0;
        let server = authority
            .rsplit_once('@')
            .map_or(authority, |(_, server)| server)
            .to_owned();
        let address = TcpListener::bind("127.0.0.1:0")
            .await
            .unwrap()
            .local_addr()
            .unwrap();
        let (connections, round_trips) = (Arc::default(), Arc::default());
        Self {
            address,
            server,
            connections,
            listening: None,
            round_trips,
        }
    }

    /// The URL through this wire, without encryption.
    pub(crate) fn url(&self, url: &str) -> String {
        let url = url.replacen(&self.server, &self.address.to_string(), 1);
        let separator = if url.contains('?') { '&' } else { '?' };
        format!("{url}{separator}sslmode=disable")
    }

    /// How often the server was asked for something, to be waited for, since the last call.
    pub(crate) fn round_trips(&self) -> usize {
        self.round_trips.swap(0, Ordering::SeqCst)
    }

    pub(crate) async fn mend(&mut self) {
        let listener = TcpListener::bind(self.address).await.unwrap();
        let (connections, server) = (Arc::clone(&self.connections), self.server.clone());
        let round_trips = Arc::clone(&self.round_trips);
        self.listening = Some(tokio::spawn(async move {
            loop {
                let client = listener.accept().await.unwrap().0;
                let server = TcpStream::connect(&server).await.unwrap();
                connections.lock().unwrap().spawn(forward(
                    client,
                    server,
                    Arc::clone(&round_trips),
                ));
            }
        }));
    }

    /// Ends all connections without a word, and takes no new ones.
    pub(crate) async fn cut(&mut self) {
        if let Some(listening) = self.listening.take() {
            listening.abort();
            let _ = listening.await;
        }
        let mut connections = std::mem::take(&mut *self.connections.lock().unwrap());
        connections.shutdown().await;
        // Until the store's runtime has heard of it.
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

async fn forward(client: TcpStream, server: TcpStream, round_trips: Arc<AtomicUsize>) {
    let (from_client, mut to_client) = client.into_split();
    let (mut from_server, to_server) = server.into_split();
    // Whichever side ends first ends both; how is no matter.
    tokio::select! {
        _ = count(from_client, to_server, round_trips) => {}
        _ = copy(&mut from_server, &mut to_client) => {}
    }
}

/// Forwards what a client sends, message by message, and counts the simple queries and the ends of
/// extended ones (Query and Sync).
async fn count(
    mut from: OwnedReadHalf,
    mut to: OwnedWriteHalf,
    round_trips: Arc<AtomicUsize>,
) -> std::io::Result<()> {
    // Only the first message, which begins the session, has no kind.
    let mut kind = None;
    loop {
        let length = from.read_u32().await?;
        let mut body = vec![0; length as usize - 4];
        from.read_exact(&mut body).await?;
        if matches!(kind, Some(b'Q' | b'S')) {
            round_trips.fetch_add(1, Ordering::SeqCst);
        }
        let mut message = Vec::from_iter(kind);
        message.extend(length.to_be_bytes());
        message.extend(body);
        to.write_all(&message).await?;
        kind = Some(from.read_u8().await?);
    }
}

/// Waits until a condition holds, which is asked for on a connection beside the store's.
pub(crate) async fn eventually(beside: &mut AsyncPgConnection, condition: &str) {
    for _ in 0..500 {
        // Otherwise a transaction sees the same activity all the time.
        beside
            .batch_execute("SELECT pg_stat_clear_snapshot()")
            .await
            .unwrap();
        if sql::<Bool>(condition).get_result(beside).await.unwrap() {
            return;
        }
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    panic!("never: {condition}");
}
