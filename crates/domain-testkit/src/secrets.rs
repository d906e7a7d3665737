use std::sync::atomic::{AtomicU64, Ordering};

use tasklane_domain::port::SecretGenerator;
use tasklane_domain::user::Secret;

/// Gives the secrets 1, 2, 3, … so that a test can predict them. They are not secret.
#[derive(Debug, Default)]
pub struct SequentialSecrets(AtomicU64);

impl SequentialSecrets {
    /// The secret that is given as the `number`th, counted from 1.
    #[must_use]
    pub fn nth(number: u64) -> Secret {
        let mut bits = [0; 32];
        bits[24..].copy_from_slice(&number.to_be_bytes());
        Secret::new(bits)
    }
}

impl SecretGenerator for SequentialSecrets {
    fn next_secret(&self) -> Secret {
        Self::nth(self.0.fetch_add(1, Ordering::Relaxed) + 1)
    }
}
