//! Telling how far the making of search keys has come.

use tasklane_domain::error::{StoreError, with_causes};

/// Tasks between two lines in the log.
const STEP: u64 = 10_000;

/// How many tasks have new keys.
pub(crate) struct KeyProgress {
    total: i64,
    renewed: u64,
    told: u64,
}

impl KeyProgress {
    pub(crate) fn begin(total: i64) -> Self {
        if total > 0 {
            tracing::info!(tasks = total, "search keys are being made again");
        }
        Self {
            total,
            renewed: 0,
            told: 0,
        }
    }

    /// Counts more tasks that have new keys.
    pub(crate) fn tell(&mut self, renewed: usize) {
        self.renewed += renewed as u64;
        if self.renewed - self.told >= STEP {
            self.told = self.renewed;
            tracing::info!(renewed = self.renewed, tasks = self.total, "search keys");
        }
    }

    /// A row that cannot be read keeps its keys: reading it reports the error.
    pub(crate) fn pass_over(error: &StoreError) {
        tracing::warn!(
            error = with_causes(error),
            "a task keeps its old search keys"
        );
    }
}
