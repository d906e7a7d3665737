use std::sync::Arc;

use futures::executor::block_on;
use mockall::Sequence;
use mockall::predicate::{always, eq};
use tasklane_domain::id::OwnerId;
use tasklane_domain::port::{MockResync, ResyncReport};
use tasklane_domain::service::ResyncService;
use uuid::Uuid;

use super::outage;

#[test]
fn a_resync_goes_on_behind_the_last_owner_until_none_is_left() {
    let owner = |number| Some(OwnerId::new(Uuid::from_u128(number)));
    let mut owners = MockResync::new();
    let mut sequence = Sequence::new();
    for (after, count, last) in [
        (None, 2, owner(2)),
        (owner(2), 1, owner(7)),
        (owner(7), 0, None),
    ] {
        owners
            .expect_resync_after()
            .with(eq(after), always())
            .times(1)
            .in_sequence(&mut sequence)
            .return_once(move |_, _| {
                Ok(ResyncReport {
                    owners: count,
                    last,
                })
            });
    }
    let service = ResyncService::new(Arc::new(owners));
    assert_eq!(block_on(service.resync_all()).unwrap(), 3);
}

#[test]
fn a_resync_ends_when_the_store_fails() {
    let mut owners = MockResync::new();
    owners
        .expect_resync_after()
        .times(1)
        .return_once(|_, _| Err(outage()));
    let service = ResyncService::new(Arc::new(owners));
    assert!(block_on(service.resync_all()).is_err());
}
