use std::collections::{HashMap, HashSet};

use super::{Fingerprint, NewTask, Operation, Outcome, Precondition, Refusal, Revision, TaskState};
use crate::clock::Timestamp;
use crate::id::{TaskId, UserId};

/// What an owner's writes must keep to, beside each operation's own precondition.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct WriteRules {
    /// Most live tasks that a create or restore may lead to; `None` for no limit.
    pub quota: Option<u32>,
    /// Whether a write to an existing task must name the revision that it changes. In a batch, a
    /// task that the batch itself has written is exempt.
    pub require_precondition: bool,
}

/// An owner's books while operations are done one after another.
///
/// A store opens it with what it read, applies the operations, and writes down what
/// [`Ledger::written`] and the totals say, all in one atomic step.
#[derive(Debug, Clone)]
pub struct Ledger {
    owner: UserId,
    revision: Revision,
    live_tasks: u32,
    rules: WriteRules,
    at: Timestamp,
    held: HashMap<TaskId, TaskState>,
    written: HashSet<TaskId>,
}

impl Ledger {
    /// Opens the books of an owner who is at `revision` with `live_tasks`, at the instant `at`.
    #[must_use]
    pub fn open(
        owner: UserId,
        revision: Revision,
        live_tasks: u32,
        rules: WriteRules,
        at: Timestamp,
    ) -> Self {
        Self {
            owner,
            revision,
            live_tasks,
            rules,
            at,
            held: HashMap::new(),
            written: HashSet::new(),
        }
    }

    /// Enters what the store holds under one of the ids that operations are about.
    pub fn enter(&mut self, held: TaskState) {
        self.held.insert(held.id(), held);
    }

    /// Does one operation, as [`Operation::decide`] and the rules define it.
    ///
    /// # Errors
    /// The refusal; the books stay as they were.
    pub fn apply(&mut self, operation: &Operation) -> Result<Outcome, Refusal> {
        let id = operation.id();
        let held = self.held.get(&id);
        let outcome = operation.decide(self.owner, held, self.revision.next(), self.at);
        self.check_precondition_given(operation, held, &outcome)?;
        let outcome = outcome?;
        let was_live = held.and_then(TaskState::live_revision).is_some();
        let live_tasks = self.count_live(was_live, outcome.is_live())?;
        let fingerprint = match operation {
            Operation::Create(NewTask { fingerprint, .. }) => *fingerprint,
            _ => held.and_then(TaskState::fingerprint),
        };
        if let Some(revision) = outcome.revision_taken() {
            self.revision = revision;
            self.live_tasks = live_tasks;
            self.held
                .insert(id, TaskState::from_outcome(&outcome, fingerprint));
            self.written.insert(id);
        }
        Ok(outcome)
    }

    fn check_precondition_given(
        &self,
        operation: &Operation,
        held: Option<&TaskState>,
        outcome: &Result<Outcome, Refusal>,
    ) -> Result<(), Refusal> {
        let exempt = !self.rules.require_precondition
            || *operation.precondition() != Precondition::None
            || matches!(operation, Operation::Create(_))
            || self.written.contains(&operation.id())
            || matches!(outcome, Err(Refusal::NotFound | Refusal::NotDeleted));
        match held {
            Some(TaskState::Task { task, .. }) if !exempt => Err(Refusal::PreconditionRequired {
                current: task.revision,
            }),
            _ => Ok(()),
        }
    }

    fn count_live(&self, was_live: bool, is_live: bool) -> Result<u32, Refusal> {
        match (was_live, is_live) {
            (false, true) => match self.rules.quota {
                Some(limit) if self.live_tasks >= limit => Err(Refusal::QuotaExceeded { limit }),
                _ => Ok(self.live_tasks.saturating_add(1)),
            },
            (true, false) => Ok(self.live_tasks.saturating_sub(1)),
            _ => Ok(self.live_tasks),
        }
    }

    /// The owner's revision after what was done.
    #[must_use]
    pub fn revision(&self) -> Revision {
        self.revision
    }

    /// The owner's number of live tasks after what was done.
    #[must_use]
    pub fn live_tasks(&self) -> u32 {
        self.live_tasks
    }

    /// The last state of each task that was written, in no particular order.
    pub fn written(&self) -> impl Iterator<Item = &TaskState> {
        self.written.iter().filter_map(|id| self.held.get(id))
    }
}

impl TaskState {
    fn from_outcome(outcome: &Outcome, fingerprint: Option<Fingerprint>) -> Self {
        match outcome {
            Outcome::Created(task)
            | Outcome::Changed(task)
            | Outcome::Unchanged(task)
            | Outcome::Deleted(task) => Self::Task {
                task: Box::new(task.clone()),
                fingerprint,
            },
            Outcome::Erased(tombstone) => Self::Tombstone {
                tombstone: *tombstone,
                fingerprint,
            },
        }
    }
}
