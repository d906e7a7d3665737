use super::{
    InvalidInput, NewTask, Place, Precondition, Quota, Reach, Revision, Task, TaskDraft, TaskPatch,
    TaskState, Tombstone,
};
use crate::clock::Timestamp;
use crate::id::{OwnerId, TaskId};

/// Most operations in one batch.
pub const MAX_OPERATIONS: usize = 100;

/// One write to one task.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Operation {
    /// Makes a task.
    Create(NewTask),
    /// Replaces a live task, or makes one where the id was never used and no precondition is named.
    Put {
        /// Which task.
        id: TaskId,
        /// What must be true of it.
        precondition: Precondition,
        /// Its content from then on.
        draft: TaskDraft,
    },
    /// Changes parts of a live task; toggling and replacing are patches too.
    Update {
        /// Which task.
        id: TaskId,
        /// What must be true of it.
        precondition: Precondition,
        /// What is set.
        patch: TaskPatch,
    },
    /// Moves a live task to another place among its siblings, or below another parent.
    Move(Move),
    /// Moves a live task to the trash.
    Delete {
        /// Which task.
        id: TaskId,
        /// What must be true of it.
        precondition: Precondition,
    },
    /// Takes a task out of the trash.
    Restore {
        /// Which task.
        id: TaskId,
        /// What must be true of it.
        precondition: Precondition,
    },
    /// Erases a task's content for good, live or in the trash.
    Erase {
        /// Which task.
        id: TaskId,
        /// What must be true of it.
        precondition: Precondition,
    },
}

/// A move of a live task.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Move {
    /// Which task.
    pub id: TaskId,
    /// What must be true of it.
    pub precondition: Precondition,
    /// Another parent, or none; `None` keeps the one that it has.
    pub parent: Option<Option<TaskId>>,
    /// Where it is to stand among its siblings.
    pub place: Place,
    /// How much of the order it sees.
    pub reach: Reach,
}

/// What an operation did.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome {
    /// A new task.
    Created(Task),
    /// A task that is now another (restored ones too).
    Changed(Task),
    /// A task that was so already: no revision was taken.
    Unchanged(Task),
    /// A task that is now in the trash, as it is there.
    Deleted(Task),
    /// A task that is now a tombstone.
    Erased(Tombstone),
}

/// Why an operation was not done. Nothing was written.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// There is no such task (for this operation).
    #[error("there is no such task")]
    NotFound,
    /// The task is at another revision.
    #[error("the task is at revision {}", .current.revision)]
    PreconditionFailed {
        /// The task as it is, live or in the trash.
        current: Box<Task>,
    },
    /// The write must name the revision that it changes.
    #[error("a precondition is required")]
    PreconditionRequired {
        /// Where the task is.
        current: Revision,
    },
    /// The id is taken.
    #[error("the id is taken")]
    AlreadyExists {
        /// The task that has it, live or in the trash; `None` when it was erased.
        current: Option<Box<Task>>,
    },
    /// Only a task in the trash can be restored.
    #[error("the task is not in the trash")]
    NotDeleted,
    /// The owner would keep more than allowed.
    #[error("at most {limit} {quota} are allowed")]
    QuotaExceeded {
        /// More of what.
        quota: Quota,
        /// How much is allowed.
        limit: u64,
    },
    /// A member of what it was given breaks a rule.
    #[error(transparent)]
    InvalidInput(#[from] InvalidInput),
    /// The move must see more of the order: [`Reach::All`] does.
    #[error("more of the order must be seen")]
    OutOfReach,
}

impl Refusal {
    fn taken_by(held: &TaskState) -> Self {
        Self::AlreadyExists {
            current: held.task().cloned().map(Box::new),
        }
    }
}

impl Operation {
    /// The id that it is about.
    #[must_use]
    pub fn id(&self) -> TaskId {
        match self {
            Self::Create(new) => new.id,
            Self::Put { id, .. }
            | Self::Update { id, .. }
            | Self::Delete { id, .. }
            | Self::Restore { id, .. }
            | Self::Erase { id, .. }
            | Self::Move(Move { id, .. }) => *id,
        }
    }

    /// The move that it is.
    pub(super) fn as_move(&self) -> Option<&Move> {
        match self {
            Self::Move(moved) => Some(moved),
            _ => None,
        }
    }

