mod moves;
mod subtasks;

pub use subtasks::MAX_SUBTASKS;

use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::time::Duration;

use self::moves::KnownOrder;
use super::{
    Action, NewTask, Operation, Outcome, Precondition, Refusal, Refused, Revision, Task, TaskState,
    Tombstone, Usage, Write, WriteError, WriteRules, Written,
};
use crate::clock::Timestamp;
use crate::id::{OwnerId, TaskId};
use crate::user::{Actor, Admission, Origin, is_outdated};

/// What a store keeps of an owner as a whole. Of one that it knows nothing of, it is the default.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct OwnerState {
    /// Whether there is such an owner, not erased.
    pub exists: bool,
    /// Raised by everything that changes what the owner owns or counts. Who writes against the
    /// version that they read has seen everything as it is. Zero where nothing is known.
    pub version: i64,
    /// The highest revision that was given.
    pub revision: Revision,
    /// What is kept.
    pub usage: Usage,
    /// Tokens that were issued up to then do not count.
    pub not_before: Option<Timestamp>,
}

/// An owner's books while writes are done one after another: the only place that knows the rules of
/// a task.
///
/// A store opens it with what it read, lets it decide, and stores what [`Ledger::close`] says, if the
/// owner is then still at the version that was read.
#[derive(Debug, Clone)]
pub struct Ledger {
    owner: OwnerId,
    /// As it was read.
    loaded: OwnerState,
    state: OwnerState,
    tasks: HashMap<TaskId, TaskState>,
    /// What was read of each task that was written.
    before: HashMap<TaskId, Option<TaskState>>,
    admission: Option<Admission>,
    /// What the write under way sees of the order.
    known_order: Option<KnownOrder>,
    /// What was there before, of each step of the write under way.
    undo: Vec<(TaskId, Option<TaskState>)>,
}

/// What writes have made of an owner: what is to be stored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OwnerChanges {
    /// Whose it is.
    pub owner: OwnerId,
    /// The version that the owner must still be at.
    pub loaded_version: i64,
    /// The owner, from now on.
    pub state: OwnerState,
    /// The federated user who comes to exist with it, or back.
    pub admission: Option<Admission>,
    /// The tasks that were written, by ascending revision.
    pub tasks: Vec<TaskChange>,
}

/// What writes have made of a task.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TaskChange {
    /// As it was read; `None` for a new one.
    pub before: Option<TaskState>,
    /// As it is from now on.
    pub after: TaskState,
}

impl Ledger {
    /// Opens the books of an owner.
    #[must_use]
    pub fn open(owner: OwnerId, state: OwnerState) -> Self {
        Self {
            owner,
            loaded: state,
            state,
            tasks: HashMap::new(),
            before: HashMap::new(),
            admission: None,
            known_order: None,
            undo: Vec::new(),
        }
    }

    /// Enters what the store holds of what the writes need to see.
    pub fn enter(&mut self, held: TaskState) {
        self.tasks.insert(held.id(), held);
    }

    /// Does a write, or nothing of it.
    ///
    /// # Errors
    /// The first refusal, or that who writes may not.
    pub fn write(&mut self, write: &Write) -> Result<Written, WriteError> {
        self.check_actor(&write.actor)?;
        let before = self.state;
        self.undo.clear();
        self.known_order = self.known_order(write.action.neighbourhood());
        let done = match &write.action {
            Action::Apply(operations) => self
                .apply_all(operations, write.rules, write.at)
                .map(|outcomes| (outcomes, Vec::new())),
            Action::ApplyEach(operations) => self.apply_each(operations, write.rules, write.at),
            Action::EmptyTrash { most } => Ok((self.empty_trash(*most, write.at), Vec::new())),
        };
        if done.is_err() {
            self.roll_back(before, 0);
        }
        let (outcomes, refused) = done?;
        if !self.state.exists && self.state != before {
            self.admission = write.actor.admission(write.at);
            self.state.exists = true;
        }
        Ok(Written {
            outcomes,
            refused,
            revision: self.state.revision,
        })
    }

