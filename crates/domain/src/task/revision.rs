use std::fmt;

/// A number of a user's change counter: entity tag, sync cursor and event id at once.
///
/// Every committed change to one of the user's tasks takes the next number, in commit order. Zero
/// is the revision of a user who has changed nothing yet.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Revision(i64);

impl Revision {
    /// Before the first change.
    pub const ZERO: Self = Self(0);

    /// A revision from its number; `None` for a negative one.
    #[must_use]
    pub const fn new(number: i64) -> Option<Self> {
        if number < 0 { None } else { Some(Self(number)) }
    }

    /// Its number, never negative.
    #[must_use]
    pub const fn as_i64(self) -> i64 {
        self.0
    }

    /// The number that follows. The counter cannot be exhausted by a million changes a second
    /// within 290,000 years.
    #[must_use]
    pub const fn next(self) -> Self {
        Self(self.0.saturating_add(1))
    }
}

impl fmt::Display for Revision {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(formatter)
    }
}
