//! Connections that many readers share: statements follow each other without waiting for answers, so
//! that the server is asked many things with one message.

use std::collections::HashMap;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};
use std::time::{Duration, Instant};

use diesel_async::AsyncPgConnection;
use tokio::runtime::{Handle, Id};
use tokio::time::timeout;

use super::address::Address;
use super::pool::{self, Plans, Session};
use crate::postgres::error::PgError;
use crate::statistics::{Observation, PoolStats};

/// How often an idle connection is looked for.
const INTERVAL: Duration = Duration::from_secs(30);

/// One connection for each runtime that reads, up to a limit. It lives on that
/// runtime, so that an answer reaches its reader without a change of threads: a web server has a
/// runtime for each of its workers.
pub(crate) struct SharedConnections {
    address: Address,
    most: usize,
    wait: Duration,
    places: Mutex<HashMap<Id, Arc<Slot>>>,
    waiting: AtomicUsize,
    observation: Observation,
}

/// Where a runtime keeps its connection.
#[derive(Default)]
struct Slot {
    connection: Mutex<Option<Arc<SharedConnection>>>,
    making: tokio::sync::Mutex<()>,
}

/// A connection in the hands of many.
pub(crate) struct SharedConnection {
    session: Session,
    made_at: Instant,
    used_at: Mutex<Instant>,
    has_answered: AtomicBool,
}

impl SharedConnections {
    /// None is made yet. There will be at most `most`; callers wait for one up to `wait`.
    pub(crate) fn new(
        address: Address,
        most: usize,
        wait: Duration,
        observation: Observation,
    ) -> Self {
        Self {
            address,
            most,
            wait,
            places: Mutex::default(),
            waiting: AtomicUsize::new(0),
            observation,
        }
    }

    /// The connection of this runtime, made when it is missing, dead or old. `None` when
    /// other runtimes have as many as there may be.
    pub(crate) async fn get(&self) -> Result<Option<Arc<SharedConnection>>, PgError> {
        let Some(place) = self.place() else {
            return Ok(None);
        };
        if let Some(connection) = place.usable() {
            return Ok(Some(connection));
        }
        let _waiting = Waiting::begin(&self.waiting);
        let connection = timeout(self.wait, Box::pin(self.make(&place)));
        self.observation
            .wait(connection)
            .await
            .unwrap_or(Err(PgError::NoConnection(self.wait)))
            .map(Some)
    }

    /// Lets nobody else have this connection, and ends it with all that was asked of it.
    pub(crate) fn end(&self, connection: &Arc<SharedConnection>) {
        connection.session.stop();
        if let Some(place) = self.place() {
            place.forget(connection);
        }
    }

    /// A connection counts as used while somebody waits for an answer over it.
    pub(crate) fn stats(&self) -> PoolStats {
        let mut stats = PoolStats {
            waiting: self.waiting.load(Ordering::Relaxed),
            ..PoolStats::default()
        };
        for place in lock(&self.places).values() {
            match lock(&place.connection).as_ref() {
                Some(connection) if connection.is_dead() => {}
                Some(connection) if Arc::strong_count(connection) > 1 => stats.used += 1,
                Some(_) => stats.idle += 1,
                None => {}
            }
        }
        stats
    }

    fn place(&self) -> Option<Arc<Slot>> {
        let runtime = Handle::current().id();
        let mut places = lock(&self.places);
        if let Some(place) = places.get(&runtime) {
            return Some(Arc::clone(place));
        }
        // A runtime that has ended has ended its connection.
        places.retain(|_, place| place.is_in_use() || Arc::strong_count(place) > 1);
        if places.len() >= self.most {
            return None;
        }
        Some(Arc::clone(places.entry(runtime).or_default()))
    }

    async fn make(&self, place: &Arc<Slot>) -> Result<Arc<SharedConnection>, PgError> {
        let _turn = place.making.lock().await;
        if let Some(connection) = place.usable() {
            return Ok(connection);
        }
        let connecting = pool::set_up_session(&self.address, Plans::Auto);
        let session = self
            .address
            .backoff
            .attempt(connecting)
            .await
            .map_err(|error| PgError::Connect(error.into()))?;
        let now = Instant::now();
        let connection = Arc::new(SharedConnection {
            session,
            made_at: now,
            used_at: Mutex::new(now),
            has_answered: AtomicBool::new(false),
        });
        *lock(&place.connection) = Some(Arc::clone(&connection));
        let (place, watched) = (Arc::downgrade(place), Arc::downgrade(&connection));
        tokio::spawn(give_up_when_idle(place, watched));
        Ok(connection)
    }
}

/// A caller that waits, until it is dropped.
struct Waiting<'a>(&'a AtomicUsize);

impl<'a> Waiting<'a> {
    fn begin(waiting: &'a AtomicUsize) -> Self {
        waiting.fetch_add(1, Ordering::Relaxed);
        Self(waiting)
    }
}

impl Drop for Waiting<'_> {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::Relaxed);
    }
}

impl Slot {
    fn usable(&self) -> Option<Arc<SharedConnection>> {
        let kept = lock(&self.connection);
        let connection = kept.as_ref().filter(|connection| connection.is_usable())?;
        *lock(&connection.used_at) = Instant::now();
        Some(Arc::clone(connection))
    }

    /// Whether there is a connection that is not dead.
    fn is_in_use(&self) -> bool {
        let kept = lock(&self.connection);
        kept.as_ref()
            .is_some_and(|connection| !connection.is_dead())
    }

    /// Gives this connection to nobody else, if it is the one that is kept.
    fn forget(&self, connection: &Arc<SharedConnection>) {
        let mut kept = lock(&self.connection);
        if kept
            .as_ref()
            .is_some_and(|kept| Arc::ptr_eq(kept, connection))
        {
            *kept = None;
        }
    }
}

impl SharedConnection {
    /// The connection itself. Statements are sent in the order in which their futures are first
    /// polled.
    pub(crate) fn client(&self) -> &AsyncPgConnection {
        self.session.shared_client()
    }

    /// Notes that it has answered.
    pub(crate) fn note_answer(&self) {
        self.has_answered.store(true, Ordering::Relaxed);
    }

    /// Whether it has answered before, and so may have died since.
    pub(crate) fn has_answered(&self) -> bool {
        self.has_answered.load(Ordering::Relaxed)
    }

    /// Whether the server or its runtime has ended it.
    pub(crate) fn is_dead(&self) -> bool {
        self.session.has_ended()
    }

    fn is_usable(&self) -> bool {
        let unused = lock(&self.used_at).elapsed();
        !self.is_dead() && pool::is_young(unused, self.made_at.elapsed())
    }
}

/// Runs for as long as the connection, so that a process which nobody uses does nothing, and a
/// database behind it can sleep.
async fn give_up_when_idle(place: Weak<Slot>, connection: Weak<SharedConnection>) {
    loop {
        tokio::time::sleep(INTERVAL).await;
        let (Some(place), Some(connection)) = (place.upgrade(), connection.upgrade()) else {
            return;
        };
        if !connection.is_usable() {
            return place.forget(&connection);
        }
    }
}

/// What is guarded is whole at every moment.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
