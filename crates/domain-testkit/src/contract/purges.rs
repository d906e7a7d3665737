//! Removing for good what has been in the trash long enough.
//!
//! A purge crosses owners, so these cases wait for each other. Rows of owners from earlier cases do
//! not matter.

use tasklane_domain::clock::Timestamp;
use tasklane_domain::page::ListVersion;
use tasklane_domain::port::PurgeReport;
use tasklane_domain::task::{Change, FeedError, Outcome, Revision, SyncPoint, Task, WriteRules};
use tokio::sync::{Mutex, MutexGuard};

use super::TrashStore as Stores;
use super::test_user::TestUser;
use crate::Writes;
use crate::builders::{
    a_draft, a_full_draft, a_task_id, create, create_once, delete, erase, instant, most_open_tasks,
    revision, toggle,
};

static TURN: Mutex<()> = Mutex::const_new(());

/// Waits until no other case purges.
async fn turn() -> MutexGuard<'static, ()> {
    TURN.lock().await
}

/// What was deleted before this is due: around the year 2000. No other case deletes so early.
const DUE_BEFORE: i64 = -820_000_000;
/// Around 1997.
const LONG_AGO: i64 = DUE_BEFORE - 100_000_000;

fn due_before() -> Timestamp {
    instant(DUE_BEFORE)
}

/// The same owner, a quarter of a century ago.
fn long_ago(actor: &TestUser) -> TestUser {
    actor.since(LONG_AGO)
}

/// Purges until nothing is left that is due; gives how many rows that were.
async fn purge_all(stores: &Stores, limit: u32) -> u64 {
    let mut removed = 0;
    loop {
        let report = stores
            .trash
            .purge(due_before(), limit)
            .await
            .expect("a purge");
        assert!(report.removed <= u64::from(limit));
        assert_eq!(report.more, report.removed == u64::from(limit));
        removed += report.removed;
        assert!(removed < 1_000_000, "the purge does not end");
        if !report.more {
            return removed;
        }
    }
}

/// A task that was moved to the trash long ago.
async fn old_trash(actor: &TestUser) -> Task {
    let old = long_ago(actor);
    let task = old.create(a_full_draft("Old")).await;
    old.write(delete(task.id)).await
}

/// Trash and tombstones that are due are removed, and the horizon is the highest of their revisions.
pub async fn a_purge_removes_what_is_due_and_raises_the_horizon(stores: &Stores) {
    let _turn = turn().await;
    let actor = TestUser::federated(stores);
    let live = long_ago(&actor).create(a_full_draft("Old, but live")).await;
    let trashed = old_trash(&actor).await;
    let erased = old_trash(&actor).await;
    let Outcome::Erased(tombstone) = actor.outcome(erase(erased.id)).await else {
        panic!("an erasure that leaves a task")
    };
    let recent = actor.create(a_draft("Recent")).await;
    let recent = actor.write(delete(recent.id)).await;

    assert!(purge_all(stores, 1000).await >= 2);
    assert_eq!(actor.held(trashed.id).await, None);
    assert_eq!(actor.held(erased.id).await, None);
    assert_eq!(actor.find(live.id).await.as_ref(), Some(&live));
    assert_eq!(actor.trash().await, std::slice::from_ref(&recent));
    let horizon = tombstone.revision;
    let expected = ListVersion {
        revision: recent.revision,
        purge_horizon: horizon,
    };
    assert_eq!(actor.version().await, expected);
    assert_eq!(
        actor
            .list(&tasklane_domain::page::TaskQuery::default())
            .await
            .version,
        expected
    );
    let left = [live, recent].map(|task| Change::Task(Box::new(task)));
    assert_eq!(actor.whole_feed().await, left);
}

/// Only what was deleted strictly before the given instant is due.
pub async fn what_was_deleted_at_the_instant_itself_stays(stores: &Stores) {
    let _turn = turn().await;
    let actor = TestUser::federated(stores);
    let due = due_before().as_micros();
    let mut held = Vec::new();
    for micros in [due - 1, due, due + 1] {
        let task = long_ago(&actor).create(a_draft("On the edge")).await;
        let at = Timestamp::from_micros(micros).expect("a valid instant");
        let rules = WriteRules::default();
        stores
            .tasks
            .apply(&actor.identity, delete(task.id), rules, at)
            .await
            .expect("a delete");
        held.push(task.id);
    }
    purge_all(stores, 1000).await;
    assert_eq!(actor.held(held[0]).await, None);
    assert!(actor.held(held[1]).await.is_some() && actor.held(held[2]).await.is_some());
    assert_eq!(actor.version().await.purge_horizon, revision(2));
}

