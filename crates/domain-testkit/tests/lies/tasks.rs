use async_trait::async_trait;
use tasklane_domain::clock::Timestamp;
use tasklane_domain::error::StoreError;
use tasklane_domain::id::{OwnerId, TaskId};
use tasklane_domain::page::{FeedLimit, ListVersion, Tally, TaskPage, TaskQuery};
use tasklane_domain::port::{TaskRepository, UserRepository};
use tasklane_domain::task::{
    Action, Change, ChangePage, CompletedChange, Description, FeedError, Operation, Outcome,
    Precondition, Quotas, Refusal, Revision, SyncPoint, Task, TaskPatch, TaskState, Write,
    WriteError, WriteRules, Written,
};
use tasklane_domain::user::{Actor, Origin};

use crate::Lie;
use crate::store::LyingStore;

#[async_trait]
impl TaskRepository for LyingStore {
    async fn find(&self, owner: OwnerId, id: TaskId) -> Result<Option<Task>, StoreError> {
        let found = TaskRepository::find(&self.truth, owner, id).await?;
        if self.tells(Lie::FindsTrash) && found.is_none() {
            let state = self.truth.find_state(owner, id).await?;
            return Ok(state.and_then(|state| state.task().cloned()));
        }
        if let Some(task) = &found {
            self.notes().seen.entry(id).or_insert_with(|| task.clone());
        }
        let remembered = self.notes().seen.get(&id).cloned();
        if self.tells(Lie::FindsTasksOfOthers) {
            return Ok(found.or(remembered));
        }
        if self.tells(Lie::RemembersWhatChanged) {
            return Ok(remembered.filter(|task| task.owner == owner));
        }
        Ok(found.map(|task| self.disguise(task)))
    }

    async fn find_state(
        &self,
        owner: OwnerId,
        id: TaskId,
    ) -> Result<Option<TaskState>, StoreError> {
        let mut state = self.truth.find_state(owner, id).await?;
        match &mut state {
            Some(TaskState::Task { task, fingerprint })
                if self.tells(Lie::ForgetsFingerprintOnChange)
                    && task.created_at != task.updated_at =>
            {
                *fingerprint = None;
            }
            Some(TaskState::Tombstone { fingerprint, .. })
                if self.tells(Lie::ForgetsFingerprintOnErasure) =>
            {
                *fingerprint = None;
            }
            _ => {}
        }
        Ok(state)
    }

    async fn version(&self, owner: OwnerId) -> Result<ListVersion, StoreError> {
        Ok(self.shown(owner, self.truth.version(owner).await?))
    }

    async fn list(&self, owner: OwnerId, query: &TaskQuery) -> Result<TaskPage, StoreError> {
        self.lying_list(owner, query).await
    }

    async fn tally(&self, owner: OwnerId) -> Result<Tally, StoreError> {
        self.truth.tally(owner).await
    }

    async fn changes(
        &self,
        owner: OwnerId,
        since: SyncPoint,
        limit: FeedLimit,
    ) -> Result<ChangePage, FeedError> {
        self.lying_changes(owner, since, limit).await
    }

    async fn write(
        &self,
        owner: OwnerId,
        actor: &Actor,
        action: Action,
        rules: WriteRules,
        at: Timestamp,
    ) -> Result<Written, WriteError> {
        let mut write = Write {
            owner,
            actor: actor.clone(),
            action,
            rules,
            at,
        };
        if self.tells(Lie::TrustsOutdatedTokens) {
            write.actor.issued_at = None;
        }
        match write.action {
            Action::EmptyTrash { .. } => self.empty(write).await,
            Action::Apply(ref operations) if operations.len() == 1 => self.apply_one(write).await,
            Action::Apply(_) => self.apply_many(write).await,
            Action::ApplyEach(_) => self.apply_each(write).await,
        }
    }
}

impl LyingStore {
    async fn truly(&self, write: Write) -> Result<Written, WriteError> {
        let Write {
            owner,
            actor,
            action,
            rules,
            at,
        } = write;
        let rules = self.miscount(owner, rules).await?;
        self.truth.write(owner, &actor, action, rules, at).await
    }

