//! A collector of traces: OTLP over HTTP, as far as its clients can tell.

use std::fmt::Write;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use opentelemetry_proto::tonic::collector::trace::v1::ExportTraceServiceRequest;
use opentelemetry_proto::tonic::common::v1::{KeyValue, any_value};
use opentelemetry_proto::tonic::resource::v1::Resource;
use opentelemetry_proto::tonic::trace::v1::{Span, span::SpanKind, status::StatusCode};
use prost::Message;
use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader};
use tokio::net::{TcpListener, TcpStream};

/// How long a span may take to arrive.
const LIMIT: Duration = Duration::from_secs(20);
const LOOK_AGAIN: Duration = Duration::from_millis(10);
/// Longer than any test waits.
const FOREVER: Duration = Duration::from_hours(1);

const ACCEPTED: &str = "HTTP/1.1 200 OK\r\ncontent-type: application/x-protobuf\r\n\
                        content-length: 0\r\n\r\n";
const REFUSED: &str = "HTTP/1.1 400 Bad Request\r\ncontent-length: 0\r\n\r\n";

/// Keeps the spans that are exported to it.
#[derive(Debug)]
pub struct Collector {
    address: SocketAddr,
    spans: Arc<Mutex<Vec<ExportedSpan>>>,
}

/// A span as it arrived.
#[derive(Debug, Clone)]
pub struct ExportedSpan {
    span: Span,
    resource: Resource,
    /// The head of the request that brought it, in lower case.
    head: String,
}

impl Collector {
    /// One that works.
    pub async fn start() -> Self {
        let (collector, listener) = Self::listen().await;
        let spans = Arc::clone(&collector.spans);
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                tokio::spawn(serve(stream, Arc::clone(&spans)));
            }
        });
        collector
    }

    /// One that takes connections, and says nothing.
    pub async fn silent() -> Self {
        let (collector, listener) = Self::listen().await;
        tokio::spawn(async move {
            let mut connections = Vec::new();
            while let Ok((stream, _)) = listener.accept().await {
                connections.push(stream);
            }
            tokio::time::sleep(FOREVER).await;
        });
        collector
    }

    /// One that is not there any more.
    pub async fn gone() -> Self {
        Self::listen().await.0
    }

    async fn listen() -> (Self, TcpListener) {
        let listener = TcpListener::bind("127.0.0.1:0").await;
        let listener = listener.expect("there is a free port");
        let collector = Self {
            address: listener.local_addr().expect("a listener has an address"),
            spans: Arc::default(),
        };
        (collector, listener)
    }

    /// Where it listens.
    #[must_use]
    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// What has arrived.
    #[must_use]
    pub fn spans(&self) -> Vec<ExportedSpan> {
        self.spans.lock().expect("nobody panics with it").clone()
    }

    /// The span of this name in a trace, once it has arrived.
    pub async fn span(&self, trace: &str, name: &str) -> ExportedSpan {
        let started = Instant::now();
        loop {
            let spans = self.spans();
            let found = spans
                .iter()
                .find(|span| span.trace() == trace && span.name() == name);
            if let Some(span) = found {
                return span.clone();
            }
            let names: Vec<_> = spans
                .iter()
                .map(|span| (span.trace(), span.name()))
                .collect();
            assert!(started.elapsed() < LIMIT, "no {name} of {trace}: {names:?}");
            tokio::time::sleep(LOOK_AGAIN).await;
        }
    }
}

impl ExportedSpan {
    /// The trace's id, in hexadecimal digits.
    #[must_use]
    pub fn trace(&self) -> String {
        hexadecimal(&self.span.trace_id)
    }

    /// The span's own id, in hexadecimal digits.
    #[must_use]
    pub fn id(&self) -> String {
        hexadecimal(&self.span.span_id)
    }

    /// The id of the span that it is part of; empty when it is the first one.
    #[must_use]
    pub fn parent(&self) -> String {
        hexadecimal(&self.span.parent_span_id)
    }

