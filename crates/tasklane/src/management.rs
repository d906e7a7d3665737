//! The listener for operators: metrics, away from clients.

use std::net::TcpListener;
use std::sync::Arc;

use actix_web::dev::Server;
use actix_web::middleware::from_fn;
use actix_web::{App, HttpResponse, HttpServer, web};
use metrics_exporter_prometheus::PrometheusHandle;
use tasklane_api::middleware::{identify, security_headers, write_problems};
use tasklane_api::operation::{not_found, read_only};
use tasklane_api::state::AppState;

use crate::database::Database;
use crate::metrics::read_store;

/// Where the metrics are.
const PATH: &str = "/metrics";
/// Prometheus' text format, version 0.0.4.
const TEXT_FORMAT: &str = "text/plain; version=0.0.4; charset=utf-8";

/// Starts a server on the listener. It runs while the value is polled.
///
/// # Errors
/// The operating system refuses the listener.
pub fn server(
    listener: TcpListener,
    metrics: PrometheusHandle,
    database: Arc<dyn Database>,
    state: web::Data<AppState>,
) -> std::io::Result<Server> {
    let (metrics, database) = (web::Data::new(metrics), web::Data::from(database));
    let app = move || {
        App::new()
            .app_data(metrics.clone())
            .app_data(database.clone())
            .app_data(state.clone())
            .service(read_only(PATH, get_metrics))
            .default_service(not_found())
            .wrap(from_fn(write_problems))
            .wrap(from_fn(security_headers))
            .wrap(from_fn(identify))
    };
    let server = HttpServer::new(app)
        .workers(1)
        .disable_signals()
        .listen(listener)?;
    Ok(server.run())
}

async fn get_metrics(
    metrics: web::Data<PrometheusHandle>,
    database: web::Data<dyn Database>,
) -> HttpResponse {
    read_store(&**database);
    metrics.run_upkeep();
    HttpResponse::Ok()
        .insert_header(("Content-Type", TEXT_FORMAT))
        .body(metrics.render())
}
