use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Duration;

use tasklane_domain::clock::{Clock, Timestamp};

/// A clock that shows one instant until it is moved.
#[derive(Debug)]
pub struct FixedClock(AtomicI64);

impl FixedClock {
    /// A clock that shows that instant.
    #[must_use]
    pub fn at(instant: Timestamp) -> Self {
        Self(AtomicI64::new(instant.as_micros()))
    }

    /// Makes it show another instant, earlier or later.
    pub fn set(&self, instant: Timestamp) {
        self.0.store(instant.as_micros(), Ordering::SeqCst);
    }

    /// Moves it forward; gives the instant that it then shows.
    pub fn advance(&self, span: Duration) -> Timestamp {
        let later = self.now().after(span);
        self.set(later);
        later
    }
}

impl Clock for FixedClock {
    fn now(&self) -> Timestamp {
        Timestamp::from_micros(self.0.load(Ordering::SeqCst)).expect("an instant that was set")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_fixed_clock_moves_only_when_it_is_moved() {
        let start = Timestamp::from_micros(1_700_000_000_000_001).unwrap();
        let clock = FixedClock::at(start);
        assert_eq!((clock.now(), clock.now()), (start, start));
        assert_eq!(clock.advance(Duration::from_micros(2)), clock.now());
        assert_eq!(clock.now().as_micros(), start.as_micros() + 2);
        clock.set(start);
        assert_eq!(clock.now(), start);
    }
}
