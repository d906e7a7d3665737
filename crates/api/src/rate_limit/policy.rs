use std::num::NonZeroU32;
use std::time::Duration;

use governor::clock::{Clock, MonotonicClock};
use governor::middleware::StateInformationMiddleware;
use governor::{Quota, RateLimiter};

use super::RateQuota;
use super::key::Key;
use super::policy_name::PolicyName;
use super::states::BoundedStates;
use crate::seconds::whole_seconds;

/// The most keys of a policy: some five megabytes.
const MOST_KEYS: usize = 100_000;

/// How a request left the quota that it was counted against.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct QuotaState {
    /// Whose quota.
    pub(super) policy: PolicyName,
    /// How large it is.
    pub(super) quota: RateQuota,
    /// Whether the request is let through.
    pub(super) allowed: bool,
    /// Requests that are let through at once from now on.
    pub(super) remaining: u32,
    /// Whole seconds after which there is at least one more: exact for a request that is refused,
    /// else the most that it can take.
    pub(super) reset: u64,
}

/// A quota for each key, by the generic cell rate algorithm: a key that has rested for a whole
/// window may send its quota at once, and gets one request back every `window / quota`.
pub(super) struct Policy<C: Clock = MonotonicClock> {
    name: PolicyName,
    limiter: RateLimiter<Key, BoundedStates, C, StateInformationMiddleware>,
    interval: u64,
    quota: RateQuota,
}

impl Policy {
    /// A policy by the machine's monotonic clock.
    pub(super) fn new(name: PolicyName, settings: RateQuota) -> Self {
        Self::with_clock(name, settings, MOST_KEYS, MonotonicClock)
    }
}

impl<C: Clock> Policy<C> {
    fn with_clock(name: PolicyName, settings: RateQuota, most_keys: usize, clock: C) -> Self {
        let quota = quota(settings);
        Self {
            name,
            limiter: RateLimiter::new(quota, BoundedStates::new(most_keys), clock),
            interval: whole_seconds(quota.replenish_interval()),
            quota: settings,
        }
    }

    /// Counts a request.
    pub(super) fn check(&self, key: &Key) -> QuotaState {
        let (allowed, remaining, reset) = match self.limiter.check_key(key) {
            Ok(state) => (true, state.remaining_burst_capacity(), self.interval),
            Err(refusal) => {
                let wait = refusal.wait_time_from(self.limiter.clock().now());
                (false, 0, whole_seconds(wait))
            }
        };
        QuotaState {
            policy: self.name,
            quota: self.quota,
            allowed,
            remaining,
            reset,
        }
    }

    /// Forgets the keys whose quota has been whole for as long as one request takes to come back.
    pub(super) fn sweep(&self) {
        self.limiter.retain_recent();
    }
}

fn quota(settings: RateQuota) -> Quota {
    let burst = NonZeroU32::new(settings.quota).unwrap_or(NonZeroU32::MIN);
    let interval = (settings.window / burst.get()).max(Duration::from_nanos(1));
    Quota::with_period(interval)
        .unwrap_or(Quota::per_minute(burst))
        .allow_burst(burst)
}

#[cfg(test)]
mod tests {
    use governor::clock::FakeRelativeClock;

    use super::*;

    const ADA: Key = Key::User([1; 16]);
    const BOB: Key = Key::User([2; 16]);

    fn policy(quota: u32, window: Duration) -> (Policy<FakeRelativeClock>, FakeRelativeClock) {
        let clock = FakeRelativeClock::default();
        let settings = RateQuota { quota, window };
        let policy = Policy::with_clock(PolicyName::Api, settings, 1000, clock.clone());
        (policy, clock)
    }

    #[test]
    fn the_request_over_the_quota_is_refused_and_the_quota_recovers() {
        let (policy, clock) = policy(600, Duration::from_mins(1));
        for left in (0..600).rev() {
            let quota_state = policy.check(&ADA);
            assert!(quota_state.allowed);
            assert_eq!((quota_state.remaining, quota_state.reset), (left, 1));
        }
        let refused = policy.check(&ADA);
        assert!(!refused.allowed);
        assert_eq!((refused.remaining, refused.reset), (0, 1));

        clock.advance(Duration::from_millis(99));
        assert!(!policy.check(&ADA).allowed);
        clock.advance(Duration::from_millis(1));
        assert!(policy.check(&ADA).allowed);
        assert!(!policy.check(&ADA).allowed);

        clock.advance(Duration::from_mins(1));
        assert_eq!(policy.check(&ADA).remaining, 599);
    }

    #[test]
    fn keys_do_not_share_a_quota() {
        let (policy, _) = policy(1, Duration::from_mins(1));
        assert!(policy.check(&ADA).allowed);
        assert!(!policy.check(&ADA).allowed);
        assert!(policy.check(&BOB).allowed);
    }

    #[test]
    fn a_refusal_says_how_long_to_wait_and_no_less() {
        let (policy, clock) = policy(2, Duration::from_secs(5));
        assert_eq!(policy.check(&ADA).reset, 3);
        clock.advance(Duration::from_millis(100));
        policy.check(&ADA);
        clock.advance(Duration::from_millis(100));
        assert_eq!(policy.check(&ADA).reset, 3, "2.3 s are left");
        clock.advance(Duration::from_millis(400));
        assert_eq!(policy.check(&ADA).reset, 2, "1.9 s are left");
        clock.advance(Duration::from_secs(2));
        assert!(policy.check(&ADA).allowed);
    }

    #[test]
    fn a_refused_request_takes_nothing() {
        let (policy, clock) = policy(1, Duration::from_secs(10));
        policy.check(&ADA);
        for _ in 0..100 {
            assert!(!policy.check(&ADA).allowed);
        }
        clock.advance(Duration::from_secs(10));
        assert!(policy.check(&ADA).allowed);
    }

    #[test]
    fn keys_are_forgotten_once_their_quota_is_whole() {
        let (policy, clock) = policy(10, Duration::from_secs(10));
        clock.advance(Duration::from_mins(1));
        policy.check(&ADA);
        policy.check(&ADA);
        policy.check(&BOB);
        clock.advance(Duration::from_secs(2));
        policy.sweep();
        assert_eq!(policy.limiter.len(), 1, "Ada sent one more than Bob");
        clock.advance(Duration::from_secs(1));
        policy.sweep();
        assert!(policy.limiter.is_empty());
        assert_eq!(policy.check(&ADA).remaining, 9);
    }

    #[test]
    fn every_setting_makes_a_policy() {
        for quota in [1, 2, 7, 600, u32::MAX] {
            for window in [1, 1000, 60_000, 3650 * 86_400_000].map(Duration::from_millis) {
                let (policy, clock) = policy(quota, window);
                let quota_state = policy.check(&ADA);
                assert!(quota_state.allowed && quota_state.reset >= 1);
                assert_eq!(quota_state.remaining, quota - 1, "{quota} in {window:?}");
                clock.advance(window);
                assert!(policy.check(&ADA).allowed);
            }
        }
    }
}
