use std::cmp::Ordering;

use futures::executor::block_on;
use proptest::collection::vec;
use proptest::prelude::*;
use tasklane_domain::page::{FeedLimit, Sort, SortKey, TaskFilter, TaskQuery};
use tasklane_domain::port::TaskRepository;
use tasklane_domain::task::{
    Change, Description, Due, SyncPoint, Tag, TagKey, Task, TaskDraft, WriteRules,
};
use tasklane_domain::user::Actor;
use tasklane_domain_testkit::MemoryStore;
use tasklane_domain_testkit::Writes;
use tasklane_domain_testkit::builders::{
    a_federated_actor, a_task_id, create, delete, instant, page_limit,
};

use crate::strategies::{draft, filter, sort};

/// A store with one owner's tasks; those that are to be deleted are in the trash. The first that is not
/// is the parent of those that ask for one.
fn filled(owner: &Actor, drafts: Vec<(TaskDraft, bool, i64)>) -> (MemoryStore, Vec<Task>) {
    let (store, rules) = (MemoryStore::default(), WriteRules::default());
    let mut first = None;
    for (mut draft, deleted, seconds) in drafts {
        let id = a_task_id();
        draft.parent = draft.parent.and(first);
        block_on(store.apply(owner, create(id, draft), rules, instant(seconds))).unwrap();
        if deleted {
            block_on(store.apply(owner, delete(id), rules, instant(seconds + 1))).unwrap();
        } else if first.is_none() {
            first = Some(id);
        }
    }
    let feed = block_on(store.changes(owner.owner(), SyncPoint::default(), FeedLimit::MAX))
        .unwrap()
        .changes;
    let tasks = feed.into_iter().filter_map(|change| match change {
        Change::Task(task) => Some(*task),
        Change::Erased(_) => None,
    });
    (store, tasks.collect())
}

fn walk(store: &MemoryStore, owner: &Actor, mut query: TaskQuery) -> Vec<Task> {
    let mut walked = Vec::new();
    loop {
        let page = block_on(store.list(owner.owner(), &query)).unwrap();
        assert!(page.items.len() <= usize::from(query.limit.get()));
        walked.extend(page.items);
        let Some(next) = page.next else { return walked };
        query.after = Some(next);
    }
}

/// The contract's words on filters, said another way than the store says them.
fn belongs(task: &Task, filter: &TaskFilter) -> bool {
    let due = task.due.as_ref().map(Due::instant);
    let is_zoned = task
        .due
        .as_ref()
        .is_some_and(|due| due.timezone().is_some());
    let keys: Vec<TagKey> = task.tags.iter().map(Tag::key).collect();
    let texts = [
        task.title.key(),
        task.description
            .as_ref()
            .map(Description::key)
            .unwrap_or_default(),
        task.tags.search_key(),
    ];
    let conditions = [
        task.deleted_at.is_some() == filter.deleted,
        filter.completed.unwrap_or(task.is_completed()) == task.is_completed(),
        filter.priorities.is_empty() || filter.priorities.contains(&task.priority),
        filter.tags.iter().filter(|key| !keys.contains(key)).count() == 0,
        filter.metadata.iter().all(|member| {
            task.metadata
                .iter()
                .any(|(name, value)| (name, value) == (&member.0, &member.1))
        }),
        filter.ids.contains(&task.id) || filter.ids.is_empty(),
        filter.parent.unwrap_or(task.parent) == task.parent,
        filter.has_due.unwrap_or(due.is_some()) == due.is_some(),
        !matches!((filter.due_before, due), (Some(_), None))
            && filter
                .due_before
                .zip(due)
                .is_none_or(|(end, due)| due < if is_zoned { end.instant } else { end.wall }),
        !matches!((filter.due_after, due), (Some(_), None))
            && filter.due_after.zip(due).is_none_or(|(begin, due)| {
                due >= if is_zoned { begin.instant } else { begin.wall }
            }),
        filter.updated_after <= Some(task.updated_at),
        filter.completed_after.is_none() || filter.completed_after <= task.completed_at,
        filter
            .completed_before
            .is_none_or(|end| task.completed_at.is_some() && task.completed_at < Some(end)),
        !filter
            .words
            .iter()
            .any(|word| texts.iter().all(|text| !text.contains(word))),
    ];
    conditions.into_iter().all(|condition| condition)
}

/// The order of two tasks, said another way than the store says it.
fn order(one: &Task, other: &Task, sort: Sort) -> Ordering {
    let due = |task: &Task| task.due.as_ref().map(Due::instant);
    let by_key = match sort.key {
        SortKey::CreatedAt => one.created_at.cmp(&other.created_at),
        SortKey::UpdatedAt => one.updated_at.cmp(&other.updated_at),
        SortKey::Priority => one.priority.rank().cmp(&other.priority.rank()),
        SortKey::Title => one.title.key().as_bytes().cmp(other.title.key().as_bytes()),
        SortKey::Position => one.position.cmp(&other.position),
        SortKey::Revision => one.revision.cmp(&other.revision),
        SortKey::Due => match (due(one), due(other)) {
            (Some(_), None) => return Ordering::Less,
            (None, Some(_)) => return Ordering::Greater,
            (one, other) => one.cmp(&other),
        },
    };
    let ascending = by_key.then(one.id.as_uuid().cmp(&other.id.as_uuid()));
    if sort.descending {
        ascending.reverse()
    } else {
        ascending
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(150))]
    #[test]
    fn a_walk_gives_what_sorting_and_filtering_give(
        drafts in vec((draft(), any::<bool>(), 0_i64..4), 0..25),
        filter in filter(),
        sort in sort(),
        limit in 1_u16..12,
    ) {
        let owner = a_federated_actor();
        let (store, mut expected) = filled(&owner, drafts);
        expected.retain(|task| belongs(task, &filter));
        expected.sort_by(|one, other| order(one, other, sort));
        let query = TaskQuery { filter, sort, limit: page_limit(limit), after: None };
        prop_assert_eq!(walk(&store, &owner, query), expected);
    }

    #[test]
    fn every_limit_gives_the_same_list(
        drafts in vec((draft(), Just(false), 0_i64..4), 0..20), sort in sort()
    ) {
        let owner = a_federated_actor();
        let (store, _) = filled(&owner, drafts);
        let query = |limit| TaskQuery { sort, limit: page_limit(limit), ..TaskQuery::default() };
        let whole = walk(&store, &owner, query(100));
        for limit in [1, 2, 3, 7] {
            prop_assert_eq!(&walk(&store, &owner, query(limit)), &whole);
        }
    }
}
