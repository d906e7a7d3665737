//! A tiny balancer before several servers: a connection goes to the next one that takes it.

use std::net::SocketAddr;
use std::sync::{Arc, Mutex};

use tokio::io::copy_bidirectional;
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinHandle;

use crate::server::Server;

type Backends = Arc<Mutex<Vec<SocketAddr>>>;

/// Forwards connections to servers in turn. One that refuses is passed over.
#[derive(Debug)]
pub struct Switch {
    url: String,
    backends: Backends,
    accepting: JoinHandle<()>,
}

impl Switch {
    /// A switch before these servers.
    pub async fn before(servers: &[&Server]) -> Self {
        let addresses = servers.iter().map(|server| address_of(server)).collect();
        let backends: Backends = Arc::new(Mutex::new(addresses));
        let listener = TcpListener::bind("127.0.0.1:0").await;
        let listener = listener.expect("there is a free port");
        let address = listener.local_addr().expect("a listener has an address");
        Self {
            url: format!("http://{address}"),
            accepting: tokio::spawn(accept(listener, Arc::clone(&backends))),
            backends,
        }
    }

    /// Where it listens.
    #[must_use]
    pub fn url(&self) -> &str {
        &self.url
    }

    /// Puts a server where another one was.
    pub fn replace(&self, place: usize, server: &Server) {
        let mut backends = self.backends.lock().expect("nobody panics with the lock");
        backends[place] = address_of(server);
    }
}

impl Drop for Switch {
    fn drop(&mut self) {
        self.accepting.abort();
    }
}

fn address_of(server: &Server) -> SocketAddr {
    server.address().parse().expect("a server has an address")
}

async fn accept(listener: TcpListener, backends: Backends) {
    for turn in 0.. {
        let Ok((client, _)) = listener.accept().await else {
            return;
        };
        let mut order = backends
            .lock()
            .expect("nobody panics with the lock")
            .clone();
        let first = turn % order.len();
        order.rotate_left(first);
        tokio::spawn(forward(client, order));
    }
}

async fn forward(mut client: TcpStream, backends: Vec<SocketAddr>) {
    for backend in backends {
        if let Ok(mut server) = TcpStream::connect(backend).await {
            let _ = copy_bidirectional(&mut client, &mut server).await;
            return;
        }
    }
}
