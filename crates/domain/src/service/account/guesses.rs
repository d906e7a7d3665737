//! How many wrong passwords are allowed.
//!
//! Wrong passwords count against the account and the network together, and against the account
//! alone unless the account is known from that network. So a stranger's guesses stay slow however
//! many addresses they come from, and do not keep the owner out where they have signed in before.
//! Everything is counted in this process alone.

use std::collections::HashMap;
use std::hash::{BuildHasher, RandomState};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use crate::clock::Timestamp;
use crate::user::Requester;

/// The most counts that are kept: some five megabytes.
const MOST_COUNTS: usize = 100_000;
/// How many counts those share who come when there is no room for one of their own.
const SHARED_COUNTS: u64 = 4096;
/// How long after a search for counts to forget there is no other one, in microseconds.
const SWEEP_INTERVAL: i64 = 1_000_000;

/// Too many wrong passwords were tried.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("too many wrong passwords")]
pub struct TooManyGuesses {
    /// After how long another password is checked.
    pub retry_after: Duration,
}

/// Which limit on guesses about one account.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
enum Limit {
    FromNetwork,
    EachMinute,
    EachHour,
}

impl Limit {
    /// How many guesses may come at once, and within how long that many are allowed again.
    const fn quota(self) -> (i64, Duration) {
        match self {
            Self::FromNetwork | Self::EachMinute => (20, Duration::from_mins(1)),
            Self::EachHour => (100, Duration::from_hours(1)),
        }
    }

