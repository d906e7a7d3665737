//! The HTTP server that clients reach.

use std::future::ready;
use std::net::TcpListener;
use std::rc::Rc;
use std::sync::Arc;
use std::time::Duration;

use actix_http::error::DispatchError;
use actix_http::{HttpService, Response};
use actix_server::ServerBuilder;
use actix_service::{IntoServiceFactory, ServiceFactoryExt, fn_service, map_config};
use actix_web::dev::{AppConfig, Server};
use actix_web::middleware::from_fn;
use actix_web::rt::net::TcpStream;
use actix_web::{App, web};
use ipnet::IpNet;
use utoipa_swagger_ui::{Config, SwaggerUi};

use crate::admission::{ConcurrencyLimit, EventStreams};
use crate::connection::{ConnectionLimits, LimitedStream};
use crate::cors::{CorsOrigin, cors};
use crate::extract::BodyTimeout;
use crate::middleware::{
    StrictTransport, limit_head, observe, occupy, security_headers, shed, write_problems,
};
use crate::openapi::Document;
use crate::operation::{Deadline, not_found};
use crate::public_url::PublicUrl;
use crate::rate_limit::{RateLimitSettings, RateLimits, rate_limit_headers};
use crate::routes;
use crate::seconds::whole_seconds;
use crate::shares::{ShareSettings, Shares};
use crate::state::AppState;
use crate::web_page::{WebPage, WebPageSettings};

/// How long a client may go on sending a body that nobody reads, after the answer.
const DISCONNECT_TIMEOUT: Duration = Duration::from_secs(1);

/// How the server behaves towards clients.
#[derive(Debug, Clone)]
pub struct ServerSettings {
    /// Threads that serve requests, at least 1.
    pub workers: usize,
    /// Connections at once; further ones wait to be accepted.
    pub max_connections: usize,
    /// Requests that are worked on at once; further ones wait for a second and are then 503.
    pub max_in_flight: usize,
    /// Event streams at once; further ones are 503.
    pub max_event_streams: usize,
    /// How long a request may take in all.
    pub request_timeout: Duration,
    /// How long a client may take to send a request's head.
    pub header_timeout: Duration,
    /// How long a client may take to send a body.
    pub body_timeout: Duration,
    /// How long a connection without a request is kept.
    pub keep_alive: Duration,
    /// How long requests under way may take to end when the server stops.
    pub shutdown_timeout: Duration,
    /// The value of `Strict-Transport-Security` (RFC 6797), if it is sent.
    pub hsts: Option<String>,
    /// The networks of proxies whose `X-Forwarded-For` is believed.
    pub trusted_proxies: Vec<IpNet>,
    /// How often clients may call, if that is limited.
    pub rate_limits: Option<RateLimitSettings>,
    /// What one caller may have at a time.
    pub shares: ShareSettings,
    /// Bytes of all answers that clients have not taken; beyond it, those who take least are cut off.
    pub answer_memory: usize,
    /// Where clients reach the server.
    pub public_url: PublicUrl,
    /// Whether the documentation is at `/docs`.
    pub docs: bool,
    /// The origins whose pages may call.
    pub origins: Vec<CorsOrigin>,
    /// The task page at `/`.
    pub page: WebPageSettings,
}

