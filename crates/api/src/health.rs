//! Whether the server can serve.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use serde::Serialize;
use tasklane_domain::error::{StoreError, with_causes};
use tasklane_domain::port::Readiness;
use utoipa::ToSchema;

use crate::schema;

/// How long a check may take before it counts as failed.
const CHECK_TIMEOUT: Duration = Duration::from_secs(3);

/// What is checked.
#[derive(Clone)]
pub struct Health {
    store: Arc<dyn Readiness>,
    migrated: Arc<AtomicBool>,
    stopping: Arc<AtomicBool>,
    /// Why the store could not be reached last, if it could not.
    outage: Arc<Mutex<Option<String>>>,
}

/// Whether a check passed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum CheckState {
    /// It passed.
    Ok,
    /// It failed.
    Failed,
}

/// The state of the server and of everything that it needs.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[schema(as = Health)]
pub struct HealthReport {
    /// Whether the server can serve.
    status: CheckState,
    /// The server's version.
    #[schema(example = "0.1.0")]
    version: &'static str,
    /// The result of each check.
    checks: Checks,
}

/// The result of each check.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct Checks {
    /// The store answers.
    store: CheckState,
    /// Its schema is the one that this version needs.
    migrations: CheckState,
    /// No shutdown has begun.
    running: CheckState,
}

/// All is well.
#[derive(Debug, Clone, Copy, Serialize, ToSchema)]
pub struct Status {
    /// Always `ok`.
    #[schema(value_type = schema::Ok)]
    status: &'static str,
}

impl Status {
    /// All is well.
    pub const OK: Self = Self { status: "ok" };
}

impl Health {
    /// Checks that store.
    #[must_use]
    pub fn new(store: Arc<dyn Readiness>) -> Self {
        Self {
            store,
            migrated: Arc::default(),
            stopping: Arc::default(),
            outage: Arc::default(),
        }
    }

    /// From now on the server is not ready.
    pub fn begin_shutdown(&self) {
        self.stopping.store(true, Ordering::Release);
    }

    /// Whether it is not ready because it stops.
    #[must_use]
    pub fn is_stopping(&self) -> bool {
        self.stopping.load(Ordering::Acquire)
    }

    /// Runs every check.
    pub async fn report(&self) -> HealthReport {
        let store = self.reach_store().await;
        let migrations = store && self.is_migrated().await;
        let running = !self.is_stopping();
        HealthReport {
            status: CheckState::from(store && migrations && running),
            version: env!("CARGO_PKG_VERSION"),
            checks: Checks {
                store: store.into(),
                migrations: migrations.into(),
                running: running.into(),
            },
        }
    }

    async fn reach_store(&self) -> bool {
        let reached = tokio::time::timeout(CHECK_TIMEOUT, self.store.ping()).await;
        let reached = reached.unwrap_or_else(|_| {
            let silence = format!("no answer within {CHECK_TIMEOUT:?}");
            Err(StoreError::unavailable(silence))
        });
        let cause = reached.err().map(|error| with_causes(&error));
        let is_reached = cause.is_none();
        self.log_outage(cause);
        is_reached
    }

    /// Logs why the store cannot be reached, once for each cause: probes ask again and again.
    fn log_outage(&self, cause: Option<String>) {
        let mut known = self.outage.lock().unwrap_or_else(PoisonError::into_inner);
        match &cause {
            Some(cause) if known.as_ref() != Some(cause) => {
                tracing::warn!(error = cause, "not ready: the store cannot be reached");
            }
            None if known.is_some() => tracing::info!("the store is reached again"),
            _ => {}
        }
        *known = cause;
    }

    /// A schema that was once complete stays so.
    async fn is_migrated(&self) -> bool {
        if self.migrated.load(Ordering::Acquire) {
            return true;
        }
        let pending = tokio::time::timeout(CHECK_TIMEOUT, self.store.pending_migrations()).await;
        let migrated = matches!(pending, Ok(Ok(0)));
        self.migrated.store(migrated, Ordering::Release);
        migrated
    }
}

impl From<bool> for CheckState {
    fn from(passed: bool) -> Self {
        if passed { Self::Ok } else { Self::Failed }
    }
}

impl HealthReport {
    /// Whether every check passed.
    #[must_use]
    pub fn is_ready(&self) -> bool {
        self.status == CheckState::Ok
    }

    /// The first thing that is wrong.
    #[must_use]
    pub fn summary(&self) -> &'static str {
        match &self.checks {
            Checks {
                running: CheckState::Failed,
                ..
            } => "the server is shutting down",
            Checks {
                store: CheckState::Failed,
                ..
            } => "the store cannot be reached",
            Checks {
                migrations: CheckState::Failed,
                ..
            } => "migrations are pending",
            _ => "all is well",
        }
    }
}
