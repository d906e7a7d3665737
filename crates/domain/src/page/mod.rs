//! Lists: what is asked for, in which order, and where a page ends.

mod due_bound;
mod filter;
mod limit;
mod sort;
mod summary;

pub use due_bound::DueBound;
pub use filter::{MAX_FILTER_IDS, MAX_FILTER_MEMBERS, MAX_FILTER_TAGS, TaskFilter};
pub use limit::{FeedLimit, Limit, MAX_PAGE_BYTES, PageLimit};
pub use sort::{Position, Sort, SortKey, SortValue};
pub use summary::{OpenTask, Summary, Tally, Today};

use crate::task::{Revision, Task};

/// A question for some of an owner's tasks.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct TaskQuery {
    /// Which tasks.
    pub filter: TaskFilter,
    /// In which order.
    pub sort: Sort,
    /// How many at most.
    pub limit: PageLimit,
    /// Behind which place of this order; `None` for the first page.
    pub after: Option<Position>,
}

impl TaskQuery {
    /// Every task of the list behind [`TaskQuery::after`], in its order and without its limit.
    ///
    /// For stores that cannot filter and sort themselves: [`TaskPage::from_overfetch`] makes the
    /// page of it.
    #[must_use]
    pub fn select<'a>(&self, tasks: impl IntoIterator<Item = &'a Task>) -> Vec<&'a Task> {
        let is_behind = |place: &Position| {
            let after = self.after.as_ref();
            after.is_none_or(|after| self.sort.compare(place, after).is_gt())
        };
        let mut list: Vec<(Position, &Task)> = tasks
            .into_iter()
            .filter(|task| self.filter.admits(task))
            .map(|task| (self.sort.position(task), task))
            .filter(|(place, _)| is_behind(place))
            .collect();
        list.sort_by(|(one, _), (other, _)| self.sort.compare(one, other));
        list.into_iter().map(|(_, task)| task).collect()
    }
}

/// The state of an owner's tasks as a whole.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct ListVersion {
    /// The owner's revision.
    pub revision: Revision,
    /// The highest revision that a purge removed.
    pub purge_horizon: Revision,
}

/// By how much a resync raises a revision: more than an owner's changes between two backups.
pub const RESYNC_STEP: i64 = 1_000_000_000;

impl ListVersion {
    /// The version that tells everybody who keeps a copy to read all of it again: every sync point
    /// but an empty one has expired, and no revision is given that a copy may hold.
    #[must_use]
    pub fn resync(self) -> Self {
        let raised = self.revision.as_i64().saturating_add(RESYNC_STEP);
        let revision = Revision::new(raised).unwrap_or(self.revision);
        Self {
            revision,
            purge_horizon: revision,
        }
    }
}

/// Some of an owner's tasks.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TaskPage {
    /// The tasks, in the order asked for.
    pub items: Vec<Task>,
    /// Behind which place the next page begins; `None` on the last page.
    pub next: Option<Position>,
    /// The state that the page was read from.
    pub version: ListVersion,
}

impl TaskPage {
    /// Makes a page of up to one task more than was asked for. The one that is too many only shows
    /// that there are more. A page that would pass [`MAX_PAGE_BYTES`] ends early.
    #[must_use]
    pub fn from_overfetch(mut items: Vec<Task>, query: &TaskQuery, version: ListVersion) -> Self {
        let has_more = query.limit.cut(&mut items, Task::answer_bytes);
        let last = items.last().filter(|_| has_more);
        Self {
            next: last.map(|last| query.sort.position(last)),
            items,
            version,
        }
    }
}