    /// Its name.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.span.name
    }

    /// Whether it is how a server saw a request.
    #[must_use]
    pub fn is_of_server(&self) -> bool {
        self.span.kind() == SpanKind::Server
    }

    /// Whether it failed.
    #[must_use]
    pub fn has_failed(&self) -> bool {
        let status = self.span.status.as_ref();
        status.is_some_and(|status| status.code() == StatusCode::Error)
    }

    /// How long it took.
    #[must_use]
    pub fn duration(&self) -> Duration {
        let (start, end) = (self.span.start_time_unix_nano, self.span.end_time_unix_nano);
        Duration::from_nanos(end.checked_sub(start).expect("it ends after it begins"))
    }

    /// The caller's vendors' data, which goes along.
    #[must_use]
    pub fn state(&self) -> &str {
        &self.span.trace_state
    }

    /// An attribute; a number as its digits.
    #[must_use]
    pub fn attribute(&self, key: &str) -> Option<String> {
        find(&self.span.attributes, key)
    }

    /// An attribute of the service that it comes from.
    #[must_use]
    pub fn of_service(&self, key: &str) -> Option<String> {
        find(&self.resource.attributes, key)
    }

    /// Whether it came with this header, in lower case.
    #[must_use]
    pub fn came_with(&self, header: &str) -> bool {
        self.head.contains(&format!("\r\n{header}\r\n"))
    }
}

fn find(attributes: &[KeyValue], key: &str) -> Option<String> {
    let mut values = attributes
        .iter()
        .filter(|attribute| attribute.key == key)
        .map(|attribute| attribute.value.clone().and_then(|value| value.value));
    let value = values.next()??;
    assert!(
        values.next().is_none(),
        "{key} is duplicated: {attributes:?}"
    );
    match value {
        any_value::Value::StringValue(text) => Some(text),
        any_value::Value::IntValue(number) => Some(number.to_string()),
        other => panic!("{key}: {other:?}"),
    }
}

fn hexadecimal(bytes: &[u8]) -> String {
    bytes.iter().fold(String::new(), |mut digits, byte| {
        let _ = write!(digits, "{byte:02x}");
        digits
    })
}

/// Answers one connection until its client goes.
async fn serve(stream: TcpStream, spans: Arc<Mutex<Vec<ExportedSpan>>>) {
    let mut stream = BufReader::new(stream);
    while let Some((head, body)) = read_request(&mut stream).await {
        let is_export = head.starts_with("post /v1/traces http/1.1\r\n")
            && head.contains("\r\ncontent-type: application/x-protobuf\r\n");
        let export = ExportTraceServiceRequest::decode(body.as_slice()).ok();
        let answer = match export.filter(|_| is_export) {
            Some(export) => {
                let mut spans = spans.lock().expect("nobody panics with it");
                spans.extend(spans_of(export, &head));
                ACCEPTED
            }
            None => REFUSED,
        };
        if stream.write_all(answer.as_bytes()).await.is_err() {
            return;
        }
    }
}

/// The head in lower case, and the body.
async fn read_request(stream: &mut BufReader<TcpStream>) -> Option<(String, Vec<u8>)> {
    let mut head = String::new();
    while !head.ends_with("\r\n\r\n") {
        if stream.read_line(&mut head).await.ok()? == 0 {
            return None;
        }
    }
    let head = head.to_lowercase();
    let (_, length) = head.split_once("\r\ncontent-length: ")?;
    let (length, _) = length.split_once("\r\n")?;
    let mut body = vec![0; length.parse().ok()?];
    stream.read_exact(&mut body).await.ok()?;
    Some((head, body))
}

fn spans_of(export: ExportTraceServiceRequest, head: &str) -> impl Iterator<Item = ExportedSpan> {
    export
        .resource_spans
        .into_iter()
        .flat_map(move |of_resource| {
            let resource = of_resource.resource.unwrap_or_default();
            let spans = of_resource.scope_spans.into_iter();
            spans
                .flat_map(|scope| scope.spans)
                .map(move |span| ExportedSpan {
                    span,
                    resource: resource.clone(),
                    head: head.to_owned(),
                })
        })
}
