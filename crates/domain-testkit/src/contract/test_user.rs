use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use tasklane_domain::clock::Timestamp;
use tasklane_domain::id::TaskId;
use tasklane_domain::page::{ListVersion, PageLimit, Tally, TaskFilter, TaskPage, TaskQuery};
use tasklane_domain::task::{
    Change, ChangePage, Description, FeedError, Operation, Outcome, Quota, Quotas, Refusal,
    Revision, SyncPoint, Task, TaskDraft, TaskState, Usage, WriteError, WriteRules, Written,
};
use tasklane_domain::user::Actor;

use super::{Stores, TaskStore};
use crate::Writes;
use crate::builders::{
    a_draft, a_federated_actor, a_new_account, a_new_session, a_task_id, an_order_key, create,
    feed_limit, instant, toggle,
};

/// An owner at work on a store: a case reads as what they do and what they then see.
#[derive(Clone)]
pub(super) struct TestUser {
    pub(super) stores: TaskStore,
    pub(super) identity: Actor,
    pub(super) rules: WriteRules,
    begin: i64,
    ticks: Arc<AtomicI64>,
}

impl TestUser {
    /// A trusted issuer's user, new to the store.
    pub(super) fn federated(stores: &TaskStore) -> Self {
        Self::new(stores, a_federated_actor())
    }

    /// A user with a local account.
    pub(super) async fn local(stores: &Stores) -> Self {
        let account = a_new_account(instant(0));
        let owner = Actor::local(account.id);
        let session = a_new_session(instant(0));
        stores
            .accounts
            .register(account, session)
            .await
            .expect("a registration");
        Self::new(stores, owner)
    }

    pub(super) fn new(stores: &TaskStore, owner: Actor) -> Self {
        let rules = WriteRules::default();
        Self {
            stores: stores.clone(),
            identity: owner,
            rules,
            begin: 0,
            ticks: Arc::default(),
        }
    }

    /// The same owner under other rules.
    pub(super) fn under(&self, rules: WriteRules) -> Self {
        Self {
            rules,
            ..self.clone()
        }
    }

    /// The same owner whose clock begins that many seconds after [`instant`]'s.
    pub(super) fn since(&self, begin: i64) -> Self {
        Self {
            begin,
            ..self.clone()
        }
    }

    /// An instant later than every one before, by a second and a microsecond.
    pub(super) fn now(&self) -> Timestamp {
        let tick = self.ticks.fetch_add(1, Ordering::SeqCst) + 1;
        let whole = instant(self.begin + tick);
        Timestamp::from_micros(whole.as_micros() + tick).expect("a valid instant")
    }

    pub(super) async fn attempt(&self, operation: Operation) -> Result<Outcome, WriteError> {
        let at = self.now();
        self.stores
            .tasks
            .apply(&self.identity, operation, self.rules, at)
            .await
    }

    /// Does what must succeed.
    pub(super) async fn outcome(&self, operation: Operation) -> Outcome {
        self.attempt(operation)
            .await
            .expect("a write that succeeds")
    }

    /// Does what must succeed and leave a task.
    pub(super) async fn write(&self, operation: Operation) -> Task {
        self.outcome(operation)
            .await
            .into_task()
            .expect("a write that leaves a task")
    }

    /// Tries what must be refused, and makes sure that nothing at all has changed by it.
    pub(super) async fn refusal(&self, operation: Operation) -> Refusal {
        let before = (self.version().await, self.whole_feed().await);
        let refusal = match self.attempt(operation).await {
            Err(WriteError::Refused { refusal, .. }) => refusal,
            other => panic!("expected a refusal, not {other:?}"),
        };
        assert_eq!(
            (self.version().await, self.whole_feed().await),
            before,
            "after {refusal}"
        );
        self.recount().await;
        refusal
    }

    /// Creates a task under a new id.
    pub(super) async fn create(&self, draft: TaskDraft) -> Task {
        self.write(create(a_task_id(), draft)).await
    }

    pub(super) async fn batch(
        &self,
        operations: Vec<Operation>,
    ) -> Result<(Vec<Outcome>, Revision), WriteError> {
        let at = self.now();
        self.stores
            .tasks
            .apply_all(&self.identity, operations, self.rules, at)
            .await
    }

    /// Does those operations that are not refused.
    pub(super) async fn batch_each(&self, operations: Vec<Operation>) -> Written {
        let at = self.now();
        self.stores
            .tasks
            .apply_each(&self.identity, operations, self.rules, at)
            .await
            .expect("a batch")
    }

    pub(super) async fn find(&self, id: TaskId) -> Option<Task> {
        self.stores
            .tasks
            .find(self.identity.owner(), id)
            .await
            .expect("a look-up")
    }

    pub(super) async fn held(&self, id: TaskId) -> Option<TaskState> {
        self.stores
            .tasks
            .find_state(self.identity.owner(), id)
            .await
            .expect("a look-up")
    }

