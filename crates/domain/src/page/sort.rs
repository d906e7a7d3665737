use std::cmp::Ordering;
use std::str::FromStr;

use crate::clock::Timestamp;
use crate::error::Violation;
use crate::id::TaskId;
use crate::task::{Due, OrderKey, Priority, Revision, Task};

/// An order: by a key, then by id in the same direction, so that it is total.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Sort {
    /// What is compared first.
    pub key: SortKey,
    /// Whether the greatest comes first.
    pub descending: bool,
}

/// Newest first.
impl Default for Sort {
    fn default() -> Self {
        Self {
            key: SortKey::CreatedAt,
            descending: true,
        }
    }
}

/// What tasks can be sorted by.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum SortKey {
    /// When they were created.
    CreatedAt,
    /// When they last changed.
    UpdatedAt,
    /// When they are due; those without a due date come last in both directions.
    Due,
    /// How much they matter.
    Priority,
    /// The key of their title, by its bytes.
    Title,
    /// Their revision.
    Revision,
    /// Their position, by its bytes.
    Position,
}

impl SortKey {
    /// Every key.
    pub const ALL: [Self; 7] = [
        Self::CreatedAt,
        Self::UpdatedAt,
        Self::Due,
        Self::Priority,
        Self::Title,
        Self::Revision,
        Self::Position,
    ];

    /// Its name.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::CreatedAt => "created_at",
            Self::UpdatedAt => "updated_at",
            Self::Due => "due",
            Self::Priority => "priority",
            Self::Title => "title",
            Self::Revision => "revision",
            Self::Position => "position",
        }
    }
}

/// Reads the name of a key, with `-` in front for descending.
impl FromStr for Sort {
    type Err = Violation;

    fn from_str(text: &str) -> Result<Self, Violation> {
        let name = text.strip_prefix('-').unwrap_or(text);
        let key = SortKey::ALL
            .into_iter()
            .find(|key| key.as_str() == name)
            .ok_or_else(|| {
                let names = SortKey::ALL.map(SortKey::as_str).join(", ");
                Violation::new(
                    "unknown_value",
                    format!("must be one of {names}, with - for descending"),
                )
            })?;
        Ok(Self {
            key,
            descending: name.len() < text.len(),
        })
    }
}

impl Sort {
    /// The place of a task in this order.
    #[must_use]
    pub fn position(&self, task: &Task) -> Position {
        let value = match self.key {
            SortKey::CreatedAt => SortValue::Instant(task.created_at),
            SortKey::UpdatedAt => SortValue::Instant(task.updated_at),
            SortKey::Due => SortValue::Due(task.due.as_ref().map(Due::instant)),
            SortKey::Priority => SortValue::Priority(task.priority),
            SortKey::Title => SortValue::Title(task.title.key()),
            SortKey::Revision => SortValue::Revision(task.revision),
            SortKey::Position => SortValue::Position(task.position.clone()),
        };
        Position { value, id: task.id }
    }

    /// Which of two places comes first.
    ///
    /// This defines what an order means. A store may say the same in its own language.
    #[must_use]
    pub fn compare(&self, one: &Position, other: &Position) -> Ordering {
        let undated = |place: &Position| place.value == SortValue::Due(None);
        let ascending = one.value.cmp(&other.value).then(one.id.cmp(&other.id));
        let directed = if self.descending {
            ascending.reverse()
        } else {
            ascending
        };
        undated(one).cmp(&undated(other)).then(directed)
    }
}

/// A place in an order: that of the last task on a page.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Position {
    /// The task's value of the sort key.
    pub value: SortValue,
    /// The task's id.
    pub id: TaskId,
}

/// A task's value of a sort key.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum SortValue {
    /// The value of `CreatedAt` and `UpdatedAt`.
    Instant(Timestamp),
    /// The value of `Due`; `None` comes last in both directions.
    Due(Option<Timestamp>),
    /// The value of `Priority`.
    Priority(Priority),
    /// The value of `Title`: [`crate::task::Title::key`].
    Title(String),
    /// The value of `Revision`.
    Revision(Revision),
    /// The value of `Position`.
    Position(OrderKey),
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;

    #[test]
    fn a_sort_is_a_key_with_a_sign() {
        assert_eq!("-created_at".parse(), Ok(Sort::default()));
        let ascending = Sort {
            key: SortKey::Due,
            descending: false,
        };
        assert_eq!("due".parse(), Ok(ascending));
        for bad in ["", "-", "--due", "DUE", "id", "+due"] {
            let error = bad.parse::<Sort>().unwrap_err();
            assert_eq!(error.code, "unknown_value", "{bad}");
        }
    }

    #[test]
    fn undated_places_are_last_in_both_directions_and_ids_follow_the_direction() {
        let place = |due: Option<i64>, id| Position {
            value: SortValue::Due(due.and_then(Timestamp::from_micros)),
            id: TaskId::new(Uuid::from_u128(id)),
        };
        let places = [
            place(None, 1),
            place(Some(1), 2),
            place(None, 3),
            place(Some(-1), 4),
        ];
        let order = |descending| {
            let sort = Sort {
                key: SortKey::Due,
                descending,
            };
            let mut sorted = places.clone();
            sorted.sort_by(|one, other| sort.compare(one, other));
            sorted.map(|place| place.id.as_uuid().as_u128())
        };
        assert_eq!(order(false), [4, 2, 1, 3]);
        assert_eq!(order(true), [2, 4, 3, 1]);
    }
}
