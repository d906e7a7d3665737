//! How much work may be done for a user.

use std::convert::Infallible;
use std::time::Duration;

use governor::clock::{Clock, MonotonicClock, Reference};
use governor::nanos::Nanos;
use governor::state::StateStore;
use governor::state::keyed::ShrinkableKeyedStateStore;

use super::WorkQuota;
use super::key::Key;
use super::states::BoundedStates;

/// The most users whose work is known: some five megabytes.
const MOST_KEYS: usize = 100_000;

/// Time for each key, by the generic cell rate algorithm. A key that has rested for a window has its
/// whole quota. What work takes is known only afterwards, so the work that goes over the quota is
/// done, and what follows is refused until the window has made up for it.
pub(super) struct WorkPolicy<C: Clock = MonotonicClock> {
    quota: WorkQuota,
    /// When each key has its whole quota again, since `start`.
    whole_at: BoundedStates,
    clock: C,
    start: C::Instant,
}

impl WorkPolicy {
    /// A policy by the machine's monotonic clock.
    pub(super) fn new(quota: WorkQuota) -> Self {
        Self::with_clock(quota, MonotonicClock)
    }
}

impl<C: Clock> WorkPolicy<C> {
    fn with_clock(quota: WorkQuota, clock: C) -> Self {
        Self {
            quota,
            whole_at: BoundedStates::new(MOST_KEYS),
            start: clock.now(),
            clock,
        }
    }

    /// Takes time that was spent from the key's quota.
    pub(super) fn charge(&self, key: &Key, spent: Duration) {
        let now = self.now();
        let cost = self.in_window(spent);
        let charge = |known: Option<Nanos>| -> Result<_, Infallible> {
            let before = known.map_or(now, |known| known.as_u64().max(now));
            Ok(((), Nanos::new(before.saturating_add(cost))))
        };
        let Ok(()) = self.whole_at.measure_and_replace(key, charge);
    }

    /// Makes sure that there is something left of the key's quota.
    ///
    /// # Errors
    /// After how long there will be.
    pub(super) fn check(&self, key: &Key) -> Result<(), Duration> {
        let Some(whole_at) = self.whole_at.get(key) else {
            return Ok(());
        };
        let whole_again = whole_at.as_u64().saturating_sub(self.now());
        match whole_again.saturating_sub(nanos(self.quota.window)) {
            0 => Ok(()),
            excess => Err(Duration::from_nanos(excess)),
        }
    }

    /// Forgets the keys that have their whole quota.
    pub(super) fn sweep(&self) {
        self.whole_at.retain_recent(Nanos::new(self.now()));
    }

    fn now(&self) -> u64 {
        self.clock.now().duration_since(self.start).as_u64()
    }

    /// How long it takes until that much time of the quota is back.
    fn in_window(&self, spent: Duration) -> u64 {
        let (quota, window) = (self.quota.quota, self.quota.window);
        let cost = spent.as_nanos().saturating_mul(window.as_nanos()) / quota.as_nanos().max(1);
        cost.try_into().unwrap_or(u64::MAX)
    }
}

fn nanos(duration: Duration) -> u64 {
    duration.as_nanos().try_into().unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests {
    use governor::clock::FakeRelativeClock;

    use super::*;

    const ADA: Key = Key::User([1; 16]);
    const BOB: Key = Key::User([2; 16]);

    fn policy() -> (WorkPolicy<FakeRelativeClock>, FakeRelativeClock) {
        let clock = FakeRelativeClock::default();
        let quota = WorkQuota {
            quota: Duration::from_secs(20),
            window: Duration::from_mins(1),
        };
        (WorkPolicy::with_clock(quota, clock.clone()), clock)
    }

    #[test]
    fn work_over_the_quota_is_made_up_for_by_waiting() {
        let (policy, clock) = policy();
        assert_eq!(policy.check(&ADA), Ok(()));
        policy.charge(&ADA, Duration::from_secs(20));
        assert_eq!(policy.check(&ADA), Ok(()), "all of it, and no more");
        policy.charge(&ADA, Duration::from_secs(2));
        assert_eq!(policy.check(&ADA), Err(Duration::from_secs(6)));
        assert_eq!(policy.check(&BOB), Ok(()));
        clock.advance(Duration::from_secs(5));
        assert_eq!(policy.check(&ADA), Err(Duration::from_secs(1)));
        clock.advance(Duration::from_secs(1));
        assert_eq!(policy.check(&ADA), Ok(()));
    }

    #[test]
    fn rest_does_not_save_up_more_than_the_quota() {
        let (policy, clock) = policy();
        policy.charge(&ADA, Duration::from_secs(1));
        clock.advance(Duration::from_hours(1));
        policy.charge(&ADA, Duration::from_secs(21));
        assert_eq!(policy.check(&ADA), Err(Duration::from_secs(3)));
    }

    #[test]
    fn users_are_forgotten_once_their_quota_is_whole() {
        let (policy, clock) = policy();
        policy.charge(&ADA, Duration::from_secs(1));
        policy.charge(&BOB, Duration::from_secs(2));
        clock.advance(Duration::from_secs(3));
        policy.sweep();
        assert_eq!(policy.whole_at.len(), 1, "Bob's");
        clock.advance(Duration::from_secs(3));
        policy.sweep();
        assert!(policy.whole_at.is_empty());
    }
}
