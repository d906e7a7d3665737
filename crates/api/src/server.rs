//! The HTTP server, from its settings to its end.

use std::io::Write;
use std::net::TcpListener;
use std::ops::Range;
use std::time::Duration;

use actix_web::dev::Server;
use actix_web::middleware::from_fn;
use actix_web::{App, HttpServer, web};
use metrics_exporter_prometheus::PrometheusHandle;
use utoipa_actix_web::service_config::ServiceConfig;
use utoipa_swagger_ui::{Config, SwaggerUi};

use crate::admission::{ConcurrencyLimit, EventStreams};
use crate::config::Settings;
use crate::config::duration::whole_seconds;
use crate::cors::cors;
use crate::extract::BodyTimeout;
use crate::middleware::{
    AllowedMethods, Deadline, StrictTransport, fallback, observe, occupy, security_headers, shed,
    write_problems,
};
use crate::openapi::Document;
use crate::rate_limit::{RateLimits, rate_limit_headers};
use crate::shutdown::{Shutdown, StopSignals};
use crate::state::{AppState, StartError, Store};
use crate::telemetry::TraceExport;
use crate::web_page::WebPage;
use crate::{connection, housekeeping, management, metrics, open_files, routes};

/// How long to wait, in seconds, between attempts to migrate a database that cannot be reached.
const MIGRATION_RETRY: Range<f64> = 1.0..3.0;

/// Serves until told to stop, and exports the last traces then.
///
/// # Errors
/// Something that is needed to begin cannot be had.
pub async fn serve(settings: &Settings, traces: Option<TraceExport>) -> Result<(), StartError> {
    let signals = StopSignals::listen().map_err(StartError::Server)?;
    open_files::raise_limit(settings.server.max_connections);
    let store = Store::open(settings)?;
    let state = AppState::build(settings, store.clone())?;
    let api = management::listen(settings.server.address)?;
    let metrics = metrics::install()?;
    metrics::watch(&store);
    let operators = settings
        .management
        .address
        .map(management::listen)
        .transpose()?;
    migrate(settings, store.clone()).await?;
    announce(settings, &api, operators.as_ref())?;
    let (health, closing) = (state.health.clone(), state.closing.clone());
    let purging = housekeeping::purge_while_used(state.trash.clone(), state.usage.clone());
    actix_web::rt::spawn(purging);
    let state = web::Data::new(state);
    let mut servers = vec![api_server(settings, state.clone(), api)?];
    if let Some(listener) = operators {
        let (metrics, store) = (metrics.clone(), store.clone());
        servers.push(management::server(listener, metrics, store, state)?);
    }
    actix_web::rt::spawn(upkeep(metrics));
    let shutdown = Shutdown {
        health,
        closing,
        servers: servers.iter().map(Server::handle).collect(),
        store,
        traces,
        drain: settings.server.drain_delay,
        limit: settings.server.shutdown_timeout,
    };
    let mut stopped = std::pin::pin!(shutdown.on_signal(signals));
    tokio::select! {
        () = &mut stopped => return Ok(()),
        ended = futures::future::try_join_all(servers) => {
            ended.map_err(StartError::Server)?;
        }
    }
    // They end when they are told to, before the rest is.
    stopped.await;
    Ok(())
}

/// Keeps what is counted bounded, since nobody may ever fetch it.
async fn upkeep(metrics: PrometheusHandle) {
    loop {
        tokio::time::sleep(Duration::from_secs(5)).await;
        metrics.run_upkeep();
    }
}

/// Migrates before anything is served. A database that cannot be reached is tried again beside the
/// server, which is not ready until then.
async fn migrate(settings: &Settings, store: Store) -> Result<(), StartError> {
    if !settings.database.migrate {
        return Ok(());
    }
    match store.migrate().await {
        Ok(applied) => log_migrations(&applied),
        Err(error) if error.is_outage() => {
            tracing::warn!(error = %error, "the database cannot be migrated yet");
            actix_web::rt::spawn(migrate_later(store));
        }
        Err(error) => return Err(error),
    }
    Ok(())
}

