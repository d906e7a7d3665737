//! Writes of several owners that wait at the same time are loaded, decided and stored together: a
//! transaction costs the server as much as the statements in it.
//!
//! Nothing waits for company. While a group is under way others arrive, and what has arrived by its
//! end is the next one. Nobody is told of a write before it is durable.

use std::num::NonZero;
use std::ops::RangeInclusive;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::available_parallelism;
use std::time::Duration;

use tasklane_domain::error::StoreError;
use tasklane_domain::id::OwnerId;
use tasklane_domain::task::{Write, WriteError, Written};
use tokio::sync::mpsc;
use tokio::time::timeout;

use super::write::{Waiting, carry_out, stopped};
use crate::postgres::connection::connections::Connections;
use crate::postgres::error::PgError;

/// The fewest and the most groups that are under way at once; between these, as many as this process
/// may use cores. Each one more makes all of them smaller, and costs more than it gains when the
/// cores are busy.
const WORKERS: RangeInclusive<usize> = 2..=8;
/// The most writes in one group: no owner's row is to stay locked for long.
const MOST_TOGETHER: usize = 30;
/// The most writes that wait for one worker.
const MOST_WAITING: usize = 1024;

/// Takes writes for its workers.
#[derive(Clone)]
pub(crate) struct GroupCommit {
    workers: Arc<[mpsc::Sender<Queued>]>,
    wait: Duration,
}

struct Queued {
    waiting: Waiting,
    claim: Cancelable,
}

impl GroupCommit {
    /// Begins to take writes. They wait for their turn up to `wait`.
    pub(crate) fn start(connections: &Connections, wait: Duration) -> Self {
        let start_worker = |_| {
            let (sender, queue) = mpsc::channel(MOST_WAITING);
            connections.home().spawn(work(queue, connections.clone()));
            sender
        };
        let cores = available_parallelism().map_or(1, NonZero::get);
        let workers = cores.clamp(*WORKERS.start(), *WORKERS.end());
        Self {
            workers: (0..workers).map(start_worker).collect(),
            wait,
        }
    }

    /// Does a write, and gives what came of it when it is durable.
    pub(crate) async fn write(&self, write: Write) -> Result<Written, WriteError> {
        let worker = self.worker(write.owner);
        let (waiting, mut answer) = Waiting::new(write);
        let claim = Cancelable::default();
        let queued = Queued {
            waiting,
            claim: claim.clone(),
        };
        if worker.try_send(queued).is_err() {
            return Err(too_busy(Duration::ZERO));
        }
        let result = match timeout(self.wait, &mut answer).await {
            Ok(result) => result,
            Err(_) if claim.take() => return Err(too_busy(self.wait)),
            // It is under way, and its end is bounded there.
            Err(_) => answer.await,
        };
        result.unwrap_or_else(|_| Err(stopped()))
    }

    /// Writes that wait for their turn, now.
    pub(crate) fn queued(&self) -> usize {
        let queued = |worker: &mpsc::Sender<_>| worker.max_capacity() - worker.capacity();
        self.workers.iter().map(queued).sum()
    }

    /// An owner's writes always go the same way, so that they do not overtake each other between load
    /// and store.
    fn worker(&self, owner: OwnerId) -> &mpsc::Sender<Queued> {
        let [.., last] = owner.as_uuid().into_bytes();
        &self.workers[usize::from(last) % self.workers.len()]
    }
}

fn too_busy(waited: Duration) -> WriteError {
    StoreError::from(PgError::NoConnection(waited)).into()
}

/// One group after another.
async fn work(mut queue: mpsc::Receiver<Queued>, connections: Connections) {
    let mut group = Vec::with_capacity(MOST_TOGETHER);
    while queue.recv_many(&mut group, MOST_TOGETHER).await > 0 {
        let wanted = group.drain(..).filter_map(Queued::begin);
        let writes: Vec<Waiting> = wanted.collect();
        if !writes.is_empty() {
            carry_out(&connections, writes).await;
        }
    }
}

impl Queued {
    /// The write, if it is still wanted. From then on it is done to its end.
    fn begin(self) -> Option<Waiting> {
        let wanted = self.claim.take() && !self.waiting.is_abandoned();
        wanted.then_some(self.waiting)
    }
}

/// Who decides about a write that waits: the worker that begins it, or the caller who gives up.
#[derive(Clone, Default)]
struct Cancelable(Arc<AtomicBool>);

impl Cancelable {
    /// Whether nobody had taken it.
    fn take(&self) -> bool {
        !self.0.swap(true, Ordering::AcqRel)
    }
}
