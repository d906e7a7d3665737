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
    /// The id that it stands under.
    #[must_use]
    pub fn id(&self) -> TaskId {
        match self {
            Self::Task { task, .. } => task.id,
            Self::Tombstone { tombstone, .. } => tombstone.id,
        }
    }

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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::task::{Task, TaskDraft};
    use crate::testing::builders::{
        a_draft, a_task_id, completed, create, create_once, delete, erase, instant, restore,
        revision, toggle, under, update,
    };

    fn open(live_tasks: u32, rules: WriteRules) -> Ledger {
        let owner = UserId::for_subject("clerk", "user_1");
        Ledger::open(owner, revision(20), live_tasks, rules, instant(5))
    }

    fn limited(quota: u32, live_tasks: u32) -> Ledger {
        open(
            live_tasks,
            WriteRules {
                quota: Some(quota),
                ..WriteRules::default()
            },
        )
    }

    fn strict() -> Ledger {
        open(
            1,
            WriteRules {
                require_precondition: true,
                ..WriteRules::default()
            },
        )
    }

    fn draft() -> TaskDraft {
        a_draft("Buy milk")
    }

    fn enter(ledger: &mut Ledger, deleted: bool) -> Task {
        let new = NewTask {
            id: a_task_id(),
            draft: draft(),
            fingerprint: None,
        };
        let task = new.to_task(ledger.owner, revision(3), instant(0));
        let task = Task {
            deleted_at: deleted.then(|| instant(1)),
            ..task
        };
        ledger.enter(TaskState::Task {
            task: Box::new(task.clone()),
            fingerprint: None,
        });
        task
    }

    fn books(ledger: &Ledger) -> (Revision, u32, usize) {
        (
            ledger.revision(),
            ledger.live_tasks(),
            ledger.written().count(),
        )
    }

    #[test]
    fn each_change_takes_the_next_revision_and_is_written_once_a_task() {
        let mut ledger = open(0, WriteRules::default());
        let (first, second) = (a_task_id(), a_task_id());
        let operations = [
            create(first, draft()),
            create(second, draft()),
            toggle(first),
            delete(second),
        ];
        for (expected, operation) in (21..).zip(&operations) {
            let taken = ledger.apply(operation).unwrap().revision_taken();
            assert_eq!(taken, Some(revision(expected)));
        }
        assert_eq!(books(&ledger), (revision(24), 1, 2));
        let mut revisions: Vec<_> = ledger
            .written()
            .map(|held| match held {
                TaskState::Task { task, .. } => task.revision.as_i64(),
                TaskState::Tombstone { .. } => panic!("nothing was erased"),
            })
            .collect();
        revisions.sort_unstable();
        assert_eq!(revisions, [23, 24]);
    }

    #[test]
    fn refused_and_unchanging_operations_leave_the_books_alone() {
        let mut ledger = limited(1, 1);
        let (live, trashed) = (enter(&mut ledger, false), enter(&mut ledger, true));
        let before = books(&ledger);
        let same = update(live.id, completed(false));
        assert_eq!(ledger.apply(&same), Ok(Outcome::Unchanged(live.clone())));
        for operation in [
            toggle(a_task_id()),
            create(live.id, draft()),
            create(a_task_id(), draft()),
            restore(live.id),
            restore(trashed.id),
            under(revision(4), toggle(live.id)),
        ] {
            ledger.apply(&operation).unwrap_err();
            assert_eq!(books(&ledger), before, "{operation:?}");
        }
        assert_eq!(ledger.written().count(), 0);
    }

    #[test]
    fn the_quota_bounds_what_becomes_live_and_nothing_else() {
        let mut ledger = limited(2, 2);
        let (live, trashed) = (enter(&mut ledger, false), enter(&mut ledger, true));
        let exceeded = Err(Refusal::QuotaExceeded { limit: 2 });
        assert_eq!(ledger.apply(&create(a_task_id(), draft())), exceeded);
        assert_eq!(ledger.apply(&restore(trashed.id)), exceeded);
        ledger.apply(&toggle(live.id)).unwrap();
        assert_eq!(ledger.live_tasks(), 2);
        ledger.apply(&delete(live.id)).unwrap();
        assert_eq!(ledger.live_tasks(), 1);
        ledger.apply(&restore(trashed.id)).unwrap();
        assert_eq!(ledger.apply(&create(a_task_id(), draft())), exceeded);
        ledger.apply(&erase(trashed.id)).unwrap();
        assert_eq!(ledger.live_tasks(), 1);
        ledger.apply(&erase(live.id)).unwrap();
        assert_eq!(ledger.live_tasks(), 1, "a task in the trash was not live");
        ledger.apply(&create(a_task_id(), draft())).unwrap();
        assert_eq!(ledger.live_tasks(), 2);
    }

    #[test]
    fn an_owner_above_a_lowered_quota_can_only_go_down() {
        let mut ledger = limited(2, 5);
        let live = enter(&mut ledger, false);
        assert!(ledger.apply(&create(a_task_id(), draft())).is_err());
        ledger.apply(&delete(live.id)).unwrap();
        assert!(ledger.apply(&restore(live.id)).is_err());
        assert_eq!(ledger.live_tasks(), 4);
    }

    #[test]
    fn a_required_precondition_is_asked_of_writes_to_existing_tasks() {
        let mut ledger = strict();
        let (live, trashed) = (enter(&mut ledger, false), enter(&mut ledger, true));
        let required = Err(Refusal::PreconditionRequired {
            current: revision(3),
        });
        let unchanged = update(live.id, completed(false));
        for operation in [toggle(live.id), unchanged, delete(live.id), erase(live.id)] {
            assert_eq!(ledger.apply(&operation), required, "{operation:?}");
        }
        for operation in [restore(trashed.id), erase(trashed.id)] {
            assert_eq!(ledger.apply(&operation), required, "{operation:?}");
        }
        let taken = Refusal::AlreadyExists {
            current: Some(revision(3)),
        };
        assert_eq!(ledger.apply(&create(live.id, draft())), Err(taken));
        assert_eq!(ledger.apply(&restore(live.id)), Err(Refusal::NotDeleted));
        assert_eq!(ledger.apply(&toggle(trashed.id)), Err(Refusal::NotFound));
        assert_eq!(ledger.apply(&toggle(a_task_id())), Err(Refusal::NotFound));
        ledger
            .apply(&under(Precondition::Exists, toggle(live.id)))
            .unwrap();
    }

    #[test]
    fn what_the_books_have_written_needs_no_precondition() {
        let mut ledger = strict();
        let (live, new) = (enter(&mut ledger, false), a_task_id());
        ledger.apply(&create(new, draft())).unwrap();
        ledger.apply(&toggle(new)).unwrap();
        assert!(
            ledger
                .apply(&under(revision(3), update(live.id, completed(false))))
                .is_ok()
        );
        assert!(
            ledger.apply(&toggle(live.id)).is_err(),
            "nothing was written to it yet"
        );
        ledger.apply(&under(revision(3), toggle(live.id))).unwrap();
        ledger.apply(&delete(live.id)).unwrap();
        assert_eq!(ledger.apply(&toggle(live.id)), Err(Refusal::NotFound));
    }

    #[test]
    fn a_fingerprint_stays_with_the_id() {
        let mut ledger = open(0, WriteRules::default());
        let id = a_task_id();
        let (operation, fingerprint) = create_once(id, draft());
        for operation in [operation, toggle(id), delete(id), restore(id), erase(id)] {
            ledger.apply(&operation).unwrap();
            let written: Vec<_> = ledger.written().map(TaskState::fingerprint).collect();
            assert_eq!(written, [Some(fingerprint)], "after {operation:?}");
        }
    }
}
