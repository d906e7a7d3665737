//! Sends notifications: many changes in one statement, one statement at a time.

use std::borrow::Cow;
use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use diesel::QueryResult;
use diesel::sql_types::{Array, BigInt, Text};
use tasklane_domain::id::OwnerId;
use tasklane_domain::task::Revision;
use tokio::runtime::Handle;

use super::notifier::{CHANNEL, to_payload};
use crate::postgres::connection::connections::Connections;
use crate::postgres::connection::statement::{Prepared, Statement, Values};

/// How long to wait after a statement before the next: what is announced meanwhile goes together.
const PAUSE: Duration = Duration::from_millis(25);

/// The most owners that wait to be told of. Hints beyond are dropped.
const MOST_WAITING: usize = 10_000;

/// Tells other processes which owners have changed. It works only while there is something to tell.
pub(crate) struct ChangeAnnouncer {
    connections: Connections,
    runtime: Handle,
    outbox: Arc<Mutex<Outbox>>,
}

/// What is to be told: each owner's newest revision.
#[derive(Default)]
struct Outbox {
    waiting: HashMap<OwnerId, Revision>,
    /// Whether a task is at work that will look into it again.
    attended: bool,
}

impl ChangeAnnouncer {
    pub(crate) fn new(connections: Connections, runtime: Handle) -> Self {
        Self {
            connections,
            runtime,
            outbox: Arc::default(),
        }
    }

    /// Leaves it to a task in the background to tell others.
    pub(crate) fn announce(&self, owner: OwnerId, revision: Revision) {
        let mut outbox = lock(&self.outbox);
        outbox.put(owner, revision);
        if !std::mem::replace(&mut outbox.attended, true) {
            let (connections, outbox) = (self.connections.clone(), Arc::clone(&self.outbox));
            self.runtime.spawn(send_all(connections, outbox));
        }
    }
}

impl Outbox {
    fn put(&mut self, owner: OwnerId, revision: Revision) {
        if let Some(newest) = self.waiting.get_mut(&owner) {
            *newest = revision.max(*newest);
        } else if self.waiting.len() < MOST_WAITING {
            self.waiting.insert(owner, revision);
        }
    }

    /// Takes everything out; `None` when there is nothing, and nobody attends to it any more.
    fn take(&mut self) -> Option<HashMap<OwnerId, Revision>> {
        self.attended = !self.waiting.is_empty();
        self.attended.then(|| std::mem::take(&mut self.waiting))
    }
}

fn lock(outbox: &Mutex<Outbox>) -> MutexGuard<'_, Outbox> {
    // Nothing that holds the lock can panic halfway.
    outbox.lock().unwrap_or_else(PoisonError::into_inner)
}

async fn send_all(connections: Connections, outbox: Arc<Mutex<Outbox>>) {
    loop {
        let Some(changes) = lock(&outbox).take() else {
            return;
        };
        let payloads = changes
            .into_iter()
            .map(|(owner, revision)| to_payload(owner, revision))
            .collect();
        let notification = Notify { payloads };
        let sent = connections
            .execute::<_, i64>(&Prepared(&notification))
            .await;
        if let Err(error) = sent {
            tracing::debug!(%error, "other processes were not told of changes");
        }
        tokio::time::sleep(PAUSE).await;
    }
}

struct Notify {
    payloads: Vec<String>,
}

impl Statement for Notify {
    type Columns = BigInt;

    fn sql(&self) -> Cow<'static, str> {
        Cow::Borrowed(include_str!("sql/notify.sql"))
    }

    fn bind<'b>(&'b self, values: &mut Values<'_, 'b>) -> QueryResult<()> {
        values
            .push::<Text>(&CHANNEL)?
            .push::<Array<Text>>(&self.payloads)?;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use tasklane_domain_testkit::builders::revision;
    use tasklane_domain_testkit::random_uuid;

    use super::*;

    #[test]
    fn of_each_owner_the_newest_revision_is_told() {
        let (ada, bob) = (OwnerId::new(random_uuid()), OwnerId::new(random_uuid()));
        let mut outbox = Outbox::default();
        for (owner, number) in [(ada, 1), (bob, 4), (ada, 3), (ada, 2)] {
            outbox.put(owner, revision(number));
        }
        let expected = HashMap::from([(ada, revision(3)), (bob, revision(4))]);
        assert_eq!(outbox.take(), Some(expected));
        assert!(outbox.attended);
        assert_eq!(outbox.take(), None);
        assert!(!outbox.attended);
    }

    #[test]
    fn the_outbox_is_bounded() {
        let mut outbox = Outbox::default();
        let known = OwnerId::new(random_uuid());
        outbox.put(known, revision(1));
        for _ in 0..MOST_WAITING {
            outbox.put(OwnerId::new(random_uuid()), revision(1));
        }
        outbox.put(known, revision(2));
        assert_eq!(outbox.waiting.len(), MOST_WAITING);
        assert_eq!(outbox.waiting[&known], revision(2));
    }
}
