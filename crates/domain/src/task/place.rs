use crate::id::TaskId;

/// Where a task is moved to among its siblings, which are ordered by their positions, equal ones by id.
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

    /// The name of the member that says so.
    pub(super) fn member(self) -> &'static str {
        match self {
            Self::Before(_) => "before",
            Self::After(_) | Self::Last => "after",
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