    /// The owner after what was done.
    #[must_use]
    pub fn state(&self) -> OwnerState {
        self.state
    }

    /// What is to be stored; `None` when nothing was changed.
    #[must_use]
    pub fn close(mut self) -> Option<OwnerChanges> {
        if self.before.is_empty() {
            return None;
        }
        let changes = self.before.into_iter().filter_map(|(id, before)| {
            let after = self.tasks.remove(&id)?;
            Some(TaskChange { before, after })
        });
        let mut tasks: Vec<TaskChange> = changes.collect();
        tasks.sort_unstable_by_key(|change| change.after.revision());
        Some(OwnerChanges {
            owner: self.owner,
            loaded_version: self.loaded.version,
            state: OwnerState {
                version: self.loaded.version + 1,
                ..self.state
            },
            admission: self.admission,
            tasks,
        })
    }

    fn check_actor(&self, actor: &Actor) -> Result<(), WriteError> {
        if actor.origin == Origin::Local && !self.state.exists {
            return Err(WriteError::UnknownOwner);
        }
        // Other processes may have let an old token in for some seconds after it was refused.
        let not_before = self.state.not_before;
        match actor.issued_at {
            Some(issued_at) if is_outdated(issued_at, not_before) => Err(WriteError::Revoked),
            _ => Ok(()),
        }
    }

    fn apply_all(
        &mut self,
        operations: &[Operation],
        rules: WriteRules,
        at: Timestamp,
    ) -> Result<Vec<Outcome>, WriteError> {
        let operations = operations.iter().zip(instants(at)).enumerate();
        operations
            .map(|(index, (operation, at))| {
                let applied = self.apply(operation, rules, at);
                applied.map_err(|refusal| WriteError::Refused { index, refusal })
            })
            .collect()
    }

    /// Does those operations that are not refused.
    ///
    /// # Errors
    /// One of them must see more to be decided.
    fn apply_each(
        &mut self,
        operations: &[Operation],
        rules: WriteRules,
        at: Timestamp,
    ) -> Result<(Vec<Outcome>, Vec<Refused>), WriteError> {
        let (mut outcomes, mut refused) = (Vec::new(), Vec::new());
        for (index, (operation, at)) in operations.iter().zip(instants(at)).enumerate() {
            let (before, steps) = (self.state, self.undo.len());
            match self.apply(operation, rules, at) {
                Ok(outcome) => outcomes.push(outcome),
                Err(refusal @ Refusal::OutOfReach) => {
                    return Err(WriteError::Refused { index, refusal });
                }
                Err(refusal) => {
                    self.roll_back(before, steps);
                    let held = self.tasks.get(&operation.id());
                    refused.push(Refused {
                        index,
                        refusal,
                        current: held.and_then(TaskState::task).cloned(),
                    });
                }
            }
        }
        Ok((outcomes, refused))
    }

    /// Does one operation, as [`Operation::decide`] and the rules define it.
    fn apply(
        &mut self,
        operation: &Operation,
        rules: WriteRules,
        at: Timestamp,
    ) -> Result<Outcome, Refusal> {
        let held = self.tasks.get(&operation.id());
        let outcome = operation.decide(self.owner, held, self.state.revision.next(), at);
        if rules.require_precondition {
            self.check_precondition_given(operation, held, &outcome)?;
        }
        let outcome = outcome?;
        if let Operation::Move(moved) = operation {
            return self.rearrange(moved, rules, at);
        }
        let fingerprint = match operation {
            Operation::Create(NewTask { fingerprint, .. }) => *fingerprint,
            _ => held.and_then(TaskState::fingerprint),
        };
        let deleted_at = held.and_then(TaskState::deleted_at);
        let outcome = self.check_belonging(operation, outcome)?;
        if outcome.revision_taken().is_some() {
            let usage = self.state.usage;
            self.put(TaskState::from_outcome(&outcome, fingerprint));
            self.take_subtasks_along(operation, deleted_at, at);
            rules.quotas.check(usage, self.state.usage)?;
        }
        Ok(outcome)
    }

