//! An account of work that tests can read.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use tasklane_domain::work::{WorkAccount, on_account_of};

/// What was charged.
#[derive(Default)]
pub(crate) struct Bill(Arc<Sum>);

#[derive(Default)]
struct Sum(Mutex<Duration>);

impl WorkAccount for Sum {
    fn charge(&self, spent: Duration) {
        *self.0.lock().unwrap() += spent;
    }
}

impl Bill {
    /// Runs a future that is charged to it.
    pub(crate) fn pays<F: Future>(&self, future: F) -> impl Future<Output = F::Output> {
        on_account_of(self.0.clone(), future)
    }

    /// All that was charged.
    pub(crate) fn total(&self) -> Duration {
        *self.0.0.lock().unwrap()
    }

    /// Whether nobody works any more on whose account it is.
    pub(crate) fn is_settled(&self) -> bool {
        Arc::strong_count(&self.0) == 1
    }
}
