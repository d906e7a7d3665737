//! Reads that may take long: few at a time, so that short ones always find a connection.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tasklane_domain::error::{Overload, StoreError};
use tasklane_domain::id::OwnerId;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::time::timeout;

/// One owner may have this part of the places.
const OWNERS_PART: usize = 4;

/// Places for reads that may take long. Those of one owner have a quarter of them.
pub(crate) struct Lane {
    places: Arc<Semaphore>,
    places_of_one: usize,
    wait: Duration,
    owners: Mutex<HashMap<OwnerId, Arc<Semaphore>>>,
}

/// A place, free again when it is dropped.
pub(crate) struct Place {
    // In this order: an owner without permits is forgotten.
    _shared: OwnedSemaphorePermit,
    _own: OwnedSemaphorePermit,
    _queue: OwnQueue,
}

/// Where the reads of one owner wait for each other.
struct OwnQueue {
    lane: Arc<Lane>,
    owner: OwnerId,
}

impl Lane {
    /// A lane with that many places, at least one. Reads wait for one up to `wait`.
    pub(crate) fn new(places: usize, wait: Duration) -> Arc<Self> {
        let places = places.max(1);
        Arc::new(Self {
            places: Arc::new(Semaphore::new(places)),
            places_of_one: places.div_ceil(OWNERS_PART),
            wait,
            owners: Mutex::default(),
        })
    }

    /// Waits for a place: for the owner's other reads first, then for those of all.
    ///
    /// # Errors
    /// [`StoreError::Busy`] when the owner's other reads take too long, and
    /// [`StoreError::Unavailable`] for an [`Overload`] when those of all do.
    pub(crate) async fn enter(self: &Arc<Self>, owner: OwnerId) -> Result<Place, StoreError> {
        let (queue, own) = self.queue_of(owner);
        let own = timeout(self.wait, own.acquire_owned()).await;
        let Ok(Ok(own)) = own else {
            return Err(StoreError::Busy);
        };
        let shared = timeout(self.wait, Arc::clone(&self.places).acquire_owned()).await;
        let Ok(Ok(shared)) = shared else {
            return Err(StoreError::unavailable(Overload(
                "too many reads take too long",
            )));
        };
        Ok(Place {
            _shared: shared,
            _own: own,
            _queue: queue,
        })
    }

    fn queue_of(self: &Arc<Self>, owner: OwnerId) -> (OwnQueue, Arc<Semaphore>) {
        let queue = OwnQueue {
            lane: Arc::clone(self),
            owner,
        };
        let mut owners = self.owners();
        let places = owners
            .entry(owner)
            .or_insert_with(|| Arc::new(Semaphore::new(self.places_of_one)));
        (queue, Arc::clone(places))
    }

    fn owners(&self) -> MutexGuard<'_, HashMap<OwnerId, Arc<Semaphore>>> {
        self.owners.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for OwnQueue {
    fn drop(&mut self) {
        let mut owners = self.lane.owners();
        let is_empty = |places: &Arc<Semaphore>| Arc::strong_count(places) == 1;
        if owners.get(&self.owner).is_some_and(is_empty) {
            owners.remove(&self.owner);
        }
    }
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;

    fn owner(number: u128) -> OwnerId {
        OwnerId::new(Uuid::from_u128(number))
    }

    async fn enter(lane: &Arc<Lane>, number: u128) -> Result<Place, StoreError> {
        lane.enter(owner(number)).await
    }

    #[tokio::test(start_paused = true)]
    async fn an_owner_has_a_quarter_of_the_places_and_others_have_the_rest() {
        let lane = Lane::new(8, Duration::from_secs(5));
        let mut held = vec![enter(&lane, 1).await.unwrap()];
        held.push(enter(&lane, 1).await.unwrap());
        let refused = enter(&lane, 1).await.err();
        assert!(matches!(refused, Some(StoreError::Busy)), "{refused:?}");
        for number in 2..8 {
            held.push(enter(&lane, number).await.unwrap());
        }
        let refused = enter(&lane, 9).await.err();
        assert!(Overload::caused(&refused.unwrap()));
        held.pop();
        held.push(enter(&lane, 9).await.unwrap());
        drop(held);
        assert!(lane.owners().is_empty(), "nobody is remembered");
    }
}
