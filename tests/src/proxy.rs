//! A stretch of network between a server and its database, which a test can cut and mend.

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use reqwest::Url;
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;
use tokio::task::JoinHandle;

/// What becomes of connections.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    Open,
    /// Connections are closed, and new ones refused.
    Cut,
    /// Connections stay, and nothing comes through.
    Stalled,
}

/// Forwards TCP connections, until it is cut.
#[derive(Debug)]
pub struct Proxy {
    address: SocketAddr,
    target: Arc<str>,
    state: watch::Sender<State>,
    traffic: Arc<AtomicUsize>,
    accepting: Option<JoinHandle<()>>,
}

impl Proxy {
    /// A way to the host of a database's URL.
    pub async fn towards(url: &str) -> Self {
        let url: Url = url.parse().expect("the database has a URL");
        let host = url.host_str().expect("the database has a host");
        let target = format!("{host}:{}", url.port().unwrap_or(5432)).into();
        let listener = TcpListener::bind("127.0.0.1:0")
            .await
            .expect("there is a free port");
        let address = listener.local_addr().expect("a listener has an address");
        let mut proxy = Self {
            address,
            target,
            state: watch::Sender::new(State::Open),
            traffic: Arc::default(),
            accepting: None,
        };
        proxy.accept(listener);
        proxy
    }

    /// The database's URL by way of the proxy.
    #[must_use]
    pub fn url(&self, database: &str) -> String {
        let mut url: Url = database.parse().expect("the database has a URL");
        url.set_host(Some("127.0.0.1"))
            .expect("the host can be replaced");
        url.set_port(Some(self.address.port()))
            .expect("the port can be replaced");
        url.into()
    }

    /// How many bytes have come through, both ways, connecting included.
    #[must_use]
    pub fn traffic(&self) -> usize {
        self.traffic.load(Ordering::SeqCst)
    }

    /// Ends all connections and refuses new ones, as a database that stopped does.
    pub async fn cut(&mut self) {
        self.state.send_replace(State::Cut);
        if let Some(accepting) = self.accepting.take() {
            accepting.abort();
            // The port is free only once the task is gone.
            let _ = accepting.await;
        }
    }

    /// Lets nothing through and closes nothing, as a database that hangs does.
    pub fn stall(&self) {
        self.state.send_replace(State::Stalled);
    }

    /// Lets everything through again. What was stalled is lost: its connections are closed.
    pub async fn mend(&mut self) {
        self.state.send_replace(State::Open);
        if self.accepting.is_none() {
            let listener = TcpListener::bind(self.address)
                .await
                .expect("the port is free again");
            self.accept(listener);
        }
    }

    fn accept(&mut self, listener: TcpListener) {
        let (target, state) = (Arc::clone(&self.target), self.state.clone());
        let traffic = Arc::clone(&self.traffic);
        self.accepting = Some(tokio::spawn(async move {
            while let Ok((client, _)) = listener.accept().await {
                let (target, traffic) = (Arc::clone(&target), Arc::clone(&traffic));
                tokio::spawn(forward(client, target, state.subscribe(), traffic));
            }
        }));
    }
}

async fn forward(
    mut client: TcpStream,
    target: Arc<str>,
    mut state: watch::Receiver<State>,
    traffic: Arc<AtomicUsize>,
) {
    let through = async {
        if let Ok(mut server) = TcpStream::connect(&*target).await {
            let (from_client, to_client) = client.split();
            let (from_server, to_server) = server.split();
            tokio::select! {
                () = pass_on(from_client, to_server, &traffic) => {}
                () = pass_on(from_server, to_client, &traffic) => {}
            }
        }
    };
    tokio::select! {
        () = through => return,
        _ = state.wait_for(|state| *state != State::Open) => {}
    }
    // Held open without being read, until the network is something else than stalled.
    let _ = state.wait_for(|state| *state != State::Stalled).await;
}

/// Copies until one of the ends is closed.
async fn pass_on(
    mut from: impl AsyncRead + Unpin,
    mut to: impl AsyncWrite + Unpin,
    traffic: &AtomicUsize,
) {
    let mut chunk = vec![0; 16 * 1024];
    while let Ok(length @ 1..) = from.read(&mut chunk).await {
        traffic.fetch_add(length, Ordering::SeqCst);
        if to.write_all(&chunk[..length]).await.is_err() {
            return;
        }
    }
}
