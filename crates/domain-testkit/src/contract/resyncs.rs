//! Making everybody read again after a backup was restored.

use tasklane_domain::id::OwnerId;
use tasklane_domain::page::RESYNC_STEP;
use tasklane_domain::port::ResyncReport;
use tasklane_domain::task::{FeedError, SyncPoint};
use uuid::Uuid;

use super::Stores;
use super::test_user::TestUser;
use crate::builders::{a_draft, revision};

/// Resyncs this owner and nobody else.
async fn resync(stores: &Stores, actor: &TestUser) -> ResyncReport {
    let before = Uuid::from_u128(actor.identity.owner().as_uuid().as_u128() - 1);
    let report = stores.resync.resync_after(Some(OwnerId::new(before)), 1);
    report.await.expect("a resync")
}

/// After a resync every point that is not empty has expired, whatever revision a copy has seen, the
/// tasks are as they were, and revisions go on above all that were given.
pub async fn a_resync_makes_copies_begin_again(stores: &Stores) {
    let actor = TestUser::federated(stores);
    let kept = actor.create(a_draft("Kept")).await;
    actor.create(a_draft("Another")).await;
    let report = resync(stores, &actor).await;
    assert_eq!(
        (report.owners, report.last),
        (1, Some(actor.identity.owner()))
    );

    let version = actor.version().await;
    assert_eq!(version.revision, revision(2 + RESYNC_STEP));
    assert_eq!(version.purge_horizon, version.revision);
    // The copy of a client may be ahead of the backup.
    for seen in [1, 2, 3, 1000] {
        let answer = actor.changes(revision(seen), 100).await;
        assert!(
            matches!(answer, Err(FeedError::Expired)),
            "{seen}: {answer:?}"
        );
    }
    let feed = actor.changes(SyncPoint::default(), 100).await;
    assert_eq!(feed.expect("the feed").changes.len(), 2);
    assert_eq!(actor.find(kept.id).await, Some(kept));
    let next = actor.create(a_draft("After")).await;
    assert_eq!(next.revision, version.revision.next());
    let since = actor.changes(version.revision, 100).await;
    assert_eq!(since.expect("the feed").changes.len(), 1);
}

/// Nobody is behind the last owner.
pub async fn a_resync_ends_behind_the_last_owner(stores: &Stores) {
    TestUser::federated(stores).create(a_draft("Kept")).await;
    let last = Some(OwnerId::new(Uuid::max()));
    let report = stores.resync.resync_after(last, 1).await;
    assert_eq!(report.expect("a resync"), ResyncReport::default());
}
