use std::sync::Arc;

use chrono_tz::Tz;

use crate::clock::{Clock, Timestamp};
use crate::error::StoreError;
use crate::id::{IdGenerator, OwnerId, TaskId};
use crate::page::{
    FeedLimit, ListVersion, PageLimit, Summary, TaskFilter, TaskPage, TaskQuery, Today,
};
use crate::port::{ChangeNotifier, NotificationStream, TaskRepository};
use crate::task::{
    Action, ChangePage, FeedError, IdempotencyKey, Move, NewTask, Operation, Outcome, Precondition,
    Refusal, Revision, SyncPoint, Task, TaskDraft, TaskPatch, TaskState, WriteError, WriteRules,
    Written,
};
use crate::user::Actor;

/// Tasks that are erased in one step when the trash is emptied: few enough that other writers hardly
/// notice, and that a store holds them all at once.
const TRASH_SLICE: u16 = 200;

/// What a create led to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Creation {
    /// A new task.
    Created(Task),
    /// The task, as it now stands, that the same key and draft made before.
    Replayed(Task),
}

/// Why no task was created.
#[derive(Debug, thiserror::Error)]
pub enum CreateError {
    /// The key belongs to another draft, or to a task that was erased.
    #[error("the idempotency key was used for something else")]
    KeyReused,
    /// The write failed.
    #[error(transparent)]
    Write(#[from] WriteError),
}

/// What a conditional list gives.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ListAnswer {
    /// A page.
    Page(TaskPage),
    /// The client's copy is of this version already.
    NotModified(ListVersion),
}

/// What a conditional summary gives.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SummaryAnswer {
    /// The numbers of a day.
    Summary(Summary, Today),
    /// The client's copy is of this version and day already.
    NotModified(ListVersion, Today),
}

/// What users do with tasks.
#[derive(Clone)]
pub struct TaskService {
    tasks: Arc<dyn TaskRepository>,
    notifier: Arc<dyn ChangeNotifier>,
    clock: Arc<dyn Clock>,
    ids: Arc<dyn IdGenerator>,
    rules: WriteRules,
}

impl TaskService {
    /// Puts the service together.
    #[must_use]
    pub fn new(
        tasks: Arc<dyn TaskRepository>,
        notifier: Arc<dyn ChangeNotifier>,
        clock: Arc<dyn Clock>,
        ids: Arc<dyn IdGenerator>,
        rules: WriteRules,
    ) -> Self {
        Self {
            tasks,
            notifier,
            clock,
            ids,
            rules,
        }
    }

    /// A live task; `None` when the owner has no such one.
    ///
    /// # Errors
    /// The store's.
    #[tracing::instrument(name = "task.find", skip_all)]
    pub async fn find(&self, owner: OwnerId, id: TaskId) -> Result<Option<Task>, StoreError> {
        self.tasks.find(owner, id).await
    }

    /// A page of tasks, unless the owner's version is one that the client `knows`.
    ///
    /// # Errors
    /// The store's.
    #[tracing::instrument(name = "task.list", skip_all)]
    pub async fn list(
        &self,
        owner: OwnerId,
        query: &TaskQuery,
        knows: Option<&(dyn Fn(ListVersion) -> bool + Sync)>,
    ) -> Result<ListAnswer, StoreError> {
        if let Some(knows) = knows {
            let version = self.tasks.version(owner).await?;
            if knows(version) {
                return Ok(ListAnswer::NotModified(version));
            }
        }
        self.tasks.list(owner, query).await.map(ListAnswer::Page)
    }

    /// The numbers that badges and sidebars show, with today in a time zone, unless the client `knows`
    /// those of this version and day.
    ///
    /// # Errors
    /// The store's.
    #[tracing::instrument(name = "task.summarize", skip_all)]
    pub async fn summarize(
        &self,
        owner: OwnerId,
        zone: Tz,
        knows: impl Fn(ListVersion, Today) -> bool + Sync,
    ) -> Result<SummaryAnswer, StoreError> {
        let today = Today::at(self.clock.now(), zone);
        let version = self.tasks.version(owner).await?;
        if knows(version, today) {
            return Ok(SummaryAnswer::NotModified(version, today));
        }
        let tally = self.tasks.tally(owner).await?;
        Ok(SummaryAnswer::Summary(Summary::of(&tally, today), today))
    }

