//! Writing tasks: load, let the domain's ledger decide, store what it decided if the owners are still
//! at the version that was loaded. Two round trips, however many write together.

use std::collections::{BTreeMap, HashSet};
use std::sync::Arc;
use std::time::{Duration, Instant};

use futures::future::join;
use tasklane_domain::error::StoreError;
use tasklane_domain::id::OwnerId;
use tasklane_domain::task::{Ledger, Needs, OwnerChanges, Write, WriteError, Written};
use tokio::sync::oneshot;
use uuid::Uuid;

use super::group_commit::GroupCommit;
use super::load::{LoadOwners, Loaded, LoadedRow};
use super::load_needs::LoadNeeds;
use super::locked;
use super::store::StoreOwners;
use crate::postgres::connection::connections::Connections;
use crate::postgres::connection::statement::Prepared;
use crate::postgres::error::PgError;

/// How often a write is tried before it keeps all others from its owner.
const ATTEMPTS: usize = 2;

/// Up to when a refusal is taken for the fault of one write. One that took longer, such as a deadlock
/// does not, says that the server has too much to do.
const PATIENCE: Duration = Duration::from_secs(3);

/// Writes tasks: together with those that wait at the same time, where that can be.
#[derive(Clone)]
pub(crate) struct TaskWriter {
    connections: Connections,
    /// `None` behind a transaction pooler, where statements share nothing.
    groups: Option<GroupCommit>,
}

impl TaskWriter {
    pub(crate) fn start(connections: &Connections) -> Self {
        let groups = connections
            .for_writers()
            .map(|writers| GroupCommit::start(&writers, connections.wait()));
        Self {
            connections: connections.clone(),
            groups,
        }
    }

    /// Writes that wait for their turn, now. `None` where none does.
    pub(crate) fn queued(&self) -> Option<usize> {
        self.groups.as_ref().map(GroupCommit::queued)
    }

    pub(crate) async fn write(&self, write: Write) -> Result<Written, WriteError> {
        if self
            .connections
            .is_distributed()
            .await
            .map_err(StoreError::from)?
        {
            // A statement about several owners would be spread over machines.
            return locked::write(&self.connections, &write).await;
        }
        match &self.groups {
            // What sees much would keep others waiting.
            Some(groups) if !write.needs().are_large() => groups.write(write).await,
            _ => {
                let (waiting, answer) = Waiting::new(write);
                carry_out(&self.connections, vec![waiting]).await;
                answer.await.unwrap_or_else(|_| Err(stopped()))
            }
        }
    }
}

/// A write whose caller waits.
pub(crate) struct Waiting {
    write: Write,
    answer: oneshot::Sender<Result<Written, WriteError>>,
}

/// Where the answer to a write arrives.
pub(crate) type Answer = oneshot::Receiver<Result<Written, WriteError>>;

impl Waiting {
    pub(crate) fn new(write: Write) -> (Self, Answer) {
        let (answer, answered) = oneshot::channel();
        (Self { write, answer }, answered)
    }

    /// Whether the caller has gone.
    pub(crate) fn is_abandoned(&self) -> bool {
        self.answer.is_closed()
    }

    fn end(self, result: Result<Written, WriteError>) {
        // A caller who has gone does not want to know.
        let _ = self.answer.send(result);
    }
}

/// What is told when the runtime that writes was shut down.
pub(crate) fn stopped() -> WriteError {
    StoreError::from(PgError::Stopped).into()
}

/// Does all of these writes and tells their callers.
pub(crate) async fn carry_out(connections: &Connections, mut writes: Vec<Waiting>) {
    for _ in 0..ATTEMPTS {
        writes = attempt(connections, writes).await;
        if writes.is_empty() {
            return;
        }
    }
    for waiting in writes {
        let result = locked::write(connections, &waiting.write).await;
        waiting.end(result);
    }
}

/// Does these writes once, and gives back those that have to go again, since something else was
/// written in between.
async fn attempt(connections: &Connections, writes: Vec<Waiting>) -> Vec<Waiting> {
    let loaded = match load(connections, &writes).await {
        Ok(loaded) => loaded,
        Err(failure) => {
            fail(writes, failure);
            return Vec::new();
        }
    };
    let decided = decide(writes, loaded);
    let is_known = |owner: &Decided| owner.changes.admission.is_none();
    let (known, admitted): (Vec<_>, Vec<_>) = decided.into_iter().partition(is_known);
    let (mut again, others) = join(
        finish::<false>(connections, known),
        finish::<true>(connections, admitted),
    )
    .await;
    again.extend(others);
    again
}

