//! A service of somebody who takes requests that hand something over.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader};
use tokio::net::{TcpListener, TcpStream};

/// How long a request may take to arrive.
const LIMIT: Duration = Duration::from_secs(20);
const LOOK_AGAIN: Duration = Duration::from_millis(10);

/// Answers 204 to every request, and keeps it.
#[derive(Debug)]
pub struct HookServer {
    address: SocketAddr,
    requests: Arc<Mutex<Vec<HookRequest>>>,
}

/// A request as it arrived.
#[derive(Debug, Clone)]
pub struct HookRequest {
    /// The method and what follows it.
    pub line: String,
    /// The headers, in lower case.
    pub headers: BTreeMap<String, String>,
    /// The body.
    pub body: String,
}

impl HookServer {
    /// One that works.
    pub async fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await;
        let listener = listener.expect("there is a free port");
        let server = Self {
            address: listener.local_addr().expect("a listener has an address"),
            requests: Arc::default(),
        };
        let requests = Arc::clone(&server.requests);
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let requests = Arc::clone(&requests);
                tokio::spawn(async move {
                    let mut stream = BufReader::new(stream);
                    while let Some(request) = read(&mut stream).await {
                        requests
                            .lock()
                            .expect("nobody panics with it")
                            .push(request);
                        let answer = b"HTTP/1.1 204 No Content\r\n\r\n";
                        if stream.write_all(answer).await.is_err() {
                            return;
                        }
                    }
                });
            }
        });
        server
    }

    /// Where it takes requests.
    #[must_use]
    pub fn url(&self) -> String {
        format!("http://{}/mail", self.address)
    }

    /// The first request, once it has arrived.
    pub async fn first(&self) -> HookRequest {
        let started = Instant::now();
        loop {
            let requests = self.requests.lock().expect("nobody panics with it").clone();
            if let Some(first) = requests.into_iter().next() {
                return first;
            }
            assert!(started.elapsed() < LIMIT, "no request has come");
            tokio::time::sleep(LOOK_AGAIN).await;
        }
    }
}

/// `None` when the client has gone.
async fn read(stream: &mut BufReader<TcpStream>) -> Option<HookRequest> {
    let line = read_line(stream).await?;
    let mut headers = BTreeMap::new();
    loop {
        let header = read_line(stream).await?;
        let Some((name, value)) = header.split_once(':') else {
            break;
        };
        headers.insert(name.to_lowercase(), value.trim().to_owned());
    }
    let length = headers.get("content-length")?.parse().ok()?;
    let mut body = vec![0; length];
    stream.read_exact(&mut body).await.ok()?;
    let body = String::from_utf8(body).ok()?;
    Some(HookRequest {
        line,
        headers,
        body,
    })
}

async fn read_line(stream: &mut BufReader<TcpStream>) -> Option<String> {
    let mut line = String::new();
    let length = stream.read_line(&mut line).await.ok()?;
    (length > 0).then(|| line.trim_end().to_owned())
}
