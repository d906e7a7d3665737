//! What the process does without being asked, and only while it is used: a database that sleeps
//! when nobody calls is left asleep.

use std::time::Duration;

use tasklane_api::usage::Usage;
use tasklane_domain::service::TrashService;

/// How long after the first use to wait: what woke the process, or its database, goes first.
const FIRST_PAUSE: Duration = Duration::from_secs(10);
/// How long after a purge to wait before the next.
const INTERVAL: Duration = Duration::from_hours(1);

/// Removes what has been in the trash long enough, at most once an hour and only if somebody has
/// used the service since the last time. Any number of processes may do so.
pub async fn purge_while_used(trash: TrashService, usage: Usage) {
    loop {
        usage.next().await;
        tokio::time::sleep(FIRST_PAUSE).await;
        match trash.purge_expired().await {
            Ok(0) => {}
            Ok(removed) => tracing::info!(removed, "the trash was purged"),
            Err(error) => {
                let error: &dyn std::error::Error = &error;
                tracing::warn!(error, "the trash was not purged");
            }
        }
        tokio::time::sleep(INTERVAL).await;
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;
    use std::sync::atomic::{AtomicUsize, Ordering};

    use tasklane_domain::error::StoreError;
    use tasklane_domain::port::{MockTrashPurger, PurgeReport};
    use tasklane_domain_testkit::FixedClock;
    use tasklane_domain_testkit::builders::instant;

    use super::*;

    /// Counts how often it is asked, and fails the first time.
    fn purger(asked: Arc<AtomicUsize>) -> MockTrashPurger {
        let mut purger = MockTrashPurger::new();
        purger
            .expect_purge()
            .returning(move |_, _| match asked.fetch_add(1, Ordering::SeqCst) {
                0 => Err(StoreError::unavailable("a pretended outage")),
                _ => Ok(PurgeReport::default()),
            });
        purger
    }

    async fn wait(span: Duration) {
        tokio::time::sleep(span).await;
    }

    #[tokio::test(start_paused = true)]
    async fn the_trash_is_purged_once_an_hour_and_only_after_somebody_used_the_service() {
        const MINUTE: Duration = Duration::from_mins(1);
        let (asked, usage) = (Arc::new(AtomicUsize::new(0)), Usage::default());
        let clock = Arc::new(FixedClock::at(instant(0)));
        let trash = TrashService::new(Arc::new(purger(asked.clone())), clock, MINUTE);
        tokio::spawn(purge_while_used(trash, usage.clone()));
        let purges = || asked.load(Ordering::SeqCst);

        wait(INTERVAL * 5).await;
        assert_eq!(purges(), 0, "nobody used the service");

        usage.record();
        wait(MINUTE).await;
        assert_eq!(purges(), 1);
        wait(INTERVAL * 5).await;
        assert_eq!(purges(), 1, "nobody used the service again");

        for _ in 0..180 {
            usage.record();
            wait(MINUTE).await;
        }
        assert_eq!(purges(), 4, "three hours of use");
        wait(INTERVAL * 5).await;
        assert_eq!(purges(), 5, "the last use was after the last purge");
    }
}
