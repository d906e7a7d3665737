use super::{
    Fingerprint, InvalidDue, NewTask, Precondition, Revision, Task, TaskDraft, TaskPatch, Tombstone,
};
use crate::clock::Timestamp;
use crate::id::{TaskId, UserId};

/// Most operations in one batch.
pub const MAX_OPERATIONS: usize = 100;

/// One write to one task.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Operation {
    /// Makes a task.
    Create(NewTask),
    /// Changes parts of a live task; toggling and replacing are patches too.
    Update {
        /// Which task.
        id: TaskId,
        /// What must be true of it.
        precondition: Precondition,
        /// What is set.
        patch: TaskPatch,
    },
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

/// What a store holds under an id.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Held {
    /// A task, live or in the trash.
    Task {
        /// The task.
        task: Box<Task>,
        /// What it was created from, when under an `Idempotency-Key`.
        fingerprint: Option<Fingerprint>,
    },
    /// The rest of an erased one.
    Tombstone {
        /// What stays.
        tombstone: Tombstone,
        /// What the task was created from, when under an `Idempotency-Key`.
        fingerprint: Option<Fingerprint>,
    },
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
    #[error("the task is at revision {current}")]
    PreconditionFailed {
        /// Where it is.
        current: Revision,
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
        /// Where the task is, unless it is in the trash or erased.
        current: Option<Revision>,
    },
    /// Only a task in the trash can be restored.
    #[error("the task is not in the trash")]
    NotDeleted,
    /// The owner has as many live tasks as allowed.
    #[error("at most {limit} tasks are allowed")]
    QuotaExceeded {
        /// How many are allowed.
        limit: u32,
    },
    /// The patched due date breaks a rule.
    #[error(transparent)]
    InvalidDue(#[from] InvalidDue),
}

impl Operation {
    /// The id that it is about.
    #[must_use]
    pub fn id(&self) -> TaskId {
        match self {
            Self::Create(new) => new.id,
            Self::Update { id, .. }
            | Self::Delete { id, .. }
            | Self::Restore { id, .. }
            | Self::Erase { id, .. } => *id,
        }
    }

    /// What it asks of the task's revision.
    #[must_use]
    pub fn precondition(&self) -> &Precondition {
        match self {
            Self::Create(_) => &Precondition::None,
            Self::Update { precondition, .. }
            | Self::Delete { precondition, .. }
            | Self::Restore { precondition, .. }
            | Self::Erase { precondition, .. } => precondition,
        }
    }

    /// What the operation does to what is `held` under its id, at the instant `at`, taking the
    /// revision `next` if it changes anything.
    ///
    /// This is the meaning of every write. A store either leaves it to a [`super::Ledger`] between
    /// reading and writing or says the same in its own language.
    ///
    /// # Errors
    /// The refusal; the rules that concern more than this task are the ledger's.
    pub fn decide(
        &self,
        owner: UserId,
        held: Option<&Held>,
        next: Revision,
        at: Timestamp,
    ) -> Result<Outcome, Refusal> {
        if let Self::Create(new) = self {
            return match held {
                Some(held) => Err(Refusal::AlreadyExists {
                    current: held.live_revision(),
                }),
                None => Ok(Outcome::Created(new.to_task(owner, next, at))),
            };
        }
        let Some(Held::Task { task, .. }) = held else {
            return Err(Refusal::NotFound);
        };
        match self {
            Self::Restore { .. } if !task.is_deleted() => return Err(Refusal::NotDeleted),
            Self::Update { .. } | Self::Delete { .. } if task.is_deleted() => {
                return Err(Refusal::NotFound);
            }
            _ => {}
        }
        if !self.precondition().holds(task.revision) {
            return Err(Refusal::PreconditionFailed {
                current: task.revision,
            });
        }
        let stamped = |task: Task| Task {
            revision: next,
            updated_at: at,
            ..task
        };
        let task = (**task).clone();
        match self {
            Self::Update { patch, .. } => {
                let patched = patch.apply(&task, at)?;
                let same = patched == task;
                Ok(if same {
                    Outcome::Unchanged(task)
                } else {
                    Outcome::Changed(stamped(patched))
                })
            }
            Self::Delete { .. } => Ok(Outcome::Deleted(stamped(Task {
                deleted_at: Some(at),
                ..task
            }))),
            Self::Restore { .. } => Ok(Outcome::Changed(stamped(Task {
                deleted_at: None,
                ..task
            }))),
            Self::Erase { .. } | Self::Create(_) => Ok(Outcome::Erased(Tombstone {
                id: task.id,
                revision: next,
                deleted_at: task.deleted_at.unwrap_or(at),
            })),
        }
    }
}

