use async_trait::async_trait;
use tasklane_domain::clock::Timestamp;
use tasklane_domain::error::StoreError;
use tasklane_domain::id::{TaskId, UserId};
use tasklane_domain::page::{ListVersion, TaskPage, TaskQuery};
use tasklane_domain::port::{BatchError, FeedError, TaskRepository, WriteError};
use tasklane_domain::task::{
    Change, ChangePage, Ledger, Operation, Outcome, Revision, Task, TaskState, Tombstone,
    WriteRules,
};
use tasklane_domain::user::{Origin, Owner};

use super::{Books, MemoryStore, State};
use crate::model::whole_list;

#[async_trait]
impl TaskRepository for MemoryStore {
    async fn find(&self, owner: UserId, id: TaskId) -> Result<Option<Task>, StoreError> {
        let state = self.state()?;
        let task = state.held(owner, id).and_then(TaskState::task);
        Ok(task.filter(|task| !task.is_deleted()).cloned())
    }

    async fn find_state(&self, owner: UserId, id: TaskId) -> Result<Option<TaskState>, StoreError> {
        Ok(self.state()?.held(owner, id).cloned())
    }

    async fn version(&self, owner: UserId) -> Result<ListVersion, StoreError> {
        Ok(self.state()?.version(owner))
    }

    async fn list(&self, owner: UserId, query: &TaskQuery) -> Result<TaskPage, StoreError> {
        let state = self.state()?;
        let tasks = state.users.get(&owner).into_iter().flat_map(Books::tasks);
        Ok(TaskPage::from_overfetch(
            whole_list(tasks, query),
            query,
            state.version(owner),
        ))
    }

    async fn changes(
        &self,
        owner: UserId,
        since: Revision,
        limit: u16,
    ) -> Result<ChangePage, FeedError> {
        let state = self.state()?;
        let ListVersion {
            revision,
            purge_horizon,
        } = state.version(owner);
        if since > revision {
            return Err(FeedError::Ahead { current: revision });
        }
        if since > Revision::ZERO && since < purge_horizon {
            return Err(FeedError::Expired);
        }
        let held = state
            .users
            .get(&owner)
            .into_iter()
            .flat_map(|books| books.held.values());
        let mut changes: Vec<Change> = held
            .map(TaskState::to_change)
            .filter(|change| change.revision() > since)
            .collect();
        changes.sort_by_key(Change::revision);
        let has_more = changes.len() > usize::from(limit);
        changes.truncate(limit.into());
        let last = changes.last().filter(|_| has_more).map(Change::revision);
        Ok(ChangePage {
            changes,
            revision: last.unwrap_or(revision),
            has_more,
        })
    }

    async fn apply(
        &self,
        owner: &Owner,
        operation: Operation,
        rules: WriteRules,
        at: Timestamp,
    ) -> Result<Outcome, WriteError> {
        let mut state = self.state()?;
        if !state.may_write(owner) {
            return Err(WriteError::UnknownOwner);
        }
        let mut ledger = state.ledger(owner.id, std::slice::from_ref(&operation), rules, at);
        let outcome = ledger.apply(&operation)?;
        state.write_down(owner, &ledger, at);
        Ok(outcome)
    }

    async fn apply_all(
        &self,
        owner: &Owner,
        operations: Vec<Operation>,
        rules: WriteRules,
        at: Timestamp,
    ) -> Result<(Vec<Outcome>, Revision), BatchError> {
        let mut state = self.state()?;
        if !state.may_write(owner) {
            return Err(BatchError::UnknownOwner);
        }
        let mut ledger = state.ledger(owner.id, &operations, rules, at);
        let outcomes = operations
            .iter()
            .enumerate()
            .map(|(index, operation)| {
                ledger
                    .apply(operation)
                    .map_err(|refusal| BatchError::Refused { index, refusal })
            })
            .collect::<Result<Vec<_>, _>>()?;
        state.write_down(owner, &ledger, at);
        Ok((outcomes, ledger.revision()))
    }

    async fn empty_trash(
        &self,
        owner: UserId,
        at: Timestamp,
    ) -> Result<(u64, Revision), StoreError> {
        let mut state = self.state()?;
        let Some(books) = state.users.get_mut(&owner) else {
            return Ok((0, Revision::ZERO));
        };
        let mut erased = 0;
        for held in books.held.values_mut() {
            let TaskState::Task { task, fingerprint } = held else {
                continue;
            };
            if task.is_deleted() {
                let revision = books.version.revision.next();
                let deleted_at = task.deleted_at.unwrap_or(at);
                let tombstone = Tombstone {
                    id: task.id,
                    revision,
                    deleted_at,
                };
                *held = TaskState::Tombstone {
                    tombstone,
                    fingerprint: *fingerprint,
                };
                books.version.revision = revision;
                erased += 1;
            }
        }
        Ok((erased, books.version.revision))
    }
}

impl State {
    fn version(&self, owner: UserId) -> ListVersion {
        self.users
            .get(&owner)
            .map(|books| books.version)
            .unwrap_or_default()
    }

    fn held(&self, owner: UserId, id: TaskId) -> Option<&TaskState> {
        self.users.get(&owner)?.held.get(&id)
    }

    fn may_write(&self, owner: &Owner) -> bool {
        owner.origin != Origin::Local || self.present(owner.id).is_some()
    }

    /// The owner's books, opened for operations.
    fn ledger(
        &self,
        owner: UserId,
        operations: &[Operation],
        rules: WriteRules,
        at: Timestamp,
    ) -> Ledger {
        let revision = self.version(owner).revision;
        let live_tasks = self.users.get(&owner).map_or(0, |books| books.live_tasks);
        let mut ledger = Ledger::open(owner, revision, live_tasks, rules, at);
        for held in operations
            .iter()
            .filter_map(|operation| self.held(owner, operation.id()))
        {
            ledger.enter(held.clone());
        }
        ledger
    }

    /// Takes over what a ledger says, and creates no user when it says that nothing changed.
    fn write_down(&mut self, owner: &Owner, ledger: &Ledger, at: Timestamp) {
        if ledger.written().next().is_none() {
            return;
        }
        let Some(books) = self.present_or_new(owner, at) else {
            return;
        };
        books.version.revision = ledger.revision();
        books.live_tasks = ledger.live_tasks();
        books
            .held
            .extend(ledger.written().map(|held| (held.id(), held.clone())));
    }
}