    fn check_precondition_given(
        &self,
        operation: &Operation,
        held: Option<&TaskState>,
        outcome: &Result<Outcome, Refusal>,
    ) -> Result<(), Refusal> {
        let id = operation.id();
        let exempt = *operation.precondition() != Precondition::None
            || matches!(operation, Operation::Create(_))
            || self.undo.iter().any(|(written, _)| *written == id)
            || matches!(
                outcome,
                Err(Refusal::NotFound | Refusal::NotDeleted | Refusal::AlreadyExists { .. })
            );
        match held.and_then(TaskState::task) {
            Some(task) if !exempt => Err(Refusal::PreconditionRequired {
                current: task.revision,
            }),
            _ => Ok(()),
        }
    }

    fn empty_trash(&mut self, most: u16, at: Timestamp) -> Vec<Outcome> {
        let is_trashed = |held: &&TaskState| held.task().is_some_and(Task::is_deleted);
        let trash = self.tasks.values().filter(is_trashed);
        let mut trash: Vec<(Revision, TaskId)> =
            trash.map(|held| (held.revision(), held.id())).collect();
        trash.sort_unstable();
        trash.truncate(most.into());
        let ids = trash.into_iter().map(|(_, id)| id);
        ids.filter_map(|id| self.erase(id, at)).collect()
    }

    fn erase(&mut self, id: TaskId, at: Timestamp) -> Option<Outcome> {
        let held = self.tasks.get(&id)?;
        let tombstone = Tombstone::of(held.task()?, self.state.revision.next(), at);
        let fingerprint = held.fingerprint();
        self.put(TaskState::Tombstone {
            tombstone,
            fingerprint,
        });
        Some(Outcome::Erased(tombstone))
    }

    fn live(&self, id: TaskId) -> Option<&Task> {
        self.tasks.get(&id).and_then(TaskState::live)
    }

    /// Changes a task, live or in the trash, which takes the next revision.
    fn change(&mut self, id: TaskId, change: impl FnOnce(Task) -> Task) {
        let Some(TaskState::Task { task, fingerprint }) = self.tasks.get(&id) else {
            return;
        };
        let fingerprint = *fingerprint;
        let task = Task {
            revision: self.state.revision.next(),
            ..change(Task::clone(task))
        };
        self.put(TaskState::Task {
            task: Box::new(task),
            fingerprint,
        });
    }

    /// Takes over what has taken the next revision.
    fn put(&mut self, held: TaskState) {
        let id = held.id();
        self.state.revision = held.revision();
        self.state.usage = self.state.usage.replacing(self.tasks.get(&id), &held);
        let previous = self.tasks.insert(id, held);
        if let Entry::Vacant(entry) = self.before.entry(id) {
            entry.insert(previous.clone());
        }
        self.undo.push((id, previous));
    }

    /// Undoes what the write under way has done after that many `steps`.
    fn roll_back(&mut self, state: OwnerState, steps: usize) {
        self.state = state;
        let undone: Vec<_> = self.undo.drain(steps..).collect();
        for (id, previous) in undone.into_iter().rev() {
            // What an earlier write has written keeps a revision that was taken since it was read.
            let read = self.before.get(&id).and_then(Option::as_ref);
            if previous.as_ref() == read {
                self.before.remove(&id);
            }
            match previous {
                Some(previous) => self.tasks.insert(id, previous),
                None => self.tasks.remove(&id),
            };
        }
    }
}

/// The instants of the operations of one write, a microsecond apart.
fn instants(at: Timestamp) -> impl Iterator<Item = Timestamp> {
    (0..).map(move |micros| at.after(Duration::from_micros(micros)))
}
