use async_trait::async_trait;
use tasklane_domain::clock::Timestamp;
use tasklane_domain::error::StoreError;
use tasklane_domain::id::{OwnerId, TaskId};
use tasklane_domain::page::{FeedLimit, ListVersion, Tally, TaskPage, TaskQuery};
use tasklane_domain::port::TaskRepository;
use tasklane_domain::task::{
    Action, Change, ChangePage, FeedError, Ledger, OwnerState, SyncPoint, Task, TaskState, Write,
    WriteError, WriteRules, Written,
};
use tasklane_domain::user::Actor;

use super::{Books, MemoryStore, State};
use crate::model::needed;

#[async_trait]
impl TaskRepository for MemoryStore {
    async fn find(&self, owner: OwnerId, id: TaskId) -> Result<Option<Task>, StoreError> {
        let state = self.state()?;
        let task = state.held(owner, id).and_then(TaskState::task);
        Ok(task.filter(|task| !task.is_deleted()).cloned())
    }

    async fn find_state(
        &self,
        owner: OwnerId,
        id: TaskId,
    ) -> Result<Option<TaskState>, StoreError> {
        Ok(self.state()?.held(owner, id).cloned())
    }

    async fn version(&self, owner: OwnerId) -> Result<ListVersion, StoreError> {
        Ok(self.state()?.version(owner))
    }

    async fn list(&self, owner: OwnerId, query: &TaskQuery) -> Result<TaskPage, StoreError> {
        let state = self.state()?;
        let tasks = state.of_owner(owner).into_iter().flat_map(Books::tasks);
        let items = query.select(tasks).into_iter().cloned().collect();
        Ok(TaskPage::from_overfetch(items, query, state.version(owner)))
    }

    async fn tally(&self, owner: OwnerId) -> Result<Tally, StoreError> {
        let state = self.state()?;
        let tasks = state.of_owner(owner).into_iter().flat_map(Books::tasks);
        Ok(Tally::of(state.version(owner), tasks))
    }

    async fn changes(
        &self,
        owner: OwnerId,
        since: SyncPoint,
        limit: FeedLimit,
    ) -> Result<ChangePage, FeedError> {
        let state = self.state()?;
        let books = state.of_owner(owner).into_iter();
        let mut changes: Vec<Change> = books
            .flat_map(|books| books.held.values())
            .map(TaskState::to_change)
            .filter(|change| change.revision() > since.revision)
            .collect();
        changes.sort_by_key(Change::revision);
        ChangePage::read(state.version(owner), since, limit, changes)
    }

    async fn write(
        &self,
        owner: OwnerId,
        actor: &Actor,
        action: Action,
        rules: WriteRules,
        at: Timestamp,
    ) -> Result<Written, WriteError> {
        let write = Write {
            owner,
            actor: actor.clone(),
            action,
            rules,
            at,
        };
        let mut state = self.state()?;
        let mut ledger = state.open(&write);
        let written = ledger.write(&write)?;
        if let Some(changes) = ledger.close()
            && let Some(books) = state.present_or_new(actor, at)
        {
            books.version.revision = changes.state.revision;
            books.usage = changes.state.usage;
            let tasks = changes.tasks.into_iter().map(|task| task.after);
            books.held.extend(tasks.map(|held| (held.id(), held)));
        }
        Ok(written)
    }
}

impl State {
    fn version(&self, owner: OwnerId) -> ListVersion {
        self.of_owner(owner)
            .map(|books| books.version)
            .unwrap_or_default()
    }

    fn held(&self, owner: OwnerId, id: TaskId) -> Option<&TaskState> {
        self.of_owner(owner)?.held.get(&id)
    }

    /// The owner's books with what a write must see, as a store loads it. Nobody comes in between, so
    /// that versions need not be compared.
    fn open(&self, write: &Write) -> Ledger {
        let owner = write.owner;
        let Some(books) = self.of_owner(owner) else {
            return Ledger::open(owner, OwnerState::default());
        };
        let state = OwnerState {
            exists: books.profile.is_some(),
            version: 0,
            revision: books.version.revision,
            usage: books.usage,
            not_before: books.not_before,
        };
        let mut ledger = Ledger::open(owner, state);
        for held in needed(books.held.values(), &write.needs()) {
            ledger.enter(held);
        }
        ledger
    }
}
