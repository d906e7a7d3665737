use super::Ledger;
use crate::clock::Timestamp;
use crate::id::TaskId;
use crate::task::{InvalidInput, Operation, Outcome, Part, Refusal, Task, TaskState};

/// Most live sub-tasks of a task.
pub const MAX_SUBTASKS: usize = 200;

const PARENT: &str = "parent_id";

impl Ledger {
    /// Makes sure that the task which an operation leaves may be where it then is. One that comes back
    /// from the trash loses a parent that is not live, or that is another task under the id of one that
    /// was purged, and is a sub-task itself.
    pub(super) fn check_belonging(
        &self,
        operation: &Operation,
        outcome: Outcome,
    ) -> Result<Outcome, Refusal> {
        let (Outcome::Created(task) | Outcome::Changed(task)) = &outcome else {
            return Ok(outcome);
        };
        let Some(parent) = task.parent else {
            return Ok(outcome);
        };
        if !matches!(operation, Operation::Restore { .. }) {
            let held = self.tasks.get(&task.id).and_then(TaskState::task);
            let part = match operation {
                Operation::Create(_) | Operation::Put { .. } => Part::Draft,
                _ => Part::Patch,
            };
            let before = held.and_then(|task| task.parent);
            self.check_parent(part, task.id, before, Some(parent))?;
            return Ok(outcome);
        }
        if self
            .live(parent)
            .is_some_and(|whole| whole.parent.is_none())
        {
            self.check_room_below(Part::Operation, parent)?;
            return Ok(outcome);
        }
        Ok(Outcome::Changed(Task {
            parent: None,
            ..task.clone()
        }))
    }

    /// Whether a task may come from one parent to another.
    pub(super) fn check_parent(
        &self,
        part: Part,
        id: TaskId,
        before: Option<TaskId>,
        after: Option<TaskId>,
    ) -> Result<(), InvalidInput> {
        let Some(parent_id) = after.filter(|_| after != before) else {
            return Ok(());
        };
        let parent = self.live(parent_id).filter(|parent| parent.id != id);
        let parent = parent.ok_or_else(|| InvalidInput::unknown_task(part, PARENT))?;
        if parent.parent.is_some() || self.subtasks(id).next().is_some() {
            let message = "must leave sub-tasks without sub-tasks of their own";
            return Err(InvalidInput::new(part, PARENT, "too_deep", message));
        }
        self.check_room_below(part, parent_id)
    }

    fn check_room_below(&self, part: Part, parent: TaskId) -> Result<(), InvalidInput> {
        let live = self.subtasks(parent).filter(|task| !task.is_deleted());
        if live.count() < MAX_SUBTASKS {
            return Ok(());
        }
        let message = format!("must be a task with fewer than {MAX_SUBTASKS} sub-tasks");
        let mut invalid = InvalidInput::new(part, PARENT, "too_many", message);
        invalid.violation = invalid.violation.with("max", MAX_SUBTASKS as u64);
        Err(invalid)
    }

    /// Does to the sub-tasks of a task what goes with what was done to it. It was in the trash since
    /// `deleted_at`.
    pub(super) fn take_subtasks_along(
        &mut self,
        operation: &Operation,
        deleted_at: Option<Timestamp>,
        at: Timestamp,
    ) {
        let id = operation.id();
        match operation {
            Operation::Delete { .. } => {
                for id in self.subtasks_in_order(id, |task| !task.is_deleted()) {
                    self.set_deleted_at(id, Some(at), at);
                }
            }
            Operation::Restore { .. } => {
                for id in self.subtasks_in_order(id, |task| task.deleted_at == deleted_at) {
                    self.set_deleted_at(id, None, at);
                }
            }
            Operation::Erase { .. } => {
                for id in self.subtasks_in_order(id, |_| true) {
                    self.erase(id, at);
                }
            }
            Operation::Create(_)
            | Operation::Put { .. }
            | Operation::Update { .. }
            | Operation::Move(_) => {}
        }
    }

    fn set_deleted_at(&mut self, id: TaskId, deleted_at: Option<Timestamp>, at: Timestamp) {
        self.change(id, |task| Task {
            deleted_at,
            updated_at: at,
            ..task
        });
    }

    /// The sub-tasks, live or in the trash.
    fn subtasks(&self, id: TaskId) -> impl Iterator<Item = &Task> {
        let tasks = self.tasks.values().filter_map(TaskState::task);
        tasks.filter(move |task| task.parent == Some(id))
    }

    /// Some of the sub-tasks, in the order of the revisions that they have.
    fn subtasks_in_order(&self, id: TaskId, takes: impl Fn(&Task) -> bool) -> Vec<TaskId> {
        let mut subtasks: Vec<&Task> = self.subtasks(id).filter(|task| takes(task)).collect();
        subtasks.sort_unstable_by_key(|task| task.revision);
        subtasks.into_iter().map(|task| task.id).collect()
    }
}
