use super::{Operation, Outcome, Quotas, Refusal, Revision, Task};
use crate::clock::Timestamp;
use crate::error::StoreError;
use crate::id::OwnerId;
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
