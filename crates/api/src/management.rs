//! The listener for operators: metrics, away from clients.

use std::net::{SocketAddr, TcpListener};

use actix_web::dev::Server;
use actix_web::middleware::from_fn;
use actix_web::{App, HttpResponse, HttpServer, route, web};
use metrics_exporter_prometheus::PrometheusHandle;

use crate::metrics::read_store;
use crate::middleware::{AllowedMethods, fallback, identify, security_headers, write_problems};
use crate::state::{AppState, StartError, Store};

/// Where the metrics are.
const PATH: &str = "/metrics";
/// Prometheus' text format, version 0.0.4.
const TEXT_FORMAT: &str = "text/plain; version=0.0.4; charset=utf-8";

/// A listener on that address.
///
/// # Errors
/// The address cannot be listened on.
pub fn listen(address: SocketAddr) -> Result<TcpListener, StartError> {
    TcpListener::bind(address).map_err(|source| StartError::Listen { address, source })
}

/// The server behind it.
///
/// # Errors
/// The listener cannot be used.
pub fn server(
    listener: TcpListener,
    metrics: PrometheusHandle,
    store: Store,
    state: web::Data<AppState>,
) -> Result<Server, StartError> {
    let (metrics, store) = (web::Data::new(metrics), web::Data::new(store));
    let allowed = AllowedMethods::default().with_pages([PATH].into_iter());
    let allowed = web::Data::new(allowed);
    let app = move || {
        App::new()
            .app_data(metrics.clone())
            .app_data(store.clone())
            .app_data(state.clone())
            .app_data(allowed.clone())
            .service(get_metrics)
            .default_service(web::to(fallback))
            .wrap(from_fn(write_problems))
            .wrap(from_fn(security_headers))
            .wrap(from_fn(identify))
    };
    let server = HttpServer::new(app)
        .workers(1)
        .disable_signals()
        .listen(listener)
        .map_err(StartError::Server)?;
    Ok(server.run())
}

#[route("/metrics", method = "GET", method = "HEAD")]
async fn get_metrics(
    metrics: web::Data<PrometheusHandle>,
    store: web::Data<Store>,
) -> HttpResponse {
    read_store(&store);
    metrics.run_upkeep();
    HttpResponse::Ok()
        .insert_header(("Content-Type", TEXT_FORMAT))
        .body(metrics.render())
}
