//! The kinds of items that a user keeps.

use std::str::FromStr;

use crate::error::Violation;

/// What an item is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Kind {
    /// A [task](crate::task::Task).
    Task,
}

impl Kind {
    /// Every kind.
    pub const ALL: [Self; 1] = [Self::Task];

    /// Its name: lower-case letters.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Task => "task",
        }
    }
}

/// Reads what [`Kind::as_str`] gives.
impl FromStr for Kind {
    type Err = Violation;

    fn from_str(text: &str) -> Result<Self, Violation> {
        let mut kinds = Self::ALL.into_iter();
        kinds.find(|kind| kind.as_str() == text).ok_or_else(|| {
            let names = Self::ALL.map(Self::as_str).join(", ");
            Violation::new("unknown_value", format!("must be one of {names}"))
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_kind_is_read_by_its_name_alone() {
        for kind in Kind::ALL {
            assert_eq!(kind.as_str().parse(), Ok(kind));
        }
        for unknown in ["", "Task", "tasks", "label"] {
            let violation = unknown.parse::<Kind>().unwrap_err();
            assert_eq!(violation.code, "unknown_value", "{unknown:?}");
        }
    }
}
