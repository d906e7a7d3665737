use std::hash::{BuildHasher, RandomState};
use std::sync::atomic::{AtomicU64, Ordering};

use tasklane_domain::id::IdGenerator;
use uuid::Uuid;

/// Gives the ids 1, 2, 3, … so that a test can predict them.
#[derive(Debug, Default)]
pub struct SequentialIds(AtomicU64);

impl SequentialIds {
    /// The id that is given as the `number`th, counted from 1.
    #[must_use]
    pub fn nth(number: u64) -> Uuid {
        Uuid::from_u128(number.into())
    }
}

impl IdGenerator for SequentialIds {
    fn next_id(&self) -> Uuid {
        Self::nth(self.0.fetch_add(1, Ordering::Relaxed) + 1)
    }
}

/// A `UUIDv8` (RFC 9562) that no other test has, in whichever process: for rows in a store that
/// tests share.
#[must_use]
pub fn random_uuid() -> Uuid {
    // The standard library keys each hasher at random: the only source without a dependency.
    let half = |salt: u64| RandomState::new().hash_one(salt).to_be_bytes();
    let mut bytes = [0; 16];
    bytes[..8].copy_from_slice(&half(0));
    bytes[8..].copy_from_slice(&half(1));
    Uuid::new_v8(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sequential_ids_can_be_foreseen_and_random_ones_differ() {
        let ids = SequentialIds::default();
        assert_eq!(
            [ids.next_id(), ids.next_id()],
            [SequentialIds::nth(1), SequentialIds::nth(2)]
        );
        assert_ne!(random_uuid(), random_uuid());
    }
}
