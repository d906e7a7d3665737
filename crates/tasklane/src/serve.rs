//! `tasklane serve`, from the settings to the end of the process.

use std::io::Write;
use std::net::TcpListener;
use std::ops::Range;
use std::time::Duration;

use actix_web::dev::Server;
use actix_web::web;
use metrics_exporter_prometheus::PrometheusHandle;
use tasklane_api::openapi::Document;
use tasklane_api::routes;
use tasklane_domain::error::with_causes;

use crate::composition::{self, StartError, Store};
use crate::config::{ListenAddress, RegistrationPolicy, Settings, setting};
use crate::shutdown::{Shutdown, StopSignals};
use crate::telemetry::TraceExport;
use crate::{housekeeping, management, metrics, open_files};

/// How long to wait, in seconds, between attempts to migrate a database that cannot be reached.
const MIGRATION_RETRY: Range<f64> = 1.0..3.0;

/// How much longer than a shutdown to wait for a process that serves from the same file.
const LOCK_MARGIN: Duration = Duration::from_secs(1);

/// Serves until told to stop, and exports the last traces then.
///
/// # Errors
/// Something that is needed to begin cannot be obtained.
pub async fn serve(settings: &Settings, traces: Option<TraceExport>) -> Result<(), StartError> {
    let mut signals = StopSignals::listen().map_err(StartError::Server)?;
    let limit = settings.server.drain_delay + settings.server.shutdown_timeout + LOCK_MARGIN;
    let _lock = tokio::select! {
        lock = composition::serve_lock(settings, limit) => lock?,
        () = signals.next() => return Ok(()),
    };
    open_files::raise_limit(settings.server.max_connections);
    let store = Store::open(settings)?;
    let database = store.database();
    let state = composition::build(settings, &store)?.state;
    let api = listen("server.address", &settings.server.address)?;
    let metrics = metrics::install()?;
    metrics::watch(&*database);
    let management = settings.management.address.as_ref();
    let management = management
        .map(|address| listen("management.address", address))
        .transpose()?;
    prepare(settings, store).await?;
    announce(settings, &api, management.as_ref())?;
    for (finding, advice) in composition::mail_gaps(settings) {
        tracing::warn!("{finding}: {advice}");
    }
    let (health, closing) = (state.health.clone(), state.closing.clone());
    let purging = housekeeping::purge_while_used(state.trash.clone(), state.usage.clone());
    actix_web::rt::spawn(purging);
    let state = web::Data::new(state);
    let http = composition::server_settings(settings);
    let document = Document::new(&routes::all(), &http.public_url)?;
    let server = tasklane_api::server::start(&http, document, state.clone(), api);
    let mut servers = vec![server.map_err(StartError::Server)?];
    if let Some(listener) = management {
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

/// A listener on the address that the setting names.
fn listen(key: &str, address: &ListenAddress) -> Result<TcpListener, StartError> {
    let listener = TcpListener::bind((address.host(), address.port()));
    listener.map_err(|source| StartError::Listen {
        setting: setting(key),
        address: address.clone(),
        source,
    })
}

/// Keeps what is counted bounded, since nobody may ever fetch it.
async fn upkeep(metrics: PrometheusHandle) {
    loop {
        tokio::time::sleep(Duration::from_secs(5)).await;
        metrics.run_upkeep();
    }
}

/// Makes the database ready before anything is served. A server that cannot be reached is tried again
/// beside ours, which is not ready until then.
async fn prepare(settings: &Settings, store: Store) -> Result<(), StartError> {
    let preparation = Preparation {
        migrate: settings.database.migrate,
        only_accounts: lets_in_accounts_only(settings),
        store,
    };
    match preparation.attempt().await {
        Ok(()) => {}
        Err(error) if error.is_outage() => {
            tracing::warn!(
                error = with_causes(&error),
                "the database cannot be migrated yet"
            );
            actix_web::rt::spawn(preparation.attempt_until_done(with_causes(&error)));
        }
        Err(error) => return Err(error),
    }
    Ok(())
}

struct Preparation {
    migrate: bool,
    only_accounts: bool,
    store: Store,
}

impl Preparation {
    async fn attempt(&self) -> Result<(), StartError> {
        if self.migrate {
            for name in self.store.migrate().await? {
                tracing::info!(name, "migration applied");
            }
        } else {
            self.store.check().await?;
        }
        // Where it cannot be told, migrations are pending.
        if self.only_accounts && matches!(self.store.has_account().await, Ok(false)) {
            tracing::warn!("{NOBODY_CAN_SIGN_IN}: {MAKE_AN_ACCOUNT}");
        }
        Ok(())
    }

    /// Tries again until it succeeds. What fails in the same way as before is not logged again.
    async fn attempt_until_done(self, mut known: String) {
        loop {
            let pause = rand::random_range(MIGRATION_RETRY);
            tokio::time::sleep(Duration::from_secs_f64(pause)).await;
            let Err(error) = self.attempt().await else {
                return;
            };
            let causes = with_causes(&error);
            if causes != known {
                tracing::warn!(error = causes, "the database cannot be migrated yet");
                known = causes;
            }
        }
    }
}

/// What is wrong where no one can sign in.
pub(crate) const NOBODY_CAN_SIGN_IN: &str =
    "nobody can sign in: there is no account, registration is closed, and no issuer is trusted";
/// What to do about it.
pub(crate) const MAKE_AN_ACCOUNT: &str = "`tasklane user add EMAIL` makes an account";

/// Whether only those who have an account already can sign in.
pub(crate) fn lets_in_accounts_only(settings: &Settings) -> bool {
    settings.auth.registration == RegistrationPolicy::Closed && settings.auth.issuers.is_empty()
}

/// Says where the process listens: on stdout for programs, in the log for people.
fn announce(
    settings: &Settings,
    api: &TcpListener,
    management: Option<&TcpListener>,
) -> Result<(), StartError> {
    let address = api.local_addr().map_err(StartError::Server)?;
    let mut lines = vec![format!("listening on http://{address}\n")];
    if let Some(management) = management {
        let address = management.local_addr().map_err(StartError::Server)?;
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
        "{}",
        pages(&address.to_string(), settings.web.enabled, settings.api.docs)
    );
    Ok(())
}

/// Where people find what.
fn pages(address: &str, with_page: bool, with_docs: bool) -> String {
    let page = if with_page {
        format!("; the task page is at http://{address}/")
    } else {
        String::new()
    };
    let docs = if with_docs {
        format!("; documentation is at http://{address}/docs")
    } else {
        String::new()
    };
    format!("serving on http://{address}{page}{docs}")
}