    /// The limit by the generic cell rate algorithm: how far a count may be ahead, and how far each
    /// guess moves it, in microseconds.
    fn window_and_step(self) -> (i64, i64) {
        let (quota, window) = self.quota();
        let window = i64::try_from(window.as_micros()).unwrap_or(i64::MAX);
        (window, window / quota)
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
struct Key {
    limit: Limit,
    /// A hash of what is counted, so that no address is kept.
    whose: u64,
}

/// The wrong passwords of late.
#[derive(Default)]
pub(super) struct GuessLimits {
    counts: Mutex<Counts>,
    /// Seeded differently in each process, so that nobody can choose whose count to share.
    hasher: RandomState,
}

#[derive(Default)]
struct Counts {
    /// When each count is zero again, in microseconds since 1970.
    clear_at: HashMap<Key, i64>,
    swept_at: i64,
}

/// A password that is being checked. It counts as wrong until it is known not to be.
pub(super) struct Guess {
    limits: Arc<GuessLimits>,
    counted: Vec<Key>,
}

impl GuessLimits {
    /// Counts a password that is to be checked. `is_known` says whether the account's user has
    /// signed in from that network of late.
    pub(super) fn count(
        self: &Arc<Self>,
        requester: &Requester,
        is_known: bool,
        now: Timestamp,
    ) -> Result<Guess, TooManyGuesses> {
        let account = self.hasher.hash_one(&requester.account);
        let both = self.hasher.hash_one(requester);
        let all = [
            (Limit::FromNetwork, both),
            (Limit::EachMinute, account),
            (Limit::EachHour, account),
        ];
        let applying = if is_known { &all[..1] } else { &all };
        let mut counts = self.counts();
        let counted: Vec<Key> = applying
            .iter()
            .map(|&(limit, whose)| counts.admit(Key { limit, whose }, now.as_micros()))
            .collect();
        counts.take(&counted, now.as_micros())?;
        drop(counts);
        Ok(Guess {
            limits: Arc::clone(self),
            counted,
        })
    }

    fn counts(&self) -> MutexGuard<'_, Counts> {
        self.counts.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Guess {
    /// The password was right, or was not checked.
    pub(super) fn forgive(self) {
        let mut counts = self.limits.counts();
        for key in &self.counted {
            let (_, step) = key.limit.window_and_step();
            if let Some(clear_at) = counts.clear_at.get_mut(key) {
                *clear_at -= step;
            }
        }
    }
}

impl Counts {
    /// The key under which something is counted: its own while there is room.
    fn admit(&mut self, key: Key, now: i64) -> Key {
        if self.clear_at.len() < MOST_COUNTS || self.clear_at.contains_key(&key) {
            return key;
        }
        if (now - self.swept_at).abs() >= SWEEP_INTERVAL {
            self.swept_at = now;
            self.clear_at.retain(|_, clear_at| *clear_at > now);
        }
        if self.clear_at.len() < MOST_COUNTS {
            return key;
        }
        Key {
            whose: key.whose % SHARED_COUNTS,
            ..key
        }
    }

    /// Counts under every key, or under none.
    fn take(&mut self, keys: &[Key], now: i64) -> Result<(), TooManyGuesses> {
        let moved = |key: &Key, known: Option<&i64>| {
            let (window, step) = key.limit.window_and_step();
            // No count is further ahead than its window, unless the clock was set back. It begins
            // again then, so that nobody is locked out for it.
            let counted = known.copied().filter(|known| *known <= now + window);
            let clear_at = counted.map_or(now, |counted| counted.max(now));
            (clear_at + step, clear_at + step - window - now)
        };
        let excess = keys
            .iter()
            .map(|key| moved(key, self.clear_at.get(key)).1)
            .max();
        if let Some(excess @ 1..) = excess {
            return Err(TooManyGuesses {
                retry_after: Duration::from_micros(excess.unsigned_abs()),
            });
        }
        for key in keys {
            let (clear_at, _) = moved(key, self.clear_at.get(key));
            self.clear_at.insert(*key, clear_at);
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::user::{Client, Email};

    fn instant(seconds: i64) -> Timestamp {
        Timestamp::from_micros((1_700_000_000 + seconds) * 1_000_000).unwrap()
    }

    fn requester(account: &str, address: &str) -> Requester {
        let client = Client {
            address: Some(address.parse().unwrap()),
            ..Client::default()
        };
        Requester::new(&Email::parse(account).unwrap(), client)
    }

    fn address(number: usize) -> String {
        format!("192.0.{}.{}", number / 256, number % 256)
    }

    /// How many of that many wrong passwords, each from another address, are checked.
    fn checked(limits: &Arc<GuessLimits>, guesses: usize, at: Timestamp) -> usize {
        let attempt = |number| {
            let requester = requester("ada@example.com", &address(number));
            limits.count(&requester, false, at).is_ok()
        };
        (0..guesses).filter(|number| attempt(*number)).count()
    }

    #[test]
    fn guesses_from_many_addresses_stay_slow() {
        let limits: Arc<GuessLimits> = Arc::default();
        assert_eq!(checked(&limits, 60, instant(0)), 20);
        assert_eq!(checked(&limits, 60, instant(3)), 1);
        assert_eq!(checked(&limits, 60, instant(60)), 19);
        let in_an_hour: usize = (2..62)
            .map(|minute| checked(&limits, 60, instant(minute * 60)))
            .sum();
        assert!((100..=161).contains(&in_an_hour), "{in_an_hour}");
    }

    #[test]
    fn the_owner_at_a_known_address_is_not_held_up_by_strangers() {
        let limits: Arc<GuessLimits> = Arc::default();
        checked(&limits, 60, instant(0));
        let home = requester("ada@example.com", "203.0.113.1");
        assert!(limits.count(&home, false, instant(0)).is_err());
        assert!(limits.count(&home, true, instant(0)).is_ok());
    }

    #[test]
    fn a_known_address_may_guess_no_faster_than_any_other() {
        let limits: Arc<GuessLimits> = Arc::default();
        let home = requester("ada@example.com", "203.0.113.1");
        let count = || limits.count(&home, true, instant(0));
        assert_eq!((0..60).filter(|_| count().is_ok()).count(), 20);
        let refused = count().err().unwrap();
        assert_eq!(refused.retry_after, Duration::from_secs(3));
    }

    #[test]
    fn a_right_password_counts_against_nobody() {
        let limits: Arc<GuessLimits> = Arc::default();
        for _ in 0..60 {
            let guess = limits.count(&requester("a@b", "192.0.2.1"), false, instant(0));
            guess.unwrap().forgive();
        }
    }

    #[test]
    fn a_check_that_was_given_up_counts_as_wrong() {
        let limits: Arc<GuessLimits> = Arc::default();
        for _ in 0..20 {
            drop(limits.count(&requester("a@b", "192.0.2.1"), false, instant(0)));
        }
        let one_more = limits.count(&requester("a@b", "192.0.2.1"), false, instant(0));
        assert!(one_more.is_err());
    }

    #[test]
    fn accounts_do_not_share_a_limit() {
        let limits: Arc<GuessLimits> = Arc::default();
        checked(&limits, 60, instant(0));
        let bob = requester("bob@example.com", &address(0));
        assert!(limits.count(&bob, false, instant(0)).is_ok());
    }

    #[test]
    fn a_clock_that_is_set_back_locks_nobody_out() {
        let limits: Arc<GuessLimits> = Arc::default();
        checked(&limits, 60, instant(1_000_000));
        let home = requester("ada@example.com", "203.0.113.1");
        assert!(limits.count(&home, false, instant(0)).is_ok());
        assert_eq!(
            checked(&limits, 60, instant(0)),
            19,
            "the limits still hold"
        );
    }

    #[test]
    fn a_crowd_leaves_a_bounded_memory_behind() {
        let limits: Arc<GuessLimits> = Arc::default();
        for number in 0..60_000 {
            let crowd = requester(&format!("a{number}@example.com"), "192.0.2.1");
            drop(limits.count(&crowd, true, instant(0)));
            drop(limits.count(&crowd, false, instant(0)));
        }
        let most = MOST_COUNTS + 3 * usize::try_from(SHARED_COUNTS).unwrap();
        assert!(limits.counts().clear_at.len() <= most);
        let later = requester("ada@example.com", "192.0.2.1");
        drop(limits.count(&later, false, instant(3600)));
        assert_eq!(limits.counts().clear_at.len(), 3, "the old counts are gone");
    }
}
