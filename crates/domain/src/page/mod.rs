//! Lists: what is asked for, in which order, and where a page ends.

use std::str::FromStr;

use crate::clock::Timestamp;
use crate::error::Violation;
use crate::id::TaskId;
use crate::task::{Priority, Revision, Task};

mod cursor;

pub use cursor::{InvalidCursor, decode_cursor, encode_cursor};

/// Most tasks on a page.
pub const MAX_PAGE_LIMIT: u16 = 100;
/// Tasks on a page when nothing is said.
pub const DEFAULT_PAGE_LIMIT: u16 = 50;

/// A question for some of an owner's tasks.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TaskQuery {
    /// Which tasks.
    pub filter: TaskFilter,
    /// In which order.
    pub sort: Sort,
    /// How many at most: 1 to [`MAX_PAGE_LIMIT`].
    pub limit: u16,
    /// Behind which place; `None` for the first page.
    pub after: Option<Position>,
}

impl Default for TaskQuery {
    fn default() -> Self {
        Self {
            filter: TaskFilter::default(),
            sort: Sort::default(),
            limit: DEFAULT_PAGE_LIMIT,
            after: None,
        }
    }
}

/// Which tasks; all conditions must hold.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct TaskFilter {
    /// Those in the trash instead of the live ones.
    pub deleted: bool,
    /// Only done or only open ones.
    pub completed: Option<bool>,
    /// Only these priorities; any, when empty.
    pub priorities: Vec<Priority>,
    /// Only those with all of these tags, given by [`crate::task::Tag::key`].
    pub tags: Vec<String>,
    /// Only those due before (exclusive).
    pub due_before: Option<Timestamp>,
    /// Only those due at or after (inclusive).
    pub due_after: Option<Timestamp>,
    /// Only those in whose title, description or tags every one of these words occurs, folded by
    /// [`crate::search::words`].
    pub words: Vec<String>,
}

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
    /// When they came to be.
    CreatedAt,
    /// When they last changed.
    UpdatedAt,
    /// When they are due; those without a due date come last in both directions.
    Due,
    /// How much they matter.
    Priority,
    /// Their title's key, by its bytes.
    Title,
    /// Their revision.
    Revision,
}

impl SortKey {
    /// Every key.
    pub const ALL: [Self; 6] = [
        Self::CreatedAt,
        Self::UpdatedAt,
        Self::Due,
        Self::Priority,
        Self::Title,
        Self::Revision,
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
        }
    }
}

/// A key's name, with `-` in front for descending.
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
    /// Of `CreatedAt` and `UpdatedAt`.
    Instant(Timestamp),
    /// Of `Due`; `None` comes last in both directions.
    Due(Option<Timestamp>),
    /// Of `Priority`.
    Priority(Priority),
    /// Of `Title`.
    Title(String),
    /// Of `Revision`.
    Revision(Revision),
}

impl Sort {
    /// The place of a task in this order.
    #[must_use]
    pub fn position(&self, task: &Task) -> Position {
        let value = match self.key {
            SortKey::CreatedAt => SortValue::Instant(task.created_at),
            SortKey::UpdatedAt => SortValue::Instant(task.updated_at),
            SortKey::Due => SortValue::Due(task.due.as_ref().map(crate::task::Due::instant)),
            SortKey::Priority => SortValue::Priority(task.priority),
            SortKey::Title => SortValue::Title(task.title.key()),
            SortKey::Revision => SortValue::Revision(task.revision),
        };
        Position { value, id: task.id }
    }
}

/// The state of an owner's tasks as a whole, of which a list's entity tag is made.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct ListVersion {
    /// The owner's revision.
    pub revision: Revision,
    /// The highest revision that a purge removed.
    pub purge_horizon: Revision,
}

/// Some of an owner's tasks.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TaskPage {
    /// The tasks, in the order asked for.
    pub items: Vec<Task>,
    /// Where the next page begins; `None` on the last one.
    pub next: Option<Position>,
    /// The state that the page was read from.
    pub version: ListVersion,
}

impl TaskPage {
    /// Makes a page of one task more than was asked for, which only tells that there are more.
    #[must_use]
    pub fn from_overfetch(mut items: Vec<Task>, query: &TaskQuery, version: ListVersion) -> Self {
        let limit = usize::from(query.limit);
        let more = items.len() > limit;
        items.truncate(limit);
        let next = items
            .last()
            .filter(|_| more)
            .map(|last| query.sort.position(last));
        Self {
            items,
            next,
            version,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sort_is_a_key_with_a_sign() {
        assert_eq!("-created_at".parse(), Ok(Sort::default()));
        assert_eq!(
            "due".parse(),
            Ok(Sort {
                key: SortKey::Due,
                descending: false
            })
        );
        for bad in ["", "-", "--due", "DUE", "id", "+due"] {
            assert_eq!(
                bad.parse::<Sort>().unwrap_err().code,
                "unknown_value",
                "{bad}"
            );
        }
    }
}