    /// Rules under which the truth refuses what a store that counts wrongly would refuse.
    async fn miscount(
        &self,
        owner: OwnerId,
        mut rules: WriteRules,
    ) -> Result<WriteRules, WriteError> {
        let feed =
            TaskRepository::changes(&self.truth, owner, SyncPoint::default(), FeedLimit::MAX);
        let Ok(feed) = feed.await else {
            return Ok(rules);
        };
        let tasks = || {
            feed.changes.iter().filter_map(|change| match change {
                Change::Task(task) => Some(task),
                Change::Erased(_) => None,
            })
        };
        let quotas = &mut rules.quotas;
        if self.tells(Lie::CountsCompletedTasks) {
            let completed = tasks().filter(|task| !task.is_deleted() && task.is_completed());
            let completed = completed.count() as u64;
            quotas.open_tasks = quotas
                .open_tasks
                .map(|limit| limit.saturating_sub(completed));
        }
        if self.tells(Lie::CountsNoTombstones) {
            let tombstones = (feed.changes.len() - tasks().count()) as u64;
            quotas.items = quotas.items.map(|limit| limit + tombstones);
        }
        if self.tells(Lie::CountsCharacters) {
            let text = |task: &Task| {
                let description = task.description.as_ref().map_or("", Description::as_str);
                [task.title.as_str(), description].concat()
            };
            let more = tasks().map(|task| text(task).len() - text(task).chars().count());
            let more = more.sum::<usize>() as u64;
            quotas.bytes = quotas.bytes.map(|limit| limit + more);
        }
        Ok(rules)
    }

    async fn apply_one(&self, mut write: Write) -> Result<Written, WriteError> {
        self.bend(&mut write).await?;
        let (owner, at) = (write.owner, write.at);
        let (actor, action) = (write.actor.clone(), write.action.clone());
        let done = self.truly(write).await;
        if self.tells(Lie::CreatesUserOnRefusal)
            && let (Err(_), Origin::Federated(profile)) = (&done, &actor.origin)
        {
            self.truth.rename(&actor, profile.name.clone(), at).await?;
        }
        let taken = matches!(
            done,
            Err(WriteError::Refused {
                refusal: Refusal::AlreadyExists { current: None },
                ..
            })
        );
        if let Action::Apply(operations) = &action
            && let [Operation::Create(new)] = &operations[..]
            && taken
            && self.tells(Lie::GivesTakenIds)
        {
            let task = new.to_task(owner, Revision::ZERO, at);
            return Ok(Written {
                outcomes: vec![Outcome::Created(task)],
                refused: Vec::new(),
                revision: Revision::ZERO,
            });
        }
        let mut written = done?;
        written.outcomes = written
            .outcomes
            .into_iter()
            .map(|outcome| self.bend_outcome(outcome, at))
            .collect();
        Ok(written)
    }

    fn bend_outcome(&self, outcome: Outcome, at: Timestamp) -> Outcome {
        match outcome {
            Outcome::Unchanged(task) if self.tells(Lie::CallsNothingAChange) => {
                Outcome::Changed(task)
            }
            Outcome::Changed(task) if self.tells(Lie::RestampsCompletion) => {
                Outcome::Changed(Task {
                    completed_at: task.completed_at.map(|_| at),
                    ..task
                })
            }
            Outcome::Erased(mut tombstone) if self.tells(Lie::CountsRetentionFromErasure) => {
                tombstone.deleted_at = at;
                Outcome::Erased(tombstone)
            }
            other => other,
        }
    }

    async fn apply_many(&self, write: Write) -> Result<Written, WriteError> {
        if let (Action::Apply(operations), true) = (&write.action, self.tells(Lie::KeepsHalfABatch))
        {
            for (index, operation) in operations.iter().enumerate() {
                let alone = Write {
                    action: operation.clone().into(),
                    ..write.clone()
                };
                if let Err(WriteError::Refused { refusal, .. }) = self.truly(alone).await {
                    return Err(WriteError::Refused { index, refusal });
                }
            }
        }
        let before = self.truth.version(write.owner).await?.revision;
        let mut done = self.truly(write).await;
        match &mut done {
            Ok(written) if self.tells(Lie::NamesRevisionBeforeBatch) => written.revision = before,
            Ok(written) if self.tells(Lie::ReversesOutcomes) => written.outcomes.reverse(),
            Err(WriteError::Refused { index, .. }) if self.tells(Lie::BlamesFirstOperation) => {
                *index = 0;
            }
            _ => {}
        }
        done
    }

