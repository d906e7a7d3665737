//! At most three an hour of one kind. Everything is counted in this process alone.

use std::collections::HashMap;
use std::hash::{BuildHasher, Hash, RandomState};
use std::sync::{Mutex, PoisonError};

use crate::clock::Timestamp;

/// How many are admitted within any hour.
const MOST: usize = 3;
const HOUR: i64 = 3_600_000_000;
/// Of how many it is known when they were admitted: some five megabytes.
const MOST_KNOWN: usize = 100_000;
/// How many places those share who come when there is no room for one of their own.
const SHARED_PLACES: u64 = 4096;
/// How long after a search for what may be forgotten there is no other one, in microseconds.
const SWEEP_INTERVAL: i64 = 1_000_000;

/// Who was admitted of late.
#[derive(Default)]
pub(super) struct HourlyLimit {
    known: Mutex<Known>,
    /// Seeded differently in each process, so that nobody can choose whose place to share.
    hasher: RandomState,
}

#[derive(Default)]
struct Known {
    /// By a hash of whose they are: when they were admitted, in microseconds since 1970. Those are
    /// counted that lie within the last hour, so a clock that is set back locks nobody out.
    times: HashMap<u64, [i64; MOST]>,
    swept_at: i64,
}

impl HourlyLimit {
    /// Whether another one is admitted, which then counts.
    pub(super) fn admit(&self, whose: &impl Hash, now: Timestamp) -> bool {
        let hash = self.hasher.hash_one(whose);
        let mut known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        known.admit(hash, now.as_micros())
    }
}

impl Known {
    fn admit(&mut self, hash: u64, now: i64) -> bool {
        let place = self.place(hash, now);
        let times = self.times.entry(place).or_insert([i64::MIN; MOST]);
        let free = times.iter_mut().find(|time| !counts(**time, now));
        free.map(|time| *time = now).is_some()
    }

    /// Where the times of one are kept: in a place of its own while there is room.
    fn place(&mut self, hash: u64, now: i64) -> u64 {
        let has_room = |known: &Self| known.times.len() < MOST_KNOWN;
        if has_room(self) || self.times.contains_key(&hash) {
            return hash;
        }
        if (now - self.swept_at).abs() >= SWEEP_INTERVAL {
            self.swept_at = now;
            self.times
                .retain(|_, times| times.iter().any(|time| counts(*time, now)));
        }
        if has_room(self) {
            hash
        } else {
            hash % SHARED_PLACES
        }
    }
}

fn counts(time: i64, now: i64) -> bool {
    time <= now && now - HOUR < time
}

#[cfg(test)]
mod tests {
    use super::*;

    fn instant(minutes: i64) -> Timestamp {
        Timestamp::from_micros((1_700_000_000 + minutes * 60) * 1_000_000).unwrap()
    }

    #[test]
    fn three_are_admitted_within_any_hour() {
        let limit = HourlyLimit::default();
        let admitted: Vec<_> = (0..130)
            .filter(|minute| limit.admit(&"ada", instant(*minute)))
            .collect();
        assert_eq!(admitted, [0, 1, 2, 60, 61, 62, 120, 121, 122]);
    }

    #[test]
    fn one_does_not_count_against_another() {
        let limit = HourlyLimit::default();
        while limit.admit(&"ada", instant(0)) {}
        assert!(limit.admit(&"bob", instant(0)));
    }

    #[test]
    fn a_clock_that_is_set_back_locks_nobody_out() {
        let limit = HourlyLimit::default();
        while limit.admit(&"ada", instant(1_000)) {}
        let again = (0..10).filter(|_| limit.admit(&"ada", instant(0)));
        assert_eq!(again.count(), 3);
    }

    #[test]
    fn a_crowd_leaves_a_bounded_memory_behind() {
        let limit = HourlyLimit::default();
        for number in 0..150_000 {
            limit.admit(&number, instant(0));
        }
        let known = || limit.known.lock().unwrap().times.len();
        assert!(known() <= MOST_KNOWN + usize::try_from(SHARED_PLACES).unwrap());
        assert!(limit.admit(&"ada", instant(61)));
        assert_eq!(known(), 1, "the others are forgotten");
    }
}