/// Retention counts from the move to the trash, not from the erasure that follows.
pub async fn a_tombstone_is_due_when_its_task_would_have_been(stores: &Stores) {
    let _turn = turn().await;
    let actor = TestUser::federated(stores);
    let (one, other, live) = (
        old_trash(&actor).await,
        old_trash(&actor).await,
        long_ago(&actor).create(a_draft("Erased today")).await,
    );
    actor.outcome(erase(live.id)).await;
    actor.outcome(erase(one.id)).await;
    stores
        .tasks
        .empty_trash(&actor.identity, actor.now())
        .await
        .expect("an empty trash");
    purge_all(stores, 1000).await;
    assert_eq!(
        (actor.held(one.id).await, actor.held(other.id).await),
        (None, None)
    );
    assert!(actor.held(live.id).await.is_some());
}

/// A purge removes no more than it was allowed, and says whether it reached that.
pub async fn a_purge_keeps_to_its_limit(stores: &Stores) {
    let _turn = turn().await;
    let (ada, bob) = (TestUser::federated(stores), TestUser::federated(stores));
    let mut last = [Revision::ZERO; 2];
    for _ in 0..5 {
        last = [
            old_trash(&ada).await.revision,
            old_trash(&bob).await.revision,
        ];
    }
    let first = stores.trash.purge(due_before(), 3).await.expect("a purge");
    assert_eq!(
        first,
        PurgeReport {
            removed: 3,
            more: true
        }
    );
    assert!(ada.trash().await.len() + bob.trash().await.len() >= 7);
    for actor in [&ada, &bob] {
        let left = actor.whole_feed().await;
        let gone = (1..=5)
            .map(|deleted| revision(deleted * 2))
            .filter(|deleted| !left.iter().any(|change| change.revision() == *deleted));
        let horizon = gone.max().unwrap_or_default();
        assert_eq!(actor.version().await.purge_horizon, horizon);
    }
    assert!(purge_all(stores, 3).await >= 7);
    for (actor, last) in [(&ada, last[0]), (&bob, last[1])] {
        let version = ListVersion {
            revision: last,
            purge_horizon: last,
        };
        assert_eq!(
            (actor.version().await, actor.whole_feed().await),
            (version, vec![])
        );
    }
}

/// A purge with nothing to do says so.
pub async fn a_purge_of_nothing_removes_nothing(stores: &Stores) {
    let _turn = turn().await;
    let actor = TestUser::federated(stores);
    let task = actor.create(a_draft("Recent")).await;
    actor.write(delete(task.id)).await;
    purge_all(stores, 1000).await;
    let before = (actor.version().await, actor.whole_feed().await);
    let report = stores
        .trash
        .purge(due_before(), 1000)
        .await
        .expect("a purge");
    assert_eq!(report, PurgeReport::default());
    assert_eq!((actor.version().await, actor.whole_feed().await), before);
    assert_eq!(before.0.purge_horizon, Revision::ZERO);
}

/// A sync point from before the horizon has expired; the horizon itself, later ones and zero serve.
pub async fn a_sync_point_from_before_the_horizon_has_expired(stores: &Stores) {
    let _turn = turn().await;
    let actor = TestUser::federated(stores);
    let kept = long_ago(&actor).create(a_draft("Kept")).await;
    let purged = old_trash(&actor).await;
    let newest = actor.create(a_draft("Newest")).await;
    purge_all(stores, 1000).await;
    for since in 1..purged.revision.as_i64() {
        let expired = actor.changes(revision(since), 100).await;
        assert!(
            matches!(expired, Err(FeedError::Expired)),
            "since {since}: {expired:?}"
        );
    }
    let feed = async |since: Revision| actor.changes(since, 100).await.expect("the feed").changes;
    let newest_only = [Change::Task(Box::new(newest.clone()))];
    assert_eq!(feed(purged.revision).await, newest_only);
    assert_eq!(feed(newest.revision).await, []);
    let [newest] = newest_only;
    assert_eq!(
        feed(Revision::ZERO).await,
        [Change::Task(Box::new(kept)), newest]
    );
    let ahead = actor.changes(revision(5), 100).await;
    assert!(matches!(ahead, Err(FeedError::Ahead { current }) if current == revision(4)));
}

/// The id of a purged task is free again, key and all, and revisions go on.
pub async fn a_purged_id_is_free_again(stores: &Stores) {
    let _turn = turn().await;
    let actor = TestUser::federated(stores);
    let old = long_ago(&actor);
    let id = a_task_id();
    old.write(create_once(id, a_draft("First")).0).await;
    let deleted = old.write(delete(id)).await;
    purge_all(stores, 1000).await;
    let again = actor.write(create(id, a_draft("Second"))).await;
    assert_eq!(again.revision, deleted.revision.next());
    assert_eq!(
        actor.held(id).await.and_then(|held| held.fingerprint()),
        None
    );
}