    async fn apply_each(&self, mut write: Write) -> Result<Written, WriteError> {
        if self.tells(Lie::StopsAtARefusal)
            && let Action::ApplyEach(operations) = write.action
        {
            write.action = Action::Apply(operations);
        }
        self.truly(write).await
    }

    async fn empty(&self, mut write: Write) -> Result<Written, WriteError> {
        if self.tells(Lie::EmptiesWholeTrash) {
            write.action = Action::EmptyTrash { most: u16::MAX };
        }
        let before = self.truth.version(write.owner).await?.revision;
        let mut written = self.truly(write).await?;
        if self.tells(Lie::CountsNothingErased) {
            written.outcomes.clear();
        }
        if self.tells(Lie::NamesRevisionBeforeEmptying) {
            written.revision = before;
        }
        Ok(written)
    }
}

impl LyingStore {
    fn disguise(&self, task: Task) -> Task {
        if self.tells(Lie::CutsInstants) {
            let cut = |instant: Timestamp| {
                Timestamp::from_micros(instant.as_micros() / 1000 * 1000).unwrap()
            };
            return Task {
                created_at: cut(task.created_at),
                updated_at: cut(task.updated_at),
                ..task
            };
        }
        if self.tells(Lie::TrimsDescriptions) {
            let trimmed = task
                .description
                .as_ref()
                .map(|text| text.as_str().trim().to_owned());
            let description = trimmed.and_then(|text| Description::parse(text).unwrap());
            return Task {
                description,
                ..task
            };
        }
        task
    }

    /// What is said of a version.
    pub(crate) fn shown(&self, owner: OwnerId, version: ListVersion) -> ListVersion {
        if self.tells(Lie::HidesHorizon) {
            return ListVersion {
                purge_horizon: Revision::ZERO,
                ..version
            };
        }
        if self.tells(Lie::StartsRevisionsAgain) {
            let base = self
                .notes()
                .erased_at
                .get(&owner)
                .map_or(0, |revision| revision.as_i64());
            let revision = Revision::new(version.revision.as_i64() - base).unwrap();
            return ListVersion {
                revision,
                ..version
            };
        }
        version
    }

    /// Makes another write of one, as a careless store does.
    async fn bend(&self, write: &mut Write) -> Result<(), WriteError> {
        if self.tells(Lie::IgnoresQuota) {
            write.rules.quotas = Quotas::default();
        }
        if self.tells(Lie::RequiresNoPrecondition) {
            write.rules.require_precondition = false;
        }
        let Action::Apply(operations) = &mut write.action else {
            return Ok(());
        };
        for operation in operations {
            let state = self.truth.find_state(write.owner, operation.id()).await?;
            let current = state.as_ref().and_then(TaskState::task);
            // Between reading and writing others get their turn.
            tokio::task::yield_now().await;
            self.bend_operation(operation, current);
        }
        Ok(())
    }

    fn bend_operation(&self, operation: &mut Operation, current: Option<&Task>) {
        let Operation::Update {
            patch,
            precondition,
            ..
        } = operation
        else {
            return;
        };
        if self.tells(Lie::TogglesWhatItRead) && *patch == TaskPatch::toggle() {
            let completed = current.is_some_and(Task::is_completed);
            patch.completed = Some(CompletedChange::To(!completed));
        }
        if let (Precondition::AnyOf(revisions), true) =
            (&mut *precondition, self.tells(Lie::ReadsOneRevision))
        {
            revisions.truncate(1);
        }
        let holds = current.is_none_or(|task| precondition.holds(task.revision));
        if self.tells(Lie::ChecksBeforeWriting) && holds {
            *precondition = Precondition::None;
        }
        if let (Some(task), true) = (current, self.tells(Lie::WritesWholeTasks)) {
            let whole = TaskPatch::replace_with(task.to_draft());
            *patch = TaskPatch {
                title: patch.title.take().or(whole.title),
                description: patch.description.take().or(whole.description),
                completed: patch.completed.take().or(whole.completed),
                priority: patch.priority.take().or(whole.priority),
                due: patch.due.take().or(whole.due),
                tags: patch.tags.take().or(whole.tags),
                parent: patch.parent.or(whole.parent),
                position: patch.position.take().or(whole.position),
                metadata: patch.metadata.take().or(whole.metadata),
            };
        }
    }
}
