//! A clock that jumps between two calls, on the in-memory store.

use std::sync::Arc;
use std::time::Duration;

use futures::executor::block_on;
use tasklane_domain::page::FeedLimit;
use tasklane_domain::service::{Creation, TaskService, TrashService};
use tasklane_domain::task::{Change, Precondition, SyncPoint, Task, WriteRules};
use tasklane_domain::user::Actor;
use tasklane_domain_testkit::builders::{a_draft, a_federated_actor, instant, revision};
use tasklane_domain_testkit::{FixedClock, MemoryStore, RecordedNotifications, SequentialIds};

const RETENTION: Duration = Duration::from_hours(24);

struct Fixture {
    clock: Arc<FixedClock>,
    tasks: TaskService,
    trash: TrashService,
    owner: Actor,
}

impl Fixture {
    fn new() -> Self {
        let store = Arc::new(MemoryStore::default());
        let clock = Arc::new(FixedClock::at(instant(0)));
        Self {
            clock: clock.clone(),
            tasks: TaskService::new(
                store.clone(),
                Arc::new(RecordedNotifications::default()),
                clock.clone(),
                Arc::new(SequentialIds::default()),
                WriteRules::default(),
            ),
            trash: TrashService::new(store, clock, RETENTION),
            owner: a_federated_actor(),
        }
    }

    fn create(&self, title: &str) -> Task {
        let created = self
            .tasks
            .create(self.owner.owner(), &self.owner, a_draft(title), None);
        match block_on(created).unwrap() {
            Creation::Created(task) => task,
            Creation::Replayed(_) => panic!("nothing has a key"),
        }
    }

    fn delete(&self, task: &Task) {
        let deleted =
            self.tasks
                .delete(self.owner.owner(), &self.owner, task.id, Precondition::None);
        block_on(deleted).unwrap();
    }

    fn feed(&self) -> Vec<Change> {
        let page = self.tasks.changes(
            self.owner.owner(),
            SyncPoint::default(),
            FeedLimit::default(),
        );
        block_on(page).unwrap().changes
    }
}

#[test]
fn revisions_count_on_and_the_feed_keeps_their_order() {
    let fixture = Fixture::new();
    let mut created = Vec::new();
    for seconds in [0, 1_000_000, -1_000_000, 5] {
        fixture.clock.set(instant(seconds));
        let task = fixture.create("Task");
        assert_eq!(task.created_at, instant(seconds));
        created.push(task.id);
    }
    let feed = fixture.feed();
    let ids: Vec<_> = feed.iter().map(Change::id).collect();
    assert_eq!(ids, created);
    let revisions: Vec<_> = feed.iter().map(Change::revision).collect();
    assert_eq!(revisions, [1, 2, 3, 4].map(revision));
}

#[test]
fn what_was_deleted_by_a_clock_that_was_ahead_is_kept_until_that_time_has_come() {
    let fixture = Fixture::new();
    let task = fixture.create("Deleted");
    fixture.clock.set(instant(1_000_000));
    fixture.delete(&task);
    fixture.clock.set(instant(0));
    fixture.clock.advance(RETENTION * 2);
    assert_eq!(block_on(fixture.trash.purge_expired()).unwrap(), 0);
    fixture.clock.set(instant(1_000_001));
    fixture.clock.advance(RETENTION);
    assert_eq!(block_on(fixture.trash.purge_expired()).unwrap(), 1);
    assert_eq!(fixture.feed(), []);
}