    /// Creates a task under an id of the server's making, once for each key.
    ///
    /// # Errors
    /// The key belongs to another draft, or the write fails.
    #[tracing::instrument(name = "task.create", skip_all)]
    pub async fn create(
        &self,
        owner: OwnerId,
        actor: &Actor,
        draft: TaskDraft,
        key: Option<&IdempotencyKey>,
    ) -> Result<Creation, CreateError> {
        let Some(key) = key else {
            let id = TaskId::new(self.ids.next_id());
            let new = NewTask {
                id,
                draft,
                fingerprint: None,
            };
            return Ok(self
                .apply(owner, actor, Operation::Create(new))
                .await
                .map(created)?);
        };
        let id = TaskId::for_key(owner, key.as_str());
        let fingerprint = draft.fingerprint();
        let new = NewTask {
            id,
            draft,
            fingerprint: Some(fingerprint),
        };
        match self.apply(owner, actor, Operation::Create(new)).await {
            Err(WriteError::Refused {
                refusal: Refusal::AlreadyExists { .. },
                ..
            }) => {}
            written => return Ok(written.map(created)?),
        }
        match self
            .tasks
            .find_state(owner, id)
            .await
            .map_err(WriteError::from)?
        {
            Some(TaskState::Task {
                task,
                fingerprint: Some(first),
            }) if first == fingerprint => Ok(Creation::Replayed(*task)),
            _ => Err(CreateError::KeyReused),
        }
    }

    /// Creates a task under the client's own id.
    ///
    /// # Errors
    /// [`Refusal::AlreadyExists`] when the id is taken, be it by a task in the trash or a tombstone.
    #[tracing::instrument(name = "task.create", skip_all)]
    pub async fn create_under(
        &self,
        owner: OwnerId,
        actor: &Actor,
        id: TaskId,
        draft: TaskDraft,
    ) -> Result<Outcome, WriteError> {
        let new = NewTask {
            id,
            draft,
            fingerprint: None,
        };
        self.apply(owner, actor, Operation::Create(new)).await
    }

    /// Changes parts of a live task.
    ///
    /// # Errors
    /// There is no such task, it does not meet the precondition, or the merged due date is invalid.
    #[tracing::instrument(name = "task.update", skip_all)]
    pub async fn update(
        &self,
        owner: OwnerId,
        actor: &Actor,
        id: TaskId,
        precondition: Precondition,
        patch: TaskPatch,
    ) -> Result<Outcome, WriteError> {
        self.apply(
            owner,
            actor,
            Operation::Update {
                id,
                precondition,
                patch,
            },
        )
        .await
    }

    /// Moves a live task to another place among its siblings, or below another parent.
    ///
    /// # Errors
    /// There is no such task, it does not meet the precondition, or it cannot be moved there.
    #[tracing::instrument(name = "task.move", skip_all)]
    pub async fn move_to(
        &self,
        owner: OwnerId,
        actor: &Actor,
        moved: Move,
    ) -> Result<Outcome, WriteError> {
        self.apply(owner, actor, Operation::Move(moved)).await
    }

    /// Moves a live task to the trash.
    ///
    /// # Errors
    /// There is no such task, or it does not meet the precondition.
    #[tracing::instrument(name = "task.delete", skip_all)]
    pub async fn delete(
        &self,
        owner: OwnerId,
        actor: &Actor,
        id: TaskId,
        precondition: Precondition,
    ) -> Result<Outcome, WriteError> {
        self.apply(owner, actor, Operation::Delete { id, precondition })
            .await
    }

    /// Takes a task out of the trash.
    ///
    /// # Errors
    /// There is no such task, it is live, or it does not meet the precondition; or a quota is exceeded.
    #[tracing::instrument(name = "task.restore", skip_all)]
    pub async fn restore(
        &self,
        owner: OwnerId,
        actor: &Actor,
        id: TaskId,
        precondition: Precondition,
    ) -> Result<Outcome, WriteError> {
        self.apply(owner, actor, Operation::Restore { id, precondition })
            .await
    }

    /// Erases a task's content for good, live or in the trash.
    ///
    /// # Errors
    /// There is no such task, or it does not meet the precondition.
    #[tracing::instrument(name = "task.erase", skip_all)]
    pub async fn erase(
        &self,
        owner: OwnerId,
        actor: &Actor,
        id: TaskId,
        precondition: Precondition,
    ) -> Result<Outcome, WriteError> {
        self.apply(owner, actor, Operation::Erase { id, precondition })
            .await
    }

    /// Erases everything in the trash, a slice after another; gives how many tasks that were.
    ///
    /// # Errors
    /// The write fails. What was erased before stays erased.
    #[tracing::instrument(name = "task.empty_trash", skip_all)]
    pub async fn empty_trash(&self, owner: OwnerId, actor: &Actor) -> Result<u64, WriteError> {
        let most = TRASH_SLICE;
        let mut erased = 0;
        loop {
            let slice = self
                .write(owner, actor, Action::EmptyTrash { most })
                .await?;
            erased += slice.outcomes.len() as u64;
            if slice.outcomes.len() < usize::from(most) {
                return Ok(erased);
            }
        }
    }