async fn migrate_later(store: Store) {
    loop {
        tokio::time::sleep(Duration::from_secs_f64(rand::random_range(MIGRATION_RETRY))).await;
        match store.migrate().await {
            Ok(applied) => return log_migrations(&applied),
            Err(error) => tracing::warn!(error = %error, "the database cannot be migrated yet"),
        }
    }
}

fn log_migrations(applied: &[String]) {
    for name in applied {
        tracing::info!(name, "migration applied");
    }
}

/// Says where the process listens: on stdout for programs, in the log for people.
fn announce(
    settings: &Settings,
    api: &TcpListener,
    operators: Option<&TcpListener>,
) -> Result<(), StartError> {
    let address = api.local_addr().map_err(StartError::Server)?;
    let mut lines = vec![format!("listening on http://{address}\n")];
    if let Some(operators) = operators {
        let address = operators.local_addr().map_err(StartError::Server)?;
        lines.push(format!("management on http://{address}\n"));
    }
    let mut stdout = std::io::stdout().lock();
    // A closed stdout is no reason not to serve.
    let _ = stdout
        .write_all(lines.concat().as_bytes())
        .and_then(|()| stdout.flush());
    tracing::info!(
        version = env!("CARGO_PKG_VERSION"),
        profile = %settings.profile,
        store = settings.database.url.store_name(),
        "serving on http://{address}, documentation on http://{address}/docs"
    );
    Ok(())
}

fn api_server(
    settings: &Settings,
    state: web::Data<AppState>,
    listener: TcpListener,
) -> Result<Server, StartError> {
    let document = Document::build()?;
    let page = WebPage::new(&settings.web);
    let allowed = AllowedMethods::new(document.paths()).with_pages(page.paths());
    let allowed = web::Data::new(allowed);
    let document = web::Data::new(document);
    let limits = web::Data::new(RateLimits::new(settings));
    actix_web::rt::spawn(RateLimits::sweep(limits.clone()));
    let cors_settings = settings.cors.clone();
    let in_flight = web::Data::new(ConcurrencyLimit::new(settings.server.max_in_flight));
    let streams = web::Data::new(EventStreams::new(settings.server.max_event_streams));
    let idle = settings.server.keep_alive + settings.server.header_timeout;
    let connections = settings
        .server
        .max_connections
        .div_ceil(settings.server.workers);
    let body_timeout = BodyTimeout(settings.server.body_timeout);
    let request_timeout = Deadline(settings.server.request_timeout);
    let strict_transport = StrictTransport::new(&settings.server);
    let server = HttpServer::new(move || {
        // The last wrapped is the outermost. What is outside of CORS answers nothing by itself.
        App::new()
            .app_data(state.clone())
            .app_data(limits.clone())
            .app_data(document.clone())
            .app_data(allowed.clone())
            .app_data(in_flight.clone())
            .app_data(streams.clone())
            .app_data(body_timeout)
            .app_data(request_timeout)
            .app_data(strict_transport.clone())
            .configure(|config| routes::configure(&mut ServiceConfig::new(config)))
            .service(swagger_ui())
            .service(web::redirect("/docs", "/docs/"))
            .configure(|config| page.configure(config))
            .default_service(web::to(fallback))
            .wrap(from_fn(shed))
            .wrap(from_fn(rate_limit_headers))
            .wrap(cors(&cors_settings))
            .wrap(from_fn(write_problems))
            .wrap(from_fn(security_headers))
            .wrap(from_fn(observe))
            .wrap(from_fn(occupy))
    })
    .workers(settings.server.workers)
    .max_connections(connections)
    .on_connect(move |connection, data| connection::bound(connection, data, idle))
    // An event goes out when it happens, not when the one before has been acknowledged.
    .tcp_nodelay(true)
    .keep_alive(settings.server.keep_alive)
    .client_request_timeout(settings.server.header_timeout)
    .shutdown_timeout(whole_seconds(settings.server.shutdown_timeout))
    .disable_signals()
    .listen(listener)
    .map_err(StartError::Server)?;
    Ok(server.run())
}

fn swagger_ui() -> SwaggerUi {
    // Without the header, in which one would name another document: the page may load no other.
    let config = Config::from("/openapi.json")
        .use_base_layout()
        .persist_authorization(true)
        .try_it_out_enabled(true)
        .display_request_duration(true);
    SwaggerUi::new("/docs/{_:.*}").config(config)
}
