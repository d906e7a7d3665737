use std::hash::BuildHasher;
use std::sync::atomic::{AtomicUsize, Ordering};

use governor::nanos::Nanos;
use governor::state::direct::NotKeyed;
use governor::state::keyed::{DashMapStateStore, ShrinkableKeyedStateStore};
use governor::state::{InMemoryState, StateStore};

use super::key::Key;

/// How many numbers those share who come too late for a key of their own.
const SHARED_KEYS: u16 = 4096;

/// The state of every key, for a bounded number of keys.
///
/// While the store is full, who is known keeps a quota of their own. Who is new shares one with
/// those whose hash gives the same of [`SHARED_KEYS`] numbers: nobody is locked out because a crowd
/// came first, and a crowd of made-up keys gets no more than the shared quotas together. The hash is
/// seeded again in each process, so nobody can choose whom to share with.
///
/// There is room for new keys again after [`ShrinkableKeyedStateStore::retain_recent`].
pub(super) struct BoundedStates {
    states: DashMapStateStore<Key>,
    /// How many keys there are. Exact after each sweep; in between it may miss some that were added
    /// during the sweep, at most one a thread.
    count: AtomicUsize,
    most: usize,
}

impl BoundedStates {
    /// A store with room for that many keys, the shared ones aside.
    pub(super) fn new(most: usize) -> Self {
        Self {
            states: DashMapStateStore::default(),
            count: AtomicUsize::new(0),
            most,
        }
    }

    /// What is known of a key, or of those that it shares a state with.
    pub(super) fn get(&self, key: &Key) -> Option<Nanos> {
        let own = self.states.get(key);
        let state = own.or_else(|| self.states.get(&self.admit(key)))?;
        let known = state.measure_and_replace(&NotKeyed::NonKey, Err::<((), Nanos), _>);
        known.err().flatten()
    }

    /// The key under which someone new is counted.
    fn admit(&self, key: &Key) -> Key {
        if self.count.load(Ordering::Relaxed) < self.most {
            return *key;
        }
        let [low, high, ..] = self.states.hasher().hash_one(key).to_le_bytes();
        Key::Shared(u16::from_le_bytes([low, high]) % SHARED_KEYS)
    }
}

impl StateStore for BoundedStates {
    type Key = Key;

    fn measure_and_replace<T, F, E>(&self, key: &Key, measure: F) -> Result<T, E>
    where
        F: Fn(Option<Nanos>) -> Result<(T, Nanos), E>,
    {
        if let Some(state) = self.states.get(key) {
            return state.measure_and_replace(&NotKeyed::NonKey, measure);
        }
        let state = self.states.entry(self.admit(key)).or_insert_with(|| {
            self.count.fetch_add(1, Ordering::Relaxed);
            InMemoryState::default()
        });
        state.measure_and_replace(&NotKeyed::NonKey, measure)
    }
}

impl ShrinkableKeyedStateStore<Key> for BoundedStates {
    fn retain_recent(&self, drop_below: Nanos) {
        ShrinkableKeyedStateStore::retain_recent(&self.states, drop_below);
        self.count.store(self.states.len(), Ordering::Relaxed);
    }

    fn len(&self) -> usize {
        self.states.len()
    }

    fn is_empty(&self) -> bool {
        self.states.is_empty()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn user(number: u128) -> Key {
        Key::User(number.to_be_bytes())
    }

    fn touch(states: &BoundedStates, key: Key) {
        let measured: Result<(), ()> =
            states.measure_and_replace(&key, |_| Ok(((), Nanos::new(10))));
        measured.unwrap();
    }

    #[test]
    fn keys_are_bounded_and_latecomers_share() {
        let states = BoundedStates::new(100);
        for number in 0..100_000 {
            touch(&states, user(number));
        }
        let own = (0..100_000).filter(|number| states.states.contains_key(&user(*number)));
        assert_eq!(own.count(), 100);
        assert_eq!(states.len(), 100 + usize::from(SHARED_KEYS));
    }

    #[test]
    fn who_is_known_keeps_their_own_key_in_a_crowd() {
        let states = BoundedStates::new(1);
        touch(&states, user(1));
        touch(&states, user(2));
        assert_eq!(states.get(&user(1)), Some(Nanos::new(10)));
        assert!(!states.states.contains_key(&user(2)));
        assert_eq!(states.get(&user(2)), Some(Nanos::new(10)), "shared");
    }

    #[test]
    fn a_sweep_makes_room() {
        let states = BoundedStates::new(1);
        touch(&states, user(1));
        states.retain_recent(Nanos::new(9));
        assert_eq!(states.len(), 1);
        states.retain_recent(Nanos::new(10));
        assert!(states.is_empty());
        touch(&states, user(2));
        assert!(states.states.contains_key(&user(2)));
    }
}
