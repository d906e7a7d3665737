//! The change feed.

use futures::future::BoxFuture;
use tasklane_domain::page::ListVersion;
use tasklane_domain::task::{Change, ChangePage, FeedError, Operation, Revision, SyncPoint, Task};
use tokio::task::yield_now;

use super::TaskStore as Stores;
use super::test_user::{AtWork, TestUser};
use crate::Writes;
use crate::builders::{
    a_draft, a_full_draft, a_task_id, create, delete, erase, instant, restore, retitle, revision,
    toggle,
};

async fn page(actor: &TestUser, since: i64, limit: u16) -> ChangePage {
    actor
        .changes(revision(since), limit)
        .await
        .expect("a stretch of the feed")
}

/// Creates that many tasks, at revisions 1, 2, 3, ….
async fn create_many(actor: &TestUser, count: usize) -> Vec<Task> {
    let creates: Vec<Operation> = (0..count)
        .map(|index| create(a_task_id(), a_draft(&format!("Task {index}"))))
        .collect();
    let (outcomes, _) = actor.batch(creates).await.expect("a batch");
    outcomes
        .into_iter()
        .filter_map(tasklane_domain::task::Outcome::into_task)
        .collect()
}

/// Each task is in the feed once, in its newest state, oldest change first.
pub async fn the_feed_has_the_newest_state_of_everything(stores: &Stores) {
    let actor = TestUser::federated(stores);
    let tasks = create_many(&actor, 5).await;
    let retitled = actor.write(retitle(tasks[1].id, "Another title")).await;
    let trashed = actor.write(delete(tasks[2].id)).await;
    actor.outcome(erase(tasks[0].id)).await;
    actor.write(delete(tasks[3].id)).await;
    let restored = actor.write(restore(tasks[3].id)).await;
    let feed = actor.whole_feed().await;
    let ids: Vec<_> = feed.iter().map(Change::id).collect();
    assert_eq!(
        ids,
        [
            tasks[4].id,
            tasks[1].id,
            tasks[2].id,
            tasks[0].id,
            tasks[3].id
        ]
    );
    let newest = [tasks[4].clone(), retitled, trashed, restored];
    for task in newest {
        assert!(feed.contains(&Change::Task(Box::new(task))));
    }
    assert!(matches!(feed[3], Change::Erased(_)));
}

/// Only what changed after the given revision is served, up to the owner's own revision.
pub async fn a_sync_point_hides_what_came_before_it(stores: &Stores) {
    let actor = TestUser::federated(stores);
    let tasks = create_many(&actor, 4).await;
    let toggled = actor.write(toggle(tasks[0].id)).await;
    let rest = page(&actor, 3, 100).await;
    let expected = [tasks[3].clone(), toggled].map(|task| Change::Task(Box::new(task)));
    assert_eq!(rest.changes, expected);
    assert_eq!((rest.next.revision, rest.has_more), (revision(5), false));
    let nothing = ChangePage {
        changes: vec![],
        next: revision(5).into(),
        has_more: false,
    };
    assert_eq!(page(&actor, 5, 100).await, nothing);
}

/// A feed that is read in stretches gives every change once; an exactly full one is the last.
pub async fn a_feed_is_read_in_stretches(stores: &Stores) {
    let actor = TestUser::federated(stores);
    let whole: Vec<Change> = create_many(&actor, 12)
        .await
        .into_iter()
        .map(|task| Change::Task(Box::new(task)))
        .collect();
    for limit in [1, 2, 3, 4, 5, 6, 11, 12, 13, 500] {
        let (mut since, mut read, mut pages) = (0, Vec::new(), 0);
        loop {
            let page = page(&actor, since, limit).await;
            assert!(page.changes.len() <= usize::from(limit));
            read.extend(page.changes);
            (since, pages) = (page.next.revision.as_i64(), pages + 1);
            if !page.has_more {
                break;
            }
            assert!(
                read.len() < 12,
                "the feed does not end in stretches of {limit}"
            );
            assert_eq!(read.last().map(Change::revision), Some(page.next.revision));
        }
        assert_eq!((&read, since), (&whole, 12), "in stretches of {limit}");
        assert_eq!(
            pages,
            12_usize.div_ceil(limit.into()),
            "in stretches of {limit}"
        );
    }
}

/// A revision that the owner never had is refused, and the answer names the one that they have.
pub async fn a_sync_point_ahead_of_the_owner_is_refused(stores: &Stores) {
    let actor = TestUser::federated(stores);
    let ahead = actor.changes(revision(1), 10).await;
    assert!(
        matches!(
            ahead,
            Err(FeedError::Ahead {
                current: Revision::ZERO
            })
        ),
        "{ahead:?}"
    );
    create_many(&actor, 2).await;
    for since in [3, i64::MAX] {
        let ahead = actor.changes(revision(since), 10).await;
        let two = revision(2);
        assert!(
            matches!(ahead, Err(FeedError::Ahead { current }) if current == two),
            "{ahead:?}"
        );
    }
}

