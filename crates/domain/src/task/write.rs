use super::{Operation, Outcome, Quotas, Reach, Refusal, Revision, Task};
use crate::clock::Timestamp;
use crate::error::StoreError;
use crate::id::{OwnerId, TaskId};
use crate::user::Actor;

/// One atomic step: all of it is done, or nothing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Write {
    /// Whose tasks are written.
    pub owner: OwnerId,
    /// Who writes them.
    pub actor: Actor,
    /// What is done.
    pub action: Action,
    /// What it must keep to.
    pub rules: WriteRules,
    /// When: the instant of the first operation. Each further one is a microsecond later.
    pub at: Timestamp,
}

/// What a write does.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Action {
    /// These operations in order, each seeing those before it; all of them, or none.
    Apply(Vec<Operation>),
    /// These operations in order, each seeing those before it. One that is refused changes nothing, and
    /// the others are done all the same.
    ApplyEach(Vec<Operation>),
    /// Erases the tasks in the trash with the lowest revisions, in the order of these.
    EmptyTrash {
        /// How many at most.
        most: u16,
    },
}

impl Action {
    fn operations(&self) -> &[Operation] {
        match self {
            Self::Apply(operations) | Self::ApplyEach(operations) => operations,
            Self::EmptyTrash { .. } => &[],
        }
    }

    /// What it must see of the order. Of two moves, the second may be to where the first one went, so
    /// that both see all of it.
    pub(super) fn neighbourhood(&self) -> Option<Neighbourhood> {
        let mut moves = self.operations().iter().filter_map(Operation::as_move);
        let first = moves.next()?;
        if moves.next().is_some() || first.reach == Reach::All {
            return Some(Neighbourhood::Whole);
        }
        let neighbour = first.place.neighbour();
        Some(neighbour.map_or(Neighbourhood::End, Neighbourhood::Around))
    }

    /// The same with moves that see the whole order; `None` when none of them sees less.
    pub(crate) fn seeing_all(&self) -> Option<Self> {
        self.neighbourhood()
            .filter(|seen| *seen != Neighbourhood::Whole)?;
        let mut action = self.clone();
        if let Self::Apply(operations) | Self::ApplyEach(operations) = &mut action {
            for operation in operations {
                if let Operation::Move(moved) = operation {
                    moved.reach = Reach::All;
                }
            }
        }
        Some(action)
    }
}

impl From<Vec<Operation>> for Action {
    fn from(operations: Vec<Operation>) -> Self {
        Self::Apply(operations)
    }
}

impl From<Operation> for Action {
    fn from(operation: Operation) -> Self {
        Self::Apply(vec![operation])
    }
}

/// What an owner's writes must keep to, beside each operation's own precondition.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct WriteRules {
    /// What they may make grow, and how far.
    pub quotas: Quotas,
    /// Whether a write to an existing task must name the revision that it changes. In a batch, a
    /// task that the batch itself has written is exempt.
    pub require_precondition: bool,
}

/// What a write must see to be decided, beside the owner's own state. What a store does not find,
/// there is not.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Needs {
    /// What is held under these ids, each named once.
    pub tasks: Vec<TaskId>,
    /// The tasks in the trash with the lowest revisions: how many of them.
    pub trash: u16,
    /// Live tasks by their place in the order of positions, equal ones by id.
    pub order: Option<Neighbourhood>,
}

/// Which live tasks a write must see by their place in the order.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Neighbourhood {
    /// The [`NEIGHBOURS`](super::NEIGHBOURS) directly before and after this task, if it is live, or
    /// all that there are.
    Around(TaskId),
    /// As many of the last ones.
    End,
    /// All of them.
    Whole,
}

impl Needs {
    /// Whether it is more than a few rows.
    #[must_use]
    pub fn are_large(&self) -> bool {
        self.trash > 0 || self.order.is_some()
    }
}

impl Write {
    /// What it must see.
    #[must_use]
    pub fn needs(&self) -> Needs {
        match &self.action {
            Action::Apply(operations) | Action::ApplyEach(operations) => {
                let moves = operations.iter().filter_map(Operation::as_move);
                let beside = moves.filter_map(|moved| moved.place.neighbour());
                let mut tasks: Vec<TaskId> =
                    operations.iter().map(Operation::id).chain(beside).collect();
                tasks.sort_unstable();
                tasks.dedup();
                Needs {
                    tasks,
                    order: self.action.neighbourhood(),
                    ..Needs::default()
                }
            }
            Action::EmptyTrash { most } => Needs {
                trash: *most,
                ..Needs::default()
            },
        }
    }
}

/// What a write did.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Written {
    /// What each operation did that was not refused, in their order; each task that was erased, of an
    /// emptied trash.
    pub outcomes: Vec<Outcome>,
    /// The operations that were refused, in their order; only [`Action::ApplyEach`] leaves some out.
    pub refused: Vec<Refused>,
    /// The owner's revision afterwards.
    pub revision: Revision,
}

/// An operation that was left out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refused {
    /// Which one, counted from zero.
    pub index: usize,
    /// Why.
    pub refusal: Refusal,
    /// The task that it is about, live or in the trash; `None` when there is no such task.
    pub current: Option<Task>,
}

impl Written {
    /// Whether anything changed.
    #[must_use]
    pub fn has_changes(&self) -> bool {
        let mut outcomes = self.outcomes.iter();
        outcomes.any(|outcome| outcome.revision_taken().is_some())
    }
}

/// Why a write was not done.
#[derive(Debug, thiserror::Error)]
pub enum WriteError {
    /// An operation may not be done.
    #[error("operation {index}: {refusal}")]
    Refused {
        /// Which one, counted from zero.
        index: usize,
        /// Why.
        refusal: Refusal,
    },
    /// The owner is a local account that does not exist (any more).
    #[error("the owner does not exist")]
    UnknownOwner,
    /// The actor's token was issued before tokens were last refused.
    #[error("the token has been revoked")]
    Revoked,
    /// The store cannot do it.
    #[error(transparent)]
    Store(#[from] StoreError),
}