    pub(super) async fn version(&self) -> ListVersion {
        self.stores
            .tasks
            .version(self.identity.owner())
            .await
            .expect("a version")
    }

    pub(super) async fn tally(&self) -> Tally {
        let tally = self.stores.tasks.tally(self.identity.owner()).await;
        tally.expect("a tally")
    }

    pub(super) async fn list(&self, query: &TaskQuery) -> TaskPage {
        self.stores
            .tasks
            .list(self.identity.owner(), query)
            .await
            .expect("a page")
    }

    /// The live tasks that match, newest first, at most a page of them.
    pub(super) async fn matching(&self, filter: TaskFilter) -> Vec<Task> {
        self.list(&TaskQuery {
            filter,
            limit: PageLimit::MAX,
            ..TaskQuery::default()
        })
        .await
        .items
    }

    /// The tasks in the trash, at most a page of them.
    pub(super) async fn trash(&self) -> Vec<Task> {
        self.matching(TaskFilter {
            deleted: true,
            ..TaskFilter::default()
        })
        .await
    }

    pub(super) async fn changes(
        &self,
        since: impl Into<SyncPoint>,
        limit: u16,
    ) -> Result<ChangePage, FeedError> {
        let (since, limit) = (since.into(), feed_limit(limit));
        self.stores
            .tasks
            .changes(self.identity.owner(), since, limit)
            .await
    }

    /// Everything in the feed from the beginning.
    pub(super) async fn whole_feed(&self) -> Vec<Change> {
        let mut changes = Vec::new();
        let mut since = SyncPoint::default();
        loop {
            let page = self
                .changes(since, 100)
                .await
                .expect("a stretch of the feed");
            changes.extend(page.changes);
            if !page.has_more {
                return changes;
            }
            assert!(
                page.next.revision > since.revision,
                "the feed does not get on"
            );
            since = page.next;
        }
    }
}

impl TestUser {
    /// Counts what the feed says that the owner keeps, and makes sure that the store counts the same:
    /// each quota lets in what just fits, and refuses it when it is lower by one.
    pub(super) async fn recount(&self) {
        let kept = count(&self.whole_feed().await);
        let probe = TaskDraft {
            position: Some(an_order_key("a0")),
            ..a_draft("Probe")
        };
        let probe_bytes = ("Probe".len() + "a0".len()) as u64;
        let fitting = [
            (Quota::OpenTasks, kept.open_tasks + 1),
            (Quota::Items, kept.items + 1),
            (Quota::Bytes, kept.bytes + probe_bytes),
        ];
        for (quota, fitting) in fitting {
            let missing = (1, Refusal::NotFound);
            assert_eq!(
                self.probe(quota, fitting, &probe).await,
                missing,
                "{kept:?}"
            );
            let limit = fitting - 1;
            let exceeded = (0, Refusal::QuotaExceeded { quota, limit });
            assert_eq!(self.probe(quota, limit, &probe).await, exceeded, "{kept:?}");
        }
    }

    /// Which operation of a batch is refused, and why: the first one creates a task, and the second one
    /// always is, so that nothing is written.
    async fn probe(&self, quota: Quota, limit: u64, draft: &TaskDraft) -> (usize, Refusal) {
        let mut quotas = Quotas::default();
        match quota {
            Quota::OpenTasks => quotas.open_tasks = Some(limit),
            Quota::Items => quotas.items = Some(limit),
            Quota::Bytes => quotas.bytes = Some(limit),
        }
        let limited = self.under(WriteRules {
            quotas,
            require_precondition: false,
        });
        let operations = vec![create(a_task_id(), draft.clone()), toggle(a_task_id())];
        match limited.batch(operations).await {
            Err(WriteError::Refused { index, refusal }) => (index, refusal),
            other => panic!("expected a refusal, not {other:?}"),
        }
    }
}

/// What is kept, counted from the feed.
fn count(feed: &[Change]) -> Usage {
    let tasks = || {
        feed.iter().filter_map(|change| match change {
            Change::Task(task) => Some(task),
            Change::Erased(_) => None,
        })
    };
    let open = tasks().filter(|task| !task.is_deleted() && !task.is_completed());
    let bytes = tasks().map(|task| {
        let description = task.description.as_ref().map_or("", Description::as_str);
        let tags: usize = task.tags.iter().map(|tag| tag.as_str().len()).sum();
        let members = task.metadata.iter();
        let members = members.map(|(name, value)| name.as_str().len() + value.as_str().len());
        let metadata: usize = members.sum();
        task.title.as_str().len()
            + description.len()
            + tags
            + task.position.as_str().len()
            + metadata
    });
    Usage {
        open_tasks: open.count() as u64,
        items: feed.len() as u64,
        bytes: bytes.sum::<usize>() as u64,
    }
}

/// Tells whether others are still at work: each holds a clone, and lets it go however it ends.
#[derive(Clone, Default)]
pub(super) struct AtWork(Arc<()>);

impl AtWork {
    pub(super) fn is_alone(&self) -> bool {
        Arc::strong_count(&self.0) == 1
    }
}
