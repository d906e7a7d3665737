//! What is counted of the store.

use std::sync::Arc;
use std::time::Duration;

use metrics::{Histogram, describe_gauge, describe_histogram, gauge, histogram};
use metrics_exporter_prometheus::{BuildError, Matcher, PrometheusBuilder};
use tasklane_infrastructure::statistics::StoreObserver;

use crate::database::Database;

const CONNECTIONS: &str = "db_client_connection_count";
const PENDING: &str = "db_client_connection_pending_requests";
const WAIT_TIME: &str = "db_client_connection_wait_time_seconds";
const QUEUE_LENGTH: &str = "tasklane_write_queue_length";
const BATCH_SIZE: &str = "tasklane_write_batch_size";

/// In seconds. Mostly nobody waits.
const WAIT_BOUNDS: [f64; 11] = [
    0.000_1, 0.000_5, 0.001, 0.005, 0.01, 0.05, 0.1, 0.5, 1.0, 2.5, 5.0,
];
/// In writes.
const BATCH_BOUNDS: [f64; 9] = [1.0, 2.0, 4.0, 8.0, 16.0, 32.0, 64.0, 128.0, 256.0];

/// Sets the bounds of the histograms.
pub(super) fn set_bounds(builder: PrometheusBuilder) -> Result<PrometheusBuilder, BuildError> {
    builder
        .set_buckets_for_metric(Matcher::Full(WAIT_TIME.to_owned()), &WAIT_BOUNDS)?
        .set_buckets_for_metric(Matcher::Full(BATCH_SIZE.to_owned()), &BATCH_BOUNDS)
}

/// Begins to count what happens in the store.
pub fn watch(store: &dyn Database) {
    describe_gauge!(
        CONNECTIONS,
        "Connections to the database that are open, by state"
    );
    describe_gauge!(PENDING, "Callers that wait for a connection");
    describe_histogram!(WAIT_TIME, "How long callers waited for a connection");
    if store.queued_writes().is_some() {
        describe_gauge!(QUEUE_LENGTH, "Writes that wait to be committed together");
        describe_histogram!(BATCH_SIZE, "Writes that were committed together");
    }
    store.observe(Arc::new(Watch {
        waits: histogram!(WAIT_TIME),
        // Where nothing is committed together nobody shall see an empty histogram of it.
        batches: match store.queued_writes() {
            Some(_) => histogram!(BATCH_SIZE),
            None => Histogram::noop(),
        },
    }));
    read_store(store);
}

/// Reads what is a state rather than an event. To be called when somebody looks.
pub fn read_store(store: &dyn Database) {
    let pool = store.pool_stats();
    gauge!(CONNECTIONS, "state" => "idle").set(whole(pool.idle));
    gauge!(CONNECTIONS, "state" => "used").set(whole(pool.used));
    gauge!(PENDING).set(whole(pool.waiting));
    if let Some(queued) = store.queued_writes() {
        gauge!(QUEUE_LENGTH).set(whole(queued));
    }
}

struct Watch {
    waits: Histogram,
    batches: Histogram,
}

impl StoreObserver for Watch {
    fn waited(&self, took: Duration) {
        self.waits.record(took);
    }

    fn committed(&self, writes: usize) {
        self.batches.record(whole(writes));
    }
}

/// Exact: connections and writes that wait are far fewer than 2^32.
fn whole(number: usize) -> f64 {
    f64::from(u32::try_from(number).unwrap_or(u32::MAX))
}