/// Starts a server on the listener. It runs while the value is polled.
///
/// # Errors
/// The operating system refuses the listener.
pub fn start(
    settings: &ServerSettings,
    document: Document,
    state: web::Data<AppState>,
    listener: TcpListener,
) -> std::io::Result<Server> {
    let page = WebPage::new(&settings.page);
    let document = web::Data::new(document);
    let limits = RateLimits::new(settings.rate_limits, settings.trusted_proxies.clone());
    let limits = web::Data::new(limits);
    actix_web::rt::spawn(RateLimits::sweep(limits.clone()));
    let origins = settings.origins.clone();
    let in_flight = web::Data::new(ConcurrencyLimit::new(settings.max_in_flight));
    let streams = web::Data::new(EventStreams::new(settings.max_event_streams));
    let shares = web::Data::new(Shares::new(settings.shares));
    let public_url = settings.public_url.clone();
    let docs = settings.docs;
    let connections = settings.max_connections.div_ceil(settings.workers);
    let body_timeout = BodyTimeout(settings.body_timeout);
    let request_timeout = Deadline(settings.request_timeout);
    let strict_transport = StrictTransport::new(settings.hsts.as_deref());
    let protocol = Protocol::new(settings, &state);
    let app = move || {
        // The last wrapped is the outermost. What is outside of CORS answers nothing itself.
        App::new()
            .app_data(state.clone())
            .app_data(limits.clone())
            .app_data(document.clone())
            .app_data(in_flight.clone())
            .app_data(streams.clone())
            .app_data(shares.clone())
            .app_data(body_timeout)
            .app_data(request_timeout)
            .app_data(strict_transport.clone())
            .app_data(public_url.clone())
            .configure(|config| routes::all().register(config))
            .configure(|config| configure_docs(config, docs, &public_url))
            .configure(|config| page.configure(config))
            .default_service(not_found())
            .wrap(from_fn(shed))
            .wrap(from_fn(limit_head))
            .wrap(from_fn(rate_limit_headers))
            .wrap(cors(&origins))
            .wrap(from_fn(write_problems))
            .wrap(from_fn(security_headers))
            .wrap(from_fn(observe))
            .wrap(from_fn(occupy))
    };
    let builder = ServerBuilder::default();
    let stopping = builder.graceful_shutdown_signal();
    let server = builder
        .workers(settings.workers)
        .max_concurrent_connections(connections)
        .shutdown_timeout(whole_seconds(settings.shutdown_timeout))
        .disable_signals()
        .listen("clients", listener, move || {
            let limits = protocol.limits.clone();
            let stopping = stopping.clone();
            let app = app().into_factory().map_err(Response::from);
            let http = HttpService::build()
                .graceful_shutdown_signal(move || {
                    let stopping = stopping.clone();
                    async move { stopping.notified().await }
                })
                // A client that has hung up waits for nothing: its stream and its turn are free at
                // once.
                .h1_allow_half_closed(false)
                .keep_alive(protocol.keep_alive)
                .client_request_timeout(protocol.header_timeout)
                .client_disconnect_timeout(DISCONNECT_TIMEOUT)
                .on_connect_ext(|stream: &LimitedStream, data| {
                    data.insert(Rc::clone(stream.activity()));
                })
                .h1(map_config(app, |()| AppConfig::default()));
            fn_service(move |stream: TcpStream| {
                let peer = stream.peer_addr().ok();
                ready(limits.limit(stream).map(|stream| (stream, peer)))
            })
            .map_err(DispatchError::Io)
            .and_then(http)
        })?;
    Ok(server.run())
}

/// How connections are served.
#[derive(Clone)]
struct Protocol {
    limits: ConnectionLimits,
    keep_alive: Duration,
    header_timeout: Duration,
}

impl Protocol {
    fn new(settings: &ServerSettings, state: &AppState) -> Self {
        let idle = settings.keep_alive + settings.header_timeout;
        let ids = Arc::clone(&state.ids);
        Self {
            limits: ConnectionLimits::new(idle, settings.answer_memory, ids),
            keep_alive: settings.keep_alive,
            header_timeout: settings.header_timeout,
        }
    }
}

fn configure_docs(config: &mut web::ServiceConfig, served: bool, public_url: &PublicUrl) {
    if served {
        config
            .service(swagger_ui())
            .service(web::redirect("/docs", public_url.link("/docs/")));
    }
}

fn swagger_ui() -> SwaggerUi {
    // Without the header, in which one would name another document: the page may load no other. The
    // document is found from the page, wherever a proxy puts both.
    let config = Config::from("../openapi.json")
        .use_base_layout()
        // A token is kept no longer than the tab.
        .persist_authorization(false)
        .try_it_out_enabled(true)
        .display_request_duration(true);
    SwaggerUi::new("/docs/{_:.*}").config(config)
}
