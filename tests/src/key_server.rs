//! The place where an issuer publishes its keys.

use std::net::SocketAddr;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use rustls::ServerConfig;
use rustls::crypto::aws_lc_rs;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use serde_json::json;
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::net::TcpListener;
use tokio_rustls::TlsAcceptor;

use crate::certificates::ServerCertificate;
use crate::signing_key::SigningKey;

/// Longer than any test waits.
const FOREVER: Duration = Duration::from_hours(1);

/// Serves a JWK Set (RFC 7517) on a loopback port, or takes connections and says nothing.
#[derive(Debug)]
pub struct KeyServer {
    scheme: &'static str,
    address: SocketAddr,
    /// What it answers; it never answers without one.
    document: Arc<Mutex<Option<String>>>,
    requests: Arc<AtomicUsize>,
}

impl KeyServer {
    /// One that publishes these keys.
    pub async fn publishing(keys: &[&SigningKey]) -> Self {
        Self::start(Some(key_set(keys)), None).await
    }

    /// One that answers with this text, whatever it is.
    pub async fn answering(text: &str) -> Self {
        Self::start(Some(text.to_owned()), None).await
    }

    /// One that publishes these keys over TLS.
    pub async fn certified(keys: &[&SigningKey], certificate: &ServerCertificate) -> Self {
        Self::start(Some(key_set(keys)), Some(acceptor(certificate))).await
    }

    /// One whose machine has died in the middle of something: connections are made, and that is it.
    pub async fn dead() -> Self {
        Self::start(None, None).await
    }

    async fn start(document: Option<String>, tls: Option<TlsAcceptor>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await;
        let listener = listener.expect("there is a free port");
        let server = Self {
            scheme: if tls.is_some() { "https" } else { "http" },
            address: listener.local_addr().expect("a listener has an address"),
            document: Arc::new(Mutex::new(document)),
            requests: Arc::default(),
        };
        let (document, requests) = (Arc::clone(&server.document), Arc::clone(&server.requests));
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                requests.fetch_add(1, Ordering::SeqCst);
                let document = document.lock().expect("nobody panics with it").clone();
                match tls.clone() {
                    None => tokio::spawn(answer(stream, document)),
                    Some(tls) => tokio::spawn(async move {
                        // A client that trusts no such certificate hangs up.
                        if let Ok(stream) = tls.accept(stream).await {
                            answer(stream, document).await;
                        }
                    }),
                };
            }
        });
        server
    }

    /// Where the keys are.
    #[must_use]
    pub fn url(&self) -> String {
        format!("{}://localhost:{}/jwks", self.scheme, self.address.port())
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
async fn answer(mut stream: impl AsyncRead + AsyncWrite + Unpin, document: Option<String>) {
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
    // Over TLS, the end of the connection must be told from its being cut.
    let _ = stream.shutdown().await;
}

/// The server's side of TLS.
pub(crate) fn acceptor(server: &ServerCertificate) -> TlsAcceptor {
    let certificate = CertificateDer::from_pem_slice(server.certificate.as_bytes());
    let key = PrivateKeyDer::from_pem_slice(server.key.as_bytes());
    let provider = Arc::new(aws_lc_rs::default_provider());
    let config = ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .expect("the provider speaks TLS")
        .with_no_client_auth()
        .with_single_cert(
            vec![certificate.expect("a certificate in PEM")],
            key.expect("a key in PEM"),
        );
    TlsAcceptor::from(Arc::new(config.expect("key and certificate fit")))
}