/// What a purge removes was not open, so there may be no more open tasks than before; it does make
/// room for items and their text.
pub async fn a_purge_makes_room_for_items_and_text_only(stores: &Stores) {
    let _turn = turn().await;
    let actor = TestUser::federated(stores);
    let limited = actor.under(WriteRules {
        quotas: most_open_tasks(1),
        require_precondition: false,
    });
    old_trash(&limited).await;
    let erased = old_trash(&limited).await;
    limited.outcome(erase(erased.id)).await;
    limited.create(a_full_draft("Completed")).await;
    limited.create(a_draft("Live")).await;
    limited.recount().await;
    purge_all(stores, 1000).await;
    limited.recount().await;
    let refusal = limited
        .refusal(create(a_task_id(), a_draft("One more")))
        .await;
    assert!(
        matches!(
            refusal,
            tasklane_domain::task::Refusal::QuotaExceeded { .. }
        ),
        "{refusal:?}"
    );
}

/// Purges may run side by side, and beside writes: each row is removed and counted once.
pub async fn simultaneous_purges_remove_each_row_once(stores: &Stores) {
    let _turn = turn().await;
    let actor = TestUser::federated(stores);
    let live = actor.create(a_draft("Live")).await;
    for _ in 0..20 {
        old_trash(&actor).await;
    }
    let purges = (0..4).map(|_| {
        let stores = stores.clone();
        async move { purge_all(&stores, 3).await }
    });
    let toggles = (0..10).map(|_| {
        let actor = actor.clone();
        async move { u64::from(actor.write(toggle(live.id)).await.is_deleted()) }
    });
    let mut jobs: Vec<futures::future::BoxFuture<'static, u64>> = Vec::new();
    jobs.extend(purges.map(|job| Box::pin(job) as _));
    jobs.extend(toggles.map(|job| Box::pin(job) as _));
    let removed: u64 = stores.at_once(jobs).await.into_iter().sum();
    // A purge that others had left nothing to do may end while they are still at work.
    let removed = removed + purge_all(stores, 1000).await;
    assert!(removed >= 20, "{removed}");
    let version = actor.version().await;
    assert!(version.revision >= revision(51), "{version:?}");
    assert_eq!(version.purge_horizon, revision(41));
    assert_eq!(actor.whole_feed().await.len(), 1);
}

/// A purge with a limit of zero removes nothing, and cannot say that nothing is left.
pub async fn a_purge_that_may_remove_nothing_says_that_there_is_more(stores: &Stores) {
    let _turn = turn().await;
    let actor = TestUser::federated(stores);
    let task = old_trash(&actor).await;
    let report = stores.trash.purge(due_before(), 0).await.expect("a purge");
    let nothing = PurgeReport {
        removed: 0,
        more: true,
    };
    assert_eq!(report, nothing);
    assert!(actor.held(task.id).await.is_some());
}

/// Four tasks, of which the third was purged; a client that began with nothing has read the first.
async fn begun_reading(stores: &Stores) -> (TestUser, SyncPoint) {
    let actor = TestUser::federated(stores);
    for title in ["First", "Second"] {
        actor.create(a_draft(title)).await;
    }
    old_trash(&actor).await;
    actor.create(a_draft("Fourth")).await;
    purge_all(stores, 1000).await;
    let first = actor.changes(SyncPoint::default(), 1).await;
    let first = first.expect("a stretch of the feed");
    assert_eq!((first.next.revision, first.has_more), (revision(1), true));
    (actor, first.next)
}

/// A reading that began with nothing is served to its end, though it begins below the horizon: what
/// was purged before, the client never had.
pub async fn a_reading_that_began_with_nothing_goes_on_over_the_horizon(stores: &Stores) {
    let _turn = turn().await;
    let (actor, mut since) = begun_reading(stores).await;
    let mut read = 1;
    loop {
        let page = actor
            .changes(since, 1)
            .await
            .expect("a stretch of the feed");
        read += page.changes.len();
        since = page.next;
        if !page.has_more {
            break;
        }
    }
    assert_eq!((read, since.revision), (3, revision(5)));
    let nothing = actor.changes(since, 1).await.expect("the feed");
    assert_eq!((nothing.changes, nothing.has_more), (vec![], false));
}

/// A purge that raises the horizon above a reading ends it: the client may have what was purged.
pub async fn a_purge_below_a_reading_ends_it(stores: &Stores) {
    let _turn = turn().await;
    let (actor, since) = begun_reading(stores).await;
    old_trash(&actor).await;
    purge_all(stores, 1000).await;
    let ended = actor.changes(since, 1).await;
    assert!(matches!(ended, Err(FeedError::Expired)), "{ended:?}");
    let again = actor.changes(SyncPoint::default(), 100).await;
    assert_eq!(again.expect("the feed").changes.len(), 3);
}