/// A user who does not exist has an empty feed at revision zero.
pub async fn an_unknown_user_has_an_empty_feed(stores: &Stores) {
    let actor = TestUser::federated(stores);
    let nothing = ChangePage {
        changes: vec![],
        next: SyncPoint::default(),
        has_more: false,
    };
    assert_eq!(page(&actor, 0, 10).await, nothing);
    assert_eq!(actor.version().await, ListVersion::default());
}

/// Reads the feed until nobody else is at work and nothing is left to read.
async fn follow(actor: TestUser, at_work: AtWork) -> Vec<Change> {
    let (mut since, mut heard) = (SyncPoint::default(), Vec::new());
    loop {
        yield_now().await;
        let alone = at_work.is_alone();
        let page = actor
            .changes(since, 7)
            .await
            .expect("a stretch of the feed");
        heard.extend(page.changes);
        assert!(
            page.next.revision > since.revision || !page.has_more,
            "the feed does not get on"
        );
        since = page.next;
        if alone && !page.has_more {
            return heard;
        }
    }
}

/// A reader who follows the feed while others write ends with a replica of the stores, and hears of
/// each state in the order in which it was written.
pub async fn a_reader_who_follows_the_feed_misses_nothing(stores: &Stores) {
    const WRITERS: usize = 8;
    const ROUNDS: usize = 12;
    let actor = TestUser::federated(stores);
    let shared = create_many(&actor, 4).await;
    let at_work = AtWork::default();
    let writers = (0..WRITERS).map(|writer| {
        let (actor, shared) = (actor.clone(), shared[writer % 4].id);
        let at_work = at_work.clone();
        async move {
            let own = a_task_id();
            actor.write(create(own, a_full_draft("Own"))).await;
            for round in 2..ROUNDS {
                match round % 4 {
                    0 => actor.write(delete(own)).await,
                    1 => actor.write(restore(own)).await,
                    2 => actor.write(toggle(own)).await,
                    _ => actor.write(toggle(shared)).await,
                };
            }
            actor.outcome(erase(own)).await;
            drop(at_work);
            Vec::new()
        }
    });
    let mut jobs: Vec<BoxFuture<'static, Vec<Change>>> = Vec::new();
    jobs.extend(writers.map(|writer| Box::pin(writer) as _));
    jobs.insert(0, Box::pin(follow(actor.clone(), at_work)));
    let heard = stores.at_once(jobs).await.swap_remove(0);

    assert!(heard.is_sorted_by(|one, next| one.revision() < next.revision()));
    let mut replica = std::collections::HashMap::new();
    for change in heard {
        replica.insert(change.id(), change);
    }
    let mut replica: Vec<Change> = replica.into_values().collect();
    replica.sort_by_key(Change::revision);
    assert_eq!(replica, actor.whole_feed().await);
}

/// Entries and revision are of one moment: while a writer only creates, they always agree.
pub async fn entries_and_revision_are_of_one_moment(stores: &Stores) {
    let actor = TestUser::federated(stores);
    let at_work = AtWork::default();
    let (writer, reader, working) = (actor.clone(), actor, at_work.clone());
    let write = async move {
        for _ in 0..60 {
            writer.create(a_draft("New")).await;
        }
        drop(working);
    };
    let read = async move {
        let mut since = SyncPoint::default();
        while !at_work.is_alone() {
            yield_now().await;
            let page = reader.changes(since, 500).await.expect("the feed");
            let last = page.changes.last().map_or(since.revision, Change::revision);
            assert_eq!((page.next.revision, page.has_more), (last, false));
            since = page.next;
        }
    };
    let jobs: [BoxFuture<'static, ()>; 2] = [Box::pin(write), Box::pin(read)];
    stores.at_once(jobs).await;
}

/// Changes at one instant keep the order of their revisions, whatever the clock says.
pub async fn the_order_is_that_of_revisions_not_of_clocks(stores: &Stores) {
    let actor = TestUser::federated(stores);
    let tasks = create_many(&actor, 3).await;
    let rules = actor.rules;
    for (seconds, task) in [(5, &tasks[1]), (-5, &tasks[0]), (-5, &tasks[2])] {
        let at = instant(seconds);
        stores
            .tasks
            .apply(&actor.identity, toggle(task.id), rules, at)
            .await
            .expect("a toggle");
    }
    let order: Vec<_> = actor.whole_feed().await.iter().map(Change::id).collect();
    assert_eq!(order, [tasks[1].id, tasks[0].id, tasks[2].id]);
}