    /// What it asks of the task's revision.
    #[must_use]
    pub fn precondition(&self) -> &Precondition {
        match self {
            Self::Create(_) => &Precondition::None,
            Self::Put { precondition, .. }
            | Self::Update { precondition, .. }
            | Self::Delete { precondition, .. }
            | Self::Restore { precondition, .. }
            | Self::Erase { precondition, .. }
            | Self::Move(Move { precondition, .. }) => precondition,
        }
    }

    /// What the operation does to what is `held` under its id, at the instant `at`, taking the
    /// revision `next` if it changes anything.
    ///
    /// This is the meaning of every write to a task. The rules that concern more than this task are
    /// [`super::Ledger`]'s.
    ///
    /// # Errors
    /// The refusal.
    pub fn decide(
        &self,
        owner: OwnerId,
        held: Option<&TaskState>,
        next: Revision,
        at: Timestamp,
    ) -> Result<Outcome, Refusal> {
        match (self, held) {
            (Self::Create(new), None) => Ok(Outcome::Created(new.to_task(owner, next, at))),
            (
                Self::Put {
                    id,
                    precondition: Precondition::None,
                    draft,
                },
                None,
            ) => {
                let new = NewTask {
                    id: *id,
                    draft: draft.clone(),
                    fingerprint: None,
                };
                Ok(Outcome::Created(new.to_task(owner, next, at)))
            }
            (Self::Create(_), Some(held)) => Err(Refusal::taken_by(held)),
            (Self::Put { .. }, Some(held)) if held.live().is_none() => Err(Refusal::taken_by(held)),
            (_, Some(TaskState::Task { task, .. })) => self.decide_change(task, next, at),
            (_, None | Some(TaskState::Tombstone { .. })) => Err(Refusal::NotFound),
        }
    }

    /// What a write to an existing task does.
    fn decide_change(
        &self,
        task: &Task,
        next: Revision,
        at: Timestamp,
    ) -> Result<Outcome, Refusal> {
        match self {
            Self::Restore { .. } if !task.is_deleted() => return Err(Refusal::NotDeleted),
            Self::Update { .. } | Self::Move(_) | Self::Delete { .. } if task.is_deleted() => {
                return Err(Refusal::NotFound);
            }
            _ => {}
        }
        let current = || Box::new(task.clone());
        if !self.precondition().holds(task.revision) {
            return Err(Refusal::PreconditionFailed { current: current() });
        }
        let stamped = |task: Task| Task {
            revision: next,
            updated_at: at,
            ..task
        };
        let with_deletion = |deleted_at| {
            stamped(Task {
                deleted_at,
                ..task.clone()
            })
        };
        let patched = |patch: &TaskPatch| -> Result<Outcome, Refusal> {
            let patched = patch.apply(task, at)?;
            Ok(if patched == *task {
                Outcome::Unchanged(patched)
            } else {
                Outcome::Changed(stamped(patched))
            })
        };
        match self {
            Self::Create(_) => Err(Refusal::AlreadyExists {
                current: Some(current()),
            }),
            Self::Put { draft, .. } => patched(&TaskPatch::replace_with(draft.clone())),
            Self::Update { patch, .. } => patched(patch),
            // Where it then stands is the ledger's to say, who knows the others.
            Self::Move(_) => Ok(Outcome::Unchanged(task.clone())),
            Self::Delete { .. } => Ok(Outcome::Deleted(with_deletion(Some(at)))),
            Self::Restore { .. } => Ok(Outcome::Changed(with_deletion(None))),
            Self::Erase { .. } => Ok(Outcome::Erased(Tombstone::of(task, next, at))),
        }
    }
}

impl Outcome {
    /// The revision that was taken; `None` when nothing changed.
    #[must_use]
    pub fn revision_taken(&self) -> Option<Revision> {
        match self {
            Self::Created(task) | Self::Changed(task) | Self::Deleted(task) => Some(task.revision),
            Self::Erased(tombstone) => Some(tombstone.revision),
            Self::Unchanged(_) => None,
        }
    }

    /// The task as it now is; `None` for an erased one.
    #[must_use]
    pub fn into_task(self) -> Option<Task> {
        match self {
            Self::Created(task)
            | Self::Changed(task)
            | Self::Unchanged(task)
            | Self::Deleted(task) => Some(task),
            Self::Erased(_) => None,
        }
    }
}
