//! The place where an issuer publishes its keys.

use std::net::SocketAddr;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use serde_json::json;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

use crate::signing_key::SigningKey;

/// Longer than any test waits.
const FOREVER: Duration = Duration::from_hours(1);

/// Serves a JWK Set (RFC 7517) on a loopback port, or takes connections and says nothing.
#[derive(Debug)]
pub struct KeyServer {
    address: SocketAddr,
    /// What it answers; nothing, ever, when there is none.
    document: Arc<Mutex<Option<String>>>,
    requests: Arc<AtomicUsize>,
}

impl KeyServer {
    /// One that publishes these keys.
    pub async fn publishing(keys: &[&SigningKey]) -> Self {
        Self::start(Some(key_set(keys))).await
    }

    /// One whose machine has died in the middle of something: connections are made, and that is it.
    pub async fn dead() -> Self {
        Self::start(None).await
    }

    async fn start(document: Option<String>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await;
        let listener = listener.expect("there is a free port");
        let server = Self {
            address: listener.local_addr().expect("a listener has an address"),
            document: Arc::new(Mutex::new(document)),
            requests: Arc::default(),
        };
        let (document, requests) = (Arc::clone(&server.document), Arc::clone(&server.requests));
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                requests.fetch_add(1, Ordering::SeqCst);
                let document = document.lock().expect("nobody panics with it").clone();
                tokio::spawn(answer(stream, document));
            }
        });
        server
    }

    /// Where the keys are.
    #[must_use]
    pub fn url(&self) -> String {
        format!("http://{}/jwks", self.address)
    }

    /// How often it was asked.
    #[must_use]
    pub fn requests(&self) -> usize {
        self.requests.load(Ordering::SeqCst)
    }
}

fn key_set(keys: &[&SigningKey]) -> String {
    let keys: Vec<_> = keys.iter().map(|key| key.jwk()).collect();
    json!({ "keys": keys }).to_string()
}

/// A client that has gone is no failure.
async fn answer(mut stream: TcpStream, document: Option<String>) {
    let Some(document) = document else {
        tokio::time::sleep(FOREVER).await;
        return;
    };
    let mut request = Vec::new();
    while !request.ends_with(b"\r\n\r\n") {
        match stream.read_u8().await {
            Ok(byte) => request.push(byte),
            Err(_) => return,
        }
    }
    let length = document.len();
    let head = format!("HTTP/1.1 200 OK\r\ncontent-length: {length}\r\nconnection: close\r\n\r\n");
    let _ = stream.write_all((head + &document).as_bytes()).await;
}
