use std::str::FromStr;

use crate::error::Violation;

/// How much a task matters, in ascending order.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub enum Priority {
    /// None was given.
    #[default]
    None,
    /// When there is time.
    Low,
    /// As usual.
    Medium,
    /// Soon.
    High,
    /// Now.
    Urgent,
}

impl Priority {
    /// Every priority, in ascending order.
    pub const ALL: [Self; 5] = [
        Self::None,
        Self::Low,
        Self::Medium,
        Self::High,
        Self::Urgent,
    ];

    /// Its name.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::None => "none",
            Self::Low => "low",
            Self::Medium => "medium",
            Self::High => "high",
            Self::Urgent => "urgent",
        }
    }

    /// Its place in the order, 0 to 4, for stores.
    #[must_use]
    pub const fn rank(self) -> i16 {
        self as i16
    }

    /// The priority of a rank.
    #[must_use]
    pub fn from_rank(rank: i16) -> Option<Self> {
        Self::ALL
            .into_iter()
            .find(|priority| priority.rank() == rank)
    }
}

impl FromStr for Priority {
    type Err = Violation;

    fn from_str(text: &str) -> Result<Self, Violation> {
        Self::ALL
            .into_iter()
            .find(|priority| priority.as_str() == text)
            .ok_or_else(|| {
                Violation::new(
                    "unknown_value",
                    "must be one of none, low, medium, high, urgent",
                )
            })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_and_ranks_lead_back_to_the_priority() {
        for priority in Priority::ALL {
            assert_eq!(priority.as_str().parse(), Ok(priority));
            assert_eq!(Priority::from_rank(priority.rank()), Some(priority));
        }
        assert_eq!(
            "URGENT".parse::<Priority>().unwrap_err().code,
            "unknown_value"
        );
        assert_eq!(Priority::from_rank(5), None);
    }
}