    /// Moves the tasks to the trash that were completed before an instant, a slice after another; gives
    /// how many that were. One that changes meanwhile is looked at again.
    ///
    /// # Errors
    /// The store's, or that of a write. What was deleted before stays deleted.
    #[tracing::instrument(name = "task.delete_completed", skip_all)]
    pub async fn delete_completed(
        &self,
        owner: OwnerId,
        actor: &Actor,
        before: Timestamp,
    ) -> Result<u64, WriteError> {
        let query = TaskQuery {
            filter: TaskFilter {
                completed_before: Some(before),
                ..TaskFilter::default()
            },
            limit: PageLimit::MAX,
            ..TaskQuery::default()
        };
        let mut deleted = 0;
        loop {
            let page = self.tasks.list(owner, &query).await?;
            if page.items.is_empty() {
                return Ok(deleted);
            }
            deleted += self.delete_unchanged(owner, actor, &page.items).await?;
        }
    }

    /// Deletes the tasks that are as they were read, in one step.
    async fn delete_unchanged(
        &self,
        owner: OwnerId,
        actor: &Actor,
        tasks: &[Task],
    ) -> Result<u64, WriteError> {
        let mut operations: Vec<Operation> = tasks
            .iter()
            .map(|task| Operation::Delete {
                id: task.id,
                precondition: task.revision.into(),
            })
            .collect();
        loop {
            match self.write(owner, actor, operations.clone().into()).await {
                Ok(written) => return Ok(written.outcomes.len() as u64),
                Err(WriteError::Refused {
                    index,
                    refusal: Refusal::NotFound | Refusal::PreconditionFailed { .. },
                }) => drop(operations.remove(index)),
                Err(error) => return Err(error),
            }
        }
    }

    /// Does all operations in order, or none.
    ///
    /// # Errors
    /// The first refusal, with the operation's index.
    #[tracing::instrument(name = "task.batch", skip_all)]
    pub async fn batch(
        &self,
        owner: OwnerId,
        actor: &Actor,
        operations: Vec<Operation>,
    ) -> Result<Written, WriteError> {
        self.write(owner, actor, operations.into()).await
    }

    /// Does each operation in order that is not refused.
    ///
    /// # Errors
    /// The owner may not write, or the store cannot.
    #[tracing::instrument(name = "task.batch_each", skip_all)]
    pub async fn batch_each(
        &self,
        owner: OwnerId,
        actor: &Actor,
        operations: Vec<Operation>,
    ) -> Result<Written, WriteError> {
        self.write(owner, actor, Action::ApplyEach(operations))
            .await
    }

    /// A fresh id, for a create within a batch that brings none.
    #[must_use]
    pub fn next_id(&self) -> TaskId {
        TaskId::new(self.ids.next_id())
    }

    /// What changed after `since`, oldest first.
    ///
    /// # Errors
    /// `since` is from before the purge horizon, or ahead of the owner.
    #[tracing::instrument(name = "task.changes", skip_all)]
    pub async fn changes(
        &self,
        owner: OwnerId,
        since: SyncPoint,
        limit: FeedLimit,
    ) -> Result<ChangePage, FeedError> {
        self.tasks.changes(owner, since, limit).await
    }

    /// The revision that the owner has reached.
    ///
    /// # Errors
    /// The store's.
    #[tracing::instrument(name = "task.revision", skip_all)]
    pub async fn revision(&self, owner: OwnerId) -> Result<Revision, StoreError> {
        Ok(self.tasks.version(owner).await?.revision)
    }

    /// Hints that something has changed after what was read before: each time the feed is worth
    /// reading again. One may be lost, so that a follower reads again from time to time without.
    #[must_use]
    pub fn hints(&self, owner: OwnerId) -> NotificationStream {
        self.notifier.subscribe(owner)
    }

    async fn apply(
        &self,
        owner: OwnerId,
        actor: &Actor,
        operation: Operation,
    ) -> Result<Outcome, WriteError> {
        let written = self.write(owner, actor, operation.into()).await?;
        let missing = || StoreError::unavailable("an operation that was done has no outcome");
        Ok(written.outcomes.into_iter().next().ok_or_else(missing)?)
    }

    async fn write(
        &self,
        owner: OwnerId,
        actor: &Actor,
        action: Action,
    ) -> Result<Written, WriteError> {
        let at = self.clock.now();
        let wider = action.seeing_all();
        let write = |action| self.tasks.write(owner, actor, action, self.rules, at);
        let written = match (write(action).await, wider) {
            (
                Err(WriteError::Refused {
                    refusal: Refusal::OutOfReach,
                    ..
                }),
                Some(wider),
            ) => write(wider).await?,
            (written, _) => written?,
        };
        if written.has_changes() {
            self.notifier.announce(owner, written.revision);
        }
        Ok(written)
    }
}

fn created(outcome: Outcome) -> Creation {
    match outcome {
        Outcome::Created(task) => Creation::Created(task),
        other => unreachable!("a create that succeeds creates: {other:?}"),
    }
}
