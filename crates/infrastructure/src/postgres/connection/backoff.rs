//! Restraint towards a server that cannot be reached: while it is down it is asked now and then, by
//! one caller at a time, and not by everybody who wants something of it.

use std::time::Duration;

use diesel::result::{ConnectionError, ConnectionResult};
use tokio::sync::{Mutex, watch};
use tokio::time::{Instant, sleep_until};

/// How long to wait after the first failure in a row, and after many.
const SHORTEST: Duration = Duration::from_millis(50);
const LONGEST: Duration = Duration::from_secs(1);

/// How the newest attempts went. Whoever connects goes through it.
#[derive(Debug)]
pub(crate) struct Backoff {
    state: watch::Sender<State>,
    /// Held by the caller that asks a server that was down a moment ago.
    probe: Mutex<()>,
}

#[derive(Debug, Clone)]
struct State {
    /// Changes with each attempt that says something new.
    round: u64,
    failures: u32,
    retry_at: Instant,
}

impl Default for Backoff {
    fn default() -> Self {
        let state = State {
            round: 0,
            failures: 0,
            retry_at: Instant::now(),
        };
        Self {
            state: watch::Sender::new(state),
            probe: Mutex::default(),
        }
    }
}

impl Backoff {
    /// Runs an attempt to connect: at once while all is well; after failures one at a time and after
    /// a pause, while the others wait for what comes of it and fail with it.
    pub(crate) async fn attempt<T>(
        &self,
        connect: impl Future<Output = ConnectionResult<T>>,
    ) -> ConnectionResult<T> {
        let mut news = self.state.subscribe();
        let mut known = news.borrow_and_update().clone();
        if known.failures == 0 {
            return self.note(&known, connect.await);
        }
        let probe = tokio::select! {
            biased;
            _ = news.changed() => None,
            probe = self.probe.lock() => Some(probe),
        };
        if probe.is_some() {
            sleep_until(known.retry_at).await;
        } else {
            known = news.borrow_and_update().clone();
            if known.failures > 0 {
                let text = "another attempt to connect has just failed";
                return Err(ConnectionError::BadConnection(text.to_owned()));
            }
        }
        self.note(&known, connect.await)
    }

    /// Remembers how an attempt went. Of several that began in the same round one failure counts.
    fn note<T>(&self, known: &State, outcome: ConnectionResult<T>) -> ConnectionResult<T> {
        let failed = outcome.is_err();
        self.state.send_if_modified(|state| {
            if failed && state.round == known.round {
                state.failures = state.failures.saturating_add(1);
                state.retry_at =
                    Instant::now() + pause(state.failures, rand::random_range(0.5..1.0));
            } else if !failed && state.failures > 0 {
                state.failures = 0;
            } else {
                return false;
            }
            state.round += 1;
            true
        });
        outcome
    }
}

/// How long to wait after this number of failures in a row. `jitter` keeps the processes that lost the same
/// server from coming back together.
fn pause(failures: u32, jitter: f64) -> Duration {
    let doubled = SHORTEST.saturating_mul(1 << failures.saturating_sub(1).min(16));
    doubled.min(LONGEST).mul_f64(jitter)
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;
    use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

    use super::*;

    /// A server that counts who asks.
    #[derive(Clone, Default)]
    struct Server {
        asked: Arc<AtomicUsize>,
        is_up: Arc<AtomicBool>,
    }

    impl Server {
        async fn connect(self) -> ConnectionResult<()> {
            self.asked.fetch_add(1, Ordering::SeqCst);
            tokio::time::sleep(Duration::from_millis(1)).await;
            let up = self.is_up.load(Ordering::SeqCst).then_some(());
            up.ok_or_else(|| ConnectionError::BadConnection("down".to_owned()))
        }

        fn asked(&self) -> usize {
            self.asked.swap(0, Ordering::SeqCst)
        }
    }

    /// Ten callers who ask again as soon as they have an answer.
    fn insist(backoff: &Arc<Backoff>, server: &Server) {
        for _ in 0..10 {
            let (backoff, server) = (Arc::clone(backoff), server.clone());
            tokio::spawn(async move {
                while backoff.attempt(server.clone().connect()).await.is_err() {}
            });
        }
    }

    #[tokio::test(start_paused = true)]
    async fn a_server_that_is_down_is_not_hammered_and_is_found_again() {
        let (backoff, server) = (Arc::new(Backoff::default()), Server::default());
        insist(&backoff, &server);
        tokio::time::sleep(Duration::from_secs(10)).await;
        // Ten at first, who could not know; then fewer and fewer, down to one or two a second.
        let asked = server.asked();
        assert!((20..=40).contains(&asked), "{asked}");
        tokio::time::sleep(Duration::from_mins(1)).await;
        let asked = server.asked();
        assert!((59..=121).contains(&asked), "{asked}");

        server.is_up.store(true, Ordering::SeqCst);
        tokio::time::sleep(LONGEST + Duration::from_millis(100)).await;
        assert_eq!(server.asked(), 10, "everybody gets a connection");
        for _ in 0..100 {
            backoff.attempt(server.clone().connect()).await.unwrap();
        }
        assert_eq!(server.asked(), 100, "nobody is held up any more");
    }

    #[tokio::test(start_paused = true)]
    async fn whoever_waits_is_told_what_the_one_who_asked_found_out() {
        let (backoff, server) = (Backoff::default(), Server::default());
        backoff.attempt(server.clone().connect()).await.unwrap_err();
        let (first, second) = tokio::join!(
            backoff.attempt(server.clone().connect()),
            backoff.attempt(server.clone().connect()),
        );
        assert!(first.unwrap_err().to_string().contains("down"));
        assert!(second.unwrap_err().to_string().contains("another attempt"));
        assert_eq!(server.asked(), 2);
    }

    #[test]
    fn pauses_grow_to_a_bound_and_differ() {
        assert_eq!(pause(1, 1.0), SHORTEST);
        assert_eq!(pause(3, 1.0), SHORTEST * 4);
        assert_eq!(pause(3, 0.5), SHORTEST * 2);
        assert_eq!(pause(u32::MAX, 1.0), LONGEST);
    }
}
