//! `tasklane serve`, from the settings to the end of the process.

use std::io::Write;
use std::net::{SocketAddr, TcpListener};
use std::ops::Range;
use std::time::Duration;

use actix_web::dev::Server;
use actix_web::web;
use metrics_exporter_prometheus::PrometheusHandle;
use tasklane_api::openapi::Document;

use crate::composition::{self, StartError, Store};
use crate::config::Settings;
use crate::shutdown::{Shutdown, StopSignals};
use crate::telemetry::TraceExport;
use crate::{housekeeping, management, metrics, open_files};

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
    let database = store.database();
    let state = composition::build(settings, &store)?;
    let api = listen(settings.server.address)?;
    let metrics = metrics::install()?;
    metrics::watch(&*database);
    let operators = settings.management.address.map(listen).transpose()?;
    migrate(settings, store).await?;
    announce(settings, &api, operators.as_ref())?;
    let (health, closing) = (state.health.clone(), state.closing.clone());
    let purging = housekeeping::purge_while_used(state.trash.clone(), state.usage.clone());
    actix_web::rt::spawn(purging);
    let state = web::Data::new(state);
    let document = Document::build()?;
    let http = composition::server_settings(settings);
    let server = tasklane_api::server::start(&http, document, state.clone(), api);
    let mut servers = vec![server.map_err(StartError::Server)?];
    if let Some(listener) = operators {
        let server = management::server(listener, metrics.clone(), database.clone(), state);
        servers.push(server.map_err(StartError::Server)?);
    }
    actix_web::rt::spawn(upkeep(metrics));
    let shutdown = Shutdown {
        health,
        closing,
        servers: servers.iter().map(Server::handle).collect(),
        database,
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

fn listen(address: SocketAddr) -> Result<TcpListener, StartError> {
    TcpListener::bind(address).map_err(|source| StartError::Listen { address, source })
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
