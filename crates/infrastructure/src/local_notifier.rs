//! Notifications within one process: followers of a user are woken when that user's tasks change.

use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use futures::{StreamExt, stream};
use tasklane_domain::id::OwnerId;
use tasklane_domain::port::{ChangeNotifier, NotificationStream};
use tasklane_domain::task::Revision;
use tokio::sync::{Notify, watch};

/// Hints that reach the followers in this process. Clones share their followers.
///
/// An owner has an entry while somebody follows, so that there are never more entries than
/// followers.
#[derive(Debug, Clone, Default)]
pub struct LocalNotifier(Arc<Hub>);

#[derive(Debug, Default)]
struct Hub {
    channels: Mutex<HashMap<OwnerId, Channel>>,
    deserted: Notify,
}

/// What the followers of one owner listen to: the highest revision that was announced.
#[derive(Debug)]
struct Channel {
    revision: watch::Sender<Revision>,
    followers: usize,
}

impl ChangeNotifier for LocalNotifier {
    /// A revision that is not above those that were announced already wakes nobody.
    fn announce(&self, owner: OwnerId, revision: Revision) {
        if let Some(channel) = self.0.channels().get(&owner) {
            channel.revision.send_if_modified(|highest| {
                let higher = revision > *highest;
                *highest = revision.max(*highest);
                higher
            });
        }
    }

    fn subscribe(&self, owner: OwnerId) -> NotificationStream {
        let follower = Follower::of(owner, &self.0);
        let hints = stream::unfold(follower, |mut follower| async move {
            follower.revision.changed().await.ok()?;
            Some(((), follower))
        });
        hints.boxed()
    }
}

impl LocalNotifier {
    /// Wakes everybody: something may have been missed.
    pub(crate) fn wake_all(&self) {
        for channel in self.0.channels().values() {
            channel.revision.send_modify(|_| {});
        }
    }

    /// Whether anybody follows anything.
    pub(crate) fn has_followers(&self) -> bool {
        !self.0.channels().is_empty()
    }

    /// Waits until nobody follows anything.
    pub(crate) async fn deserted(&self) {
        while self.has_followers() {
            self.0.deserted.notified().await;
        }
    }
}

impl Hub {
    fn channels(&self) -> MutexGuard<'_, HashMap<OwnerId, Channel>> {
        // Nothing that holds the lock can panic halfway.
        self.channels.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// One who follows an owner, counted until dropped.
struct Follower {
    owner: OwnerId,
    hub: Arc<Hub>,
    revision: watch::Receiver<Revision>,
}

impl Follower {
    fn of(owner: OwnerId, hub: &Arc<Hub>) -> Self {
        let mut channels = hub.channels();
        let channel = channels.entry(owner).or_insert_with(|| Channel {
            revision: watch::Sender::new(Revision::ZERO),
            followers: 0,
        });
        channel.followers += 1;
        Self {
            owner,
            revision: channel.revision.subscribe(),
            hub: Arc::clone(hub),
        }
    }
}

impl Drop for Follower {
    fn drop(&mut self) {
        let mut channels = self.hub.channels();
        if let Entry::Occupied(mut entry) = channels.entry(self.owner) {
            entry.get_mut().followers -= 1;
            if entry.get().followers == 0 {
                entry.remove();
            }
        }
        if channels.is_empty() {
            self.hub.deserted.notify_one();
        }
    }
}

#[cfg(test)]
mod tests;
