use std::sync::Arc;
use std::time::Duration;

use futures::executor::block_on;
use mockall::Sequence;
use mockall::predicate::{always, eq};
use tasklane_domain::port::{MockTrashPurger, PurgeReport};
use tasklane_domain::service::TrashService;
use tasklane_domain_testkit::FixedClock;
use tasklane_domain_testkit::builders::instant;

use super::outage;

const RETENTION: Duration = Duration::from_secs(30);

fn service(trash: MockTrashPurger) -> TrashService {
    let clock = FixedClock::at(instant(100));
    TrashService::new(Arc::new(trash), Arc::new(clock), RETENTION)
}

fn report(removed: u64, more: bool) -> PurgeReport {
    PurgeReport { removed, more }
}

#[test]
fn a_purge_goes_on_until_nothing_is_due() {
    let mut trash = MockTrashPurger::new();
    let mut sequence = Sequence::new();
    for step in [report(500, true), report(500, true), report(3, false)] {
        trash
            .expect_purge()
            .with(eq(instant(70)), always())
            .times(1)
            .in_sequence(&mut sequence)
            .return_once(move |_, _| Ok(step));
    }
    assert_eq!(block_on(service(trash).purge_expired()).unwrap(), 1003);
}

#[test]
fn a_purge_of_nothing_is_one_call() {
    let mut trash = MockTrashPurger::new();
    trash
        .expect_purge()
        .times(1)
        .return_once(|_, _| Ok(report(0, false)));
    assert_eq!(block_on(service(trash).purge_expired()).unwrap(), 0);
}

#[test]
fn a_purge_ends_with_the_stores_failure() {
    let mut trash = MockTrashPurger::new();
    let mut sequence = Sequence::new();
    trash
        .expect_purge()
        .times(1)
        .in_sequence(&mut sequence)
        .return_once(|_, _| Ok(report(500, true)));
    trash
        .expect_purge()
        .times(1)
        .in_sequence(&mut sequence)
        .return_once(|_, _| Err(outage()));
    assert!(block_on(service(trash).purge_expired()).is_err());
}
