//! What lists mean, in plain Rust: the reference that stores are compared with.

use std::cmp::Ordering;

use tasklane_domain::page::{Position, Sort, SortValue, TaskFilter, TaskQuery};
use tasklane_domain::task::{Description, Due, Tags, Task};

/// Whether a task belongs into a list.
#[must_use]
pub fn admits(filter: &TaskFilter, task: &Task) -> bool {
    let due = task.due.as_ref().map(Due::instant);
    filter.deleted == task.is_deleted()
        && filter
            .completed
            .is_none_or(|completed| completed == task.is_completed())
        && (filter.priorities.is_empty() || filter.priorities.contains(&task.priority))
        && filter.tags.iter().all(|key| has_tag(&task.tags, key))
        && filter
            .due_before
            .is_none_or(|end| due.is_some_and(|due| due < end))
        && filter
            .due_after
            .is_none_or(|begin| due.is_some_and(|due| due >= begin))
        && filter.words.iter().all(|word| mentions(task, word))
}

fn has_tag(tags: &Tags, key: &str) -> bool {
    tags.iter().any(|tag| tag.key() == key)
}

fn mentions(task: &Task, word: &str) -> bool {
    task.title.key().contains(word)
        || task
            .description
            .as_ref()
            .map(Description::key)
            .is_some_and(|key| key.contains(word))
        || task.tags.search_key().contains(word)
}

/// Which of two places comes first in an order.
#[must_use]
pub fn compare(sort: Sort, one: &Position, other: &Position) -> Ordering {
    let undated = |place: &Position| place.value == SortValue::Due(None);
    let ascending = one.value.cmp(&other.value).then(one.id.cmp(&other.id));
    let directed = if sort.descending {
        ascending.reverse()
    } else {
        ascending
    };
    // Tasks without a due date are last in both directions.
    undated(one).cmp(&undated(other)).then(directed)
}

/// Every task of the list, in its order, as if there were no pages.
#[must_use]
pub fn whole_list<'a>(tasks: impl IntoIterator<Item = &'a Task>, query: &TaskQuery) -> Vec<Task> {
    let mut list: Vec<_> = tasks
        .into_iter()
        .filter(|task| admits(&query.filter, task))
        .map(|task| (query.sort.position(task), task))
        .filter(|(place, _)| {
            query
                .after
                .as_ref()
                .is_none_or(|after| compare(query.sort, place, after).is_gt())
        })
        .collect();
    list.sort_by(|(one, _), (other, _)| compare(query.sort, one, other));
    list.into_iter().map(|(_, task)| task.clone()).collect()
}

#[cfg(test)]
mod tests {
    use tasklane_domain::id::TaskId;
    use tasklane_domain::page::SortKey;

    use super::*;
    use crate::builders::instant;

    #[test]
    fn undated_places_are_last_in_both_directions_and_ids_follow_the_direction() {
        let place = |due: Option<i64>, id| Position {
            value: SortValue::Due(due.map(instant)),
            id: TaskId::new(uuid::Uuid::from_u128(id)),
        };
        let places = [
            place(None, 1),
            place(Some(1), 2),
            place(None, 3),
            place(Some(0), 4),
        ];
        let order = |descending| {
            let mut sorted = places.clone();
            sorted.sort_by(|one, other| {
                compare(
                    Sort {
                        key: SortKey::Due,
                        descending,
                    },
                    one,
                    other,
                )
            });
            sorted.map(|place| place.id.as_uuid().as_u128())
        };
        assert_eq!(order(false), [4, 2, 1, 3]);
        assert_eq!(order(true), [2, 4, 3, 1]);
    }
}
