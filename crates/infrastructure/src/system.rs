//! What the machine itself gives: the time, and new identifiers.

use tasklane_domain::clock::{Clock, Timestamp};
use tasklane_domain::id::IdGenerator;
use uuid::Uuid;

/// The machine's clock.
#[derive(Debug, Clone, Copy, Default)]
pub struct SystemClock;

impl Clock for SystemClock {
    #[expect(
        clippy::disallowed_methods,
        reason = "this is the adapter that owns the clock"
    )]
    fn now(&self) -> Timestamp {
        Timestamp::new(chrono::Utc::now())
    }
}

/// Makes `UUIDv7`s (RFC 9562): by age, then 74 random bits.
#[derive(Debug, Clone, Copy, Default)]
pub struct RandomIds;

impl IdGenerator for RandomIds {
    #[expect(
        clippy::disallowed_methods,
        reason = "this is the adapter that owns new identifiers"
    )]
    fn next_id(&self) -> Uuid {
        Uuid::now_v7()
    }
}
