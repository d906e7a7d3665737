use crate::error::Violation;
use crate::id::TaskId;

/// Where a task is moved to, in the order of the owner's live tasks by their positions, equal ones by
/// id.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Place {
    /// Directly before this one.
    Before(TaskId),
    /// Directly after this one.
    After(TaskId),
    /// Behind all others.
    Last,
}

impl Place {
    /// The task that it is beside.
    #[must_use]
    pub fn neighbour(self) -> Option<TaskId> {
        match self {
            Self::Before(id) | Self::After(id) => Some(id),
            Self::Last => None,
        }
    }
}

/// How much of the order a move sees, and so how many others may get new positions with it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default)]
pub enum Reach {
    /// At least the [`NEIGHBOURS`] tasks on either side of the place: nearly always enough.
    #[default]
    Near,
    /// The whole order.
    All,
}

/// How many tasks on either side of a place are seen by a move that does not see all.
pub const NEIGHBOURS: u16 = 32;

/// A place that a task cannot be moved to, and the name of what says so.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{part} {violation}")]
pub struct InvalidPlace {
    /// `before` or `after`.
    pub part: &'static str,
    /// The rule.
    pub violation: Violation,
}

impl InvalidPlace {
    /// There is no such live task.
    pub(super) fn unknown_task(place: Place) -> Self {
        Self::new(place, "unknown_task", "must be the id of a live task")
    }

    /// The task stands nowhere before or after itself.
    pub(super) fn elsewhere(place: Place) -> Self {
        Self::new(place, "elsewhere", "must be another task")
    }

    fn new(place: Place, code: &'static str, message: &'static str) -> Self {
        Self {
            part: match place {
                Place::Before(_) => "before",
                Place::After(_) | Place::Last => "after",
            },
            violation: Violation::new(code, message),
        }
    }
}
