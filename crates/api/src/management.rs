//! The listener for operators: metrics, away from clients.

use std::net::{SocketAddr, TcpListener};

use actix_web::dev::Server;
use actix_web::{App, HttpResponse, HttpServer, get, web};
use metrics_exporter_prometheus::PrometheusHandle;

use crate::metrics::read_store;
use crate::state::{StartError, Store};

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
) -> Result<Server, StartError> {
    let (metrics, store) = (web::Data::new(metrics), web::Data::new(store));
    let app = move || {
        App::new()
            .app_data(metrics.clone())
            .app_data(store.clone())
            .service(get_metrics)
    };
    let server = HttpServer::new(app)
        .workers(1)
        .disable_signals()
        .listen(listener)
        .map_err(StartError::Server)?;
    Ok(server.run())
}

#[get("/metrics")]
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
