//! An issuer's key server, as good or bad as a test wants it.

use std::net::SocketAddr;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use serde_json::{Value, json};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

#[derive(Clone)]
pub(crate) enum Reply {
    /// 200 with a body.
    Body(String),
    /// Another status, with a header line, and a good key set as its body.
    Status(&'static str, String),
    /// 200 with a body, after a while.
    Slow(Duration, String),
    /// 200, and then a byte now and again.
    Trickle,
    /// A body of that many bytes without a `Content-Length`.
    Endless(usize),
    /// The connection ends.
    HangUp,
}

pub(crate) fn key_set(keys: &[Value]) -> Reply {
    Reply::Body(json!({ "keys": keys }).to_string())
}

pub(crate) struct Stub {
    address: SocketAddr,
    reply: Arc<Mutex<Reply>>,
    requests: Arc<AtomicUsize>,
}

impl Stub {
    pub(crate) async fn serve(reply: Reply) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let stub = Self {
            address: listener.local_addr().unwrap(),
            reply: Arc::new(Mutex::new(reply)),
            requests: Arc::default(),
        };
        let (reply, requests) = (Arc::clone(&stub.reply), Arc::clone(&stub.requests));
        tokio::spawn(async move {
            loop {
                let (stream, _) = listener.accept().await.unwrap();
                let (reply, requests) = (Arc::clone(&reply), Arc::clone(&requests));
                tokio::spawn(answer(stream, reply, requests));
            }
        });
        stub
    }

    pub(crate) fn url(&self, path: &str) -> String {
        format!("http://{}{path}", self.address)
    }

    /// The same place by a name for this machine.
    pub(crate) fn url_at(&self, host: &str, path: &str) -> String {
        format!("http://{host}:{}{path}", self.address.port())
    }

    pub(crate) fn now_replies(&self, reply: Reply) {
        *self.reply.lock().unwrap() = reply;
    }

    pub(crate) fn requests(&self) -> usize {
        self.requests.load(Ordering::SeqCst)
    }
}

/// A client that has gone is no failure of the stub.
async fn answer(mut stream: TcpStream, reply: Arc<Mutex<Reply>>, requests: Arc<AtomicUsize>) {
    let mut request = Vec::new();
    while !request.ends_with(b"\r\n\r\n") {
        match stream.read_u8().await {
            Ok(byte) => request.push(byte),
            Err(_) => return,
        }
    }
    requests.fetch_add(1, Ordering::SeqCst);
    let reply = reply.lock().unwrap().clone();
    let _gone = write(stream, reply).await;
}

async fn write(mut stream: TcpStream, reply: Reply) -> std::io::Result<()> {
    let ok = |body: &str| {
        let length = body.len();
        format!("HTTP/1.1 200 OK\r\ncontent-length: {length}\r\nconnection: close\r\n\r\n{body}")
    };
    match reply {
        Reply::Body(body) => stream.write_all(ok(&body).as_bytes()).await,
        Reply::Slow(pause, body) => {
            tokio::time::sleep(pause).await;
            stream.write_all(ok(&body).as_bytes()).await
        }
        Reply::Status(status, header) => {
            let head = format!("HTTP/1.1 {status}\r\n{header}content-length: 2\r\n\r\n{{}}");
            stream.write_all(head.as_bytes()).await
        }
        Reply::Trickle => {
            stream
                .write_all(b"HTTP/1.1 200 OK\r\nconnection: close\r\n\r\n")
                .await?;
            loop {
                stream.write_all(b" ").await?;
                tokio::time::sleep(Duration::from_millis(20)).await;
            }
        }
        Reply::Endless(length) => {
            stream
                .write_all(b"HTTP/1.1 200 OK\r\nconnection: close\r\n\r\n")
                .await?;
            for _ in 0..length / 1024 {
                stream.write_all(&[b' '; 1024]).await?;
            }
            Ok(())
        }
        Reply::HangUp => Ok(()),
    }
}