async fn load(connections: &Connections, writes: &[Waiting]) -> Result<Loaded, PgError> {
    if let [Waiting { write, .. }] = writes {
        let needs = write.needs();
        if needs.are_large() {
            return load_large(connections, write.owner, &needs).await;
        }
    }
    let owners = LoadOwners::of(writes.iter().map(|waiting| &waiting.write));
    let rows: Vec<LoadedRow> = connections.query(&Prepared(&owners)).await?;
    Ok(rows.into())
}

async fn load_large(
    connections: &Connections,
    owner: OwnerId,
    needs: &Needs,
) -> Result<Loaded, PgError> {
    let statement = LoadNeeds::new(owner, needs);
    let rows: Vec<LoadedRow> = connections.query(&Prepared(&statement)).await?;
    Ok(rows.into())
}

/// The writes of one owner that come true with what they change, and what they are answered then.
struct Decided {
    changes: OwnerChanges,
    writes: Vec<(Waiting, Result<Written, WriteError>)>,
}

impl Decided {
    fn confirm(self) {
        for (waiting, result) in self.writes {
            waiting.end(result);
        }
    }

    fn into_writes(self) -> impl Iterator<Item = Waiting> {
        self.writes.into_iter().map(|(waiting, _)| waiting)
    }
}

/// Decides each owner's writes one after another. What is answered without anything being written is
/// answered here.
fn decide(writes: Vec<Waiting>, mut loaded: Loaded) -> Vec<Decided> {
    let mut owners: BTreeMap<OwnerId, Vec<Waiting>> = BTreeMap::new();
    for waiting in writes {
        owners.entry(waiting.write.owner).or_default().push(waiting);
    }
    let decided = owners
        .into_iter()
        .filter_map(|(owner, writes)| match loaded.open(owner) {
            Ok(ledger) => decide_for_one(ledger, writes),
            Err(error) => {
                let error = Arc::new(error);
                for waiting in writes {
                    waiting.end(Err(StoreError::corrupt("row", Arc::clone(&error)).into()));
                }
                None
            }
        });
    decided.collect()
}

fn decide_for_one(mut ledger: Ledger, writes: Vec<Waiting>) -> Option<Decided> {
    let before = ledger.state();
    let mut kept = Vec::with_capacity(writes.len());
    for waiting in writes {
        let result = ledger.write(&waiting.write);
        if ledger.state() == before {
            waiting.end(result);
        } else {
            // Even a refusal depends on what was written before it.
            kept.push((waiting, result));
        }
    }
    let changes = ledger.close()?;
    Some(Decided {
        changes,
        writes: kept,
    })
}

/// Stores what was decided, and gives back what has to go again.
async fn finish<const ADMITS: bool>(
    connections: &Connections,
    decided: Vec<Decided>,
) -> Vec<Waiting> {
    if decided.is_empty() {
        return Vec::new();
    }
    let store = StoreOwners::<ADMITS>::new(decided.iter().map(|owner| &owner.changes));
    let begun = Instant::now();
    let stored: Vec<Uuid> = match connections.execute(&Prepared(&store)).await {
        Ok(stored) => stored,
        Err(failure) if failure.is_refusal() && begun.elapsed() < PATIENCE => {
            return settle(connections, decided, failure).await;
        }
        Err(failure) => {
            fail(decided.into_iter().flat_map(Decided::into_writes), failure);
            return Vec::new();
        }
    };
    let won: HashSet<Uuid> = stored.into_iter().collect();
    let is_stored = |owner: &Decided| won.contains(&owner.changes.owner.as_uuid());
    let (stored, overtaken): (Vec<_>, Vec<_>) = decided.into_iter().partition(is_stored);
    let writes = stored.iter().map(|owner| owner.writes.len()).sum();
    connections.observation().committed(writes);
    stored.into_iter().for_each(Decided::confirm);
    overtaken
        .into_iter()
        .flat_map(Decided::into_writes)
        .collect()
}

/// Sees to writes that could not be stored together. A failure that one of them may be the cause of
/// concerns that one alone, so each is done alone.
async fn settle(
    connections: &Connections,
    decided: Vec<Decided>,
    failure: PgError,
) -> Vec<Waiting> {
    let mut writes: Vec<Waiting> = decided.into_iter().flat_map(Decided::into_writes).collect();
    if writes.len() == 1 && failure.is_refused_data() {
        fail(writes, failure);
        return Vec::new();
    }
    if writes.len() > 1 {
        for waiting in writes.drain(..) {
            Box::pin(carry_out(connections, vec![waiting])).await;
        }
    }
    writes
}

fn fail(writes: impl IntoIterator<Item = Waiting>, failure: PgError) {
    let failure = Arc::new(failure);
    for waiting in writes {
        let failure = PgError::Shared(Arc::clone(&failure));
        waiting.end(Err(StoreError::from(failure).into()));
    }
}
