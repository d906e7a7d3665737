//! Who pays for work.
//!
//! What a request costs is charged to its caller's account. The account follows the request's future
//! through services and ports without being passed along, as a tracing span does.

use std::cell::RefCell;
use std::future::poll_fn;
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

/// What is charged to a caller.
///
/// Whoever works for the caller holds the account until the work has stopped, whether or not anybody
/// still waits for the outcome.
pub trait WorkAccount: Send + Sync {
    /// Charges time that was spent on the caller's work, without queues, locks and commits.
    fn charge(&self, spent: Duration);
}

thread_local! {
    static CURRENT: RefCell<Option<Arc<dyn WorkAccount>>> = const { RefCell::new(None) };
}

/// The account that the future pays from which this thread polls.
#[must_use]
pub fn current_account() -> Option<Arc<dyn WorkAccount>> {
    CURRENT.with_borrow(Clone::clone)
}

/// Runs `future`, which pays from `account`.
pub async fn on_account_of<F: Future>(account: Arc<dyn WorkAccount>, future: F) -> F::Output {
    let mut future = pin!(future);
    poll_fn(|context| {
        let _paying = Paying::from(Arc::clone(&account));
        future.as_mut().poll(context)
    })
    .await
}

/// While it lives, this thread's work is paid from an account.
struct Paying {
    before: Option<Arc<dyn WorkAccount>>,
}

impl From<Arc<dyn WorkAccount>> for Paying {
    fn from(account: Arc<dyn WorkAccount>) -> Self {
        let before = CURRENT.replace(Some(account));
        Self { before }
    }
}

impl Drop for Paying {
    fn drop(&mut self) {
        CURRENT.set(self.before.take());
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Mutex;

    use futures::executor::block_on;
    use futures::future::{join, pending, poll_immediate};

    use super::*;

    #[derive(Default)]
    struct Bill(Mutex<Duration>);

    impl WorkAccount for Bill {
        fn charge(&self, spent: Duration) {
            *self.0.lock().unwrap() += spent;
        }
    }

    async fn work(seconds: u64) {
        poll_immediate(pending::<()>()).await;
        let account = current_account().unwrap();
        account.charge(Duration::from_secs(seconds));
    }

    #[test]
    fn each_future_pays_from_its_own_account() {
        let (ada, bob) = (Arc::new(Bill::default()), Arc::new(Bill::default()));
        let work_of = |bill: &Arc<Bill>, seconds| on_account_of(bill.clone(), work(seconds));
        block_on(join(work_of(&ada, 1), work_of(&bob, 2)));
        block_on(on_account_of(ada.clone(), work_of(&bob, 4)));
        assert_eq!(*ada.0.lock().unwrap(), Duration::from_secs(1));
        assert_eq!(*bob.0.lock().unwrap(), Duration::from_secs(6));
        assert!(current_account().is_none());
    }

    #[test]
    fn an_account_is_held_only_while_somebody_works() {
        let bill = Arc::new(Bill::default());
        let mut given_up = Box::pin(on_account_of(bill.clone(), pending::<()>()));
        assert!(block_on(poll_immediate(&mut given_up)).is_none());
        drop(given_up);
        assert_eq!(Arc::strong_count(&bill), 1);
    }
}