impl NewTask {
    /// The task that it becomes.
    #[must_use]
    pub fn to_task(&self, owner: UserId, revision: Revision, at: Timestamp) -> Task {
        let TaskDraft {
            title,
            description,
            completed,
            priority,
            due,
            tags,
        } = self.draft.clone();
        Task {
            id: self.id,
            owner,
            title,
            description,
            completed_at: completed.then_some(at),
            priority,
            due,
            tags,
            revision,
            created_at: at,
            updated_at: at,
            deleted_at: None,
        }
    }
}

impl Held {
    /// The revision of a live task.
    #[must_use]
    pub fn live_revision(&self) -> Option<Revision> {
        match self {
            Self::Task { task, .. } if !task.is_deleted() => Some(task.revision),
            _ => None,
        }
    }

    /// What it was created from, when under an `Idempotency-Key`.
    #[must_use]
    pub fn fingerprint(&self) -> Option<Fingerprint> {
        match self {
            Self::Task { fingerprint, .. } | Self::Tombstone { fingerprint, .. } => *fingerprint,
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

    /// Whether the task is now live.
    #[must_use]
    pub fn is_live(&self) -> bool {
        matches!(
            self,
            Self::Created(_) | Self::Changed(_) | Self::Unchanged(_)
        )
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::builders::{
        a_draft, a_full_draft, a_task_id, completed, create, delete, erase, instant, restore,
        revision, toggle, under, update,
    };

    const NEXT: i64 = 9;

    fn owner() -> UserId {
        UserId::for_subject("clerk", "user_1")
    }

    fn live() -> Task {
        let new = NewTask {
            id: a_task_id(),
            draft: a_full_draft("Buy milk"),
            fingerprint: None,
        };
        new.to_task(owner(), revision(3), instant(0))
    }

    fn trashed() -> Task {
        Task {
            deleted_at: Some(instant(1)),
            updated_at: instant(1),
            ..live()
        }
    }

    fn held(task: Task) -> Held {
        Held::Task {
            task: Box::new(task),
            fingerprint: None,
        }
    }

    fn erased() -> Held {
        let tombstone = Tombstone {
            id: a_task_id(),
            revision: revision(3),
            deleted_at: instant(1),
        };
        Held::Tombstone {
            tombstone,
            fingerprint: None,
        }
    }

    fn decide(operation: &Operation, held: Option<&Held>) -> Result<Outcome, Refusal> {
        operation.decide(owner(), held, revision(NEXT), instant(5))
    }

    #[test]
    fn a_create_needs_an_id_that_nothing_stands_under() {
        let operation = create(a_task_id(), a_full_draft("Buy milk"));
        let Ok(Outcome::Created(task)) = decide(&operation, None) else {
            panic!("not created")
        };
        assert_eq!(
            (task.id, task.owner, task.revision),
            (operation.id(), owner(), revision(NEXT))
        );
        assert_eq!(task.to_draft(), a_full_draft("Buy milk"));
        assert_eq!([task.created_at, task.updated_at], [instant(5); 2]);
        assert_eq!(
            (task.completed_at, task.deleted_at),
            (Some(instant(5)), None)
        );
        for (held, current) in [
            (held(live()), Some(revision(3))),
            (held(trashed()), None),
            (erased(), None),
        ] {
            assert_eq!(
                decide(&operation, Some(&held)),
                Err(Refusal::AlreadyExists { current })
            );
        }
    }

    #[test]
    fn each_operation_finds_only_what_it_is_for() {
        let id = a_task_id();
        let (live, trashed) = (Some(held(live())), Some(held(trashed())));
        let not_found = |operation: &Operation, held: &Option<Held>| {
            decide(operation, held.as_ref()) == Err(Refusal::NotFound)
        };
        for operation in [toggle(id), delete(id)] {
            assert!(!not_found(&operation, &live) && not_found(&operation, &trashed));
        }
        assert_eq!(
            decide(&restore(id), live.as_ref()),
            Err(Refusal::NotDeleted)
        );
        assert!(decide(&restore(id), trashed.as_ref()).is_ok());
        assert!(decide(&erase(id), live.as_ref()).is_ok());
        assert!(decide(&erase(id), trashed.as_ref()).is_ok());
        for operation in [toggle(id), delete(id), restore(id), erase(id)] {
            assert!(not_found(&operation, &None) && not_found(&operation, &Some(erased())));
        }
    }

    #[test]
    fn a_change_is_stamped_with_the_next_revision_and_the_instant() {
        let id = a_task_id();
        for (operation, task) in [
            (toggle(id), live()),
            (delete(id), live()),
            (restore(id), trashed()),
        ] {
            let outcome = decide(&operation, Some(&held(task.clone()))).unwrap();
            assert_eq!(outcome.revision_taken(), Some(revision(NEXT)));
            let after = outcome.into_task().unwrap();
            assert_eq!(
                (after.revision, after.updated_at),
                (revision(NEXT), instant(5))
            );
            assert_eq!(after.created_at, task.created_at);
        }
    }

    #[test]
    fn the_trash_keeps_the_content_and_restoring_brings_it_back() {
        let task = live();
        let deleted = decide(&delete(task.id), Some(&held(task.clone()))).unwrap();
        let Outcome::Deleted(deleted) = deleted else {
            panic!("{deleted:?}")
        };
        assert_eq!(
            (deleted.deleted_at, deleted.to_draft()),
            (Some(instant(5)), task.to_draft())
        );
        let restored = decide(&restore(task.id), Some(&held(deleted))).unwrap();
        let Outcome::Changed(restored) = restored else {
            panic!("{restored:?}")
        };
        assert_eq!(
            (restored.deleted_at, restored.to_draft()),
            (None, task.to_draft())
        );
    }

    #[test]
    fn a_tombstone_remembers_when_its_task_was_deleted() {
        for (task, deleted_at) in [(live(), instant(5)), (trashed(), instant(1))] {
            let outcome = decide(&erase(task.id), Some(&held(task.clone())));
            let expected = Tombstone {
                id: task.id,
                revision: revision(NEXT),
                deleted_at,
            };
            assert_eq!(outcome, Ok(Outcome::Erased(expected)));
        }
    }

    #[test]
    fn an_update_to_the_same_values_takes_no_revision() {
        let task = live();
        for patch in [
            TaskPatch::default(),
            TaskPatch::replace_with(task.to_draft()),
            completed(true),
        ] {
            let outcome = decide(&update(task.id, patch), Some(&held(task.clone()))).unwrap();
            assert_eq!(outcome, Outcome::Unchanged(task.clone()));
            assert!(outcome.is_live() && outcome.revision_taken().is_none());
        }
    }

    #[test]
    fn the_precondition_is_checked_after_existence_and_before_content() {
        let task = held(live());
        let failed = Err(Refusal::PreconditionFailed {
            current: revision(3),
        });
        let id = a_task_id();
        let invalid = update(
            id,
            crate::testing::builders::redue(crate::task::DuePatch::Merge {
                date: None,
                time: Some(None),
                timezone: None,
            }),
        );
        assert!(matches!(
            decide(&invalid, Some(&task)),
            Err(Refusal::InvalidDue(_))
        ));
        assert_eq!(decide(&under(revision(2), invalid), Some(&task)), failed);
        for operation in [toggle(id), delete(id), erase(id)] {
            let stale = under(revision(2), operation);
            assert_eq!(decide(&stale, Some(&task)), failed);
            assert_eq!(decide(&stale, None), Err(Refusal::NotFound));
        }
        assert_eq!(
            decide(&under(revision(2), restore(id)), Some(&task)),
            Err(Refusal::NotDeleted)
        );
        let trashed = held(trashed());
        assert_eq!(
            decide(&under(revision(2), restore(id)), Some(&trashed)),
            failed
        );
    }

    #[test]
    fn an_outcome_knows_what_is_left() {
        let task = live();
        let tombstone = Tombstone {
            id: task.id,
            revision: revision(4),
            deleted_at: instant(0),
        };
        for (outcome, is_live, revision, is_task) in [
            (
                Outcome::Created(task.clone()),
                true,
                Some(task.revision),
                true,
            ),
            (
                Outcome::Changed(task.clone()),
                true,
                Some(task.revision),
                true,
            ),
            (Outcome::Unchanged(task.clone()), true, None, true),
            (
                Outcome::Deleted(task.clone()),
                false,
                Some(task.revision),
                true,
            ),
            (Outcome::Erased(tombstone), false, Some(revision(4)), false),
        ] {
            assert_eq!(
                (outcome.is_live(), outcome.revision_taken()),
                (is_live, revision)
            );
            assert_eq!(outcome.into_task().is_some(), is_task);
        }
        let draft = a_draft("Kept");
        let fingerprint = Some(draft.fingerprint());
        assert_eq!(
            Held::Tombstone {
                tombstone,
                fingerprint
            }
            .fingerprint(),
            fingerprint
        );
        assert_eq!(
            Held::Tombstone {
                tombstone,
                fingerprint
            }
            .live_revision(),
            None
        );
        assert_eq!(held(task).live_revision(), Some(revision(3)));
    }
}
