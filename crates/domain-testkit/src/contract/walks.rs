//! Whole lists, walked page by page, against a model.

use futures::future::BoxFuture;
use tasklane_domain::id::TaskId;
use tasklane_domain::page::{
    DueBound, MAX_PAGE_BYTES, PageLimit, Sort, SortKey, TaskFilter, TaskQuery,
};
use tasklane_domain::search::SearchWords;
use tasklane_domain::task::{
    Description, MAX_DESCRIPTION_LENGTH, Operation, Outcome, Priority, Revision, Tag, TagKey, Task,
    TaskDraft, parse_timezone,
};
use tokio::task::yield_now;

use super::TaskStore as Stores;
use super::test_user::{AtWork, TestUser};
use crate::builders::{
    a_description, a_draft, a_member, a_task_id, create, delete, due, instant, metadata,
    page_limit, retitle, tags, toggle,
};
use crate::model::whole_list;

/// A small generator of numbers that are the same at every run (splitmix64).
struct Dice(u64);

impl Dice {
    fn roll(&mut self, sides: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        let sides = sides as u64;
        usize::try_from((mixed ^ (mixed >> 31)) % sides).expect("less than a usize")
    }

    fn pick<'a, T>(&mut self, faces: &'a [T]) -> &'a T {
        &faces[self.roll(faces.len())]
    }
}

fn random_draft(dice: &mut Dice) -> TaskDraft {
    let title = dice.pick(&[
        "Buy milk",
        "buy MILK",
        "Été 100%",
        "a_b",
        "zoo",
        "🦀 \u{e000}",
        "10",
    ]);
    let description = dice.pick(&[None, None, Some("Ärger\nmilk"), Some("back\\slash 100%")]);
    let dates = [
        None,
        None,
        Some(due("2026-11-21", None, None)),
        Some(due("2026-11-21", Some("00:00"), None)),
        Some(due("2026-11-21", Some("01:00"), Some("Europe/Rome"))),
        Some(due(
            "2026-11-22",
            Some("09:30:15"),
            Some("America/New_York"),
        )),
        Some(due("2027-01-01", None, None)),
    ];
    TaskDraft {
        description: description.map(a_description),
        completed: dice.roll(3) == 0,
        priority: *dice.pick(&Priority::ALL),
        due: dice.pick(&dates).clone(),
        tags: tags(dice.pick::<&[&str]>(&[
            &[],
            &["home"],
            &["Home", "été"],
            &["homework", "milk"],
        ])),
        metadata: metadata(dice.pick::<&[(&str, &str)]>(&[
            &[],
            &[("icon", "house")],
            &[("icon", "houses"), ("ref", "house")],
            &[("icon", ""), ("ref", "a:b")],
        ])),
        ..a_draft(title)
    }
}

/// An owner with 90 tasks, a quarter of them in the trash, many of them alike, and all of them.
async fn furnished(stores: &Stores) -> (TestUser, Vec<Task>) {
    let (actor, mut dice) = (TestUser::federated(stores), Dice(1));
    let mut ids: Vec<TaskId> = Vec::new();
    for _ in 0..6 {
        // What one batch writes has one instant, so that there are ties.
        let creates: Vec<Operation> = (0..15)
            .map(|_| create(a_task_id(), random_draft(&mut dice)))
            .collect();
        ids.extend(creates.iter().map(Operation::id));
        actor.batch(creates).await.expect("a batch");
    }
    let (toggled, trashed) = (ids.iter().step_by(5), ids.iter().skip(1).step_by(4));
    actor
        .batch(toggled.map(|id| toggle(*id)).collect())
        .await
        .expect("a batch");
    actor
        .batch(trashed.map(|id| delete(*id)).collect())
        .await
        .expect("a batch");
    let mut tasks = Vec::new();
    for id in ids {
        let Some(tasklane_domain::task::TaskState::Task { task, .. }) = actor.held(id).await else {
            panic!("{id} is gone")
        };
        tasks.push(*task);
    }
    (actor, tasks)
}

fn keys(texts: &[&str]) -> Vec<TagKey> {
    tags(texts).iter().map(Tag::key).collect()
}

fn words(text: &str) -> SearchWords {
    SearchWords::parse(text).expect("a short text")
}

fn day(date: &str, zone: &str) -> DueBound {
    let zone = parse_timezone(zone).expect("a time zone");
    DueBound::start_of(due(date, None, None).date(), zone)
}

/// What each part of a filter can be, apart from its default.
fn filter_parts() -> Vec<Vec<fn(&mut TaskFilter)>> {
    vec![
        vec![|filter| filter.deleted = true],
        vec![
            |filter| filter.completed = Some(true),
            |filter| filter.completed = Some(false),
            |filter| filter.completed_after = Some(instant(1)),
            |filter| filter.completed_before = Some(instant(1)),
            |filter| filter.updated_after = Some(instant(1)),
        ],
        vec![|filter| filter.priorities = vec![Priority::Low], |filter| {
            filter.priorities = vec![Priority::Urgent, Priority::None, Priority::High];
        }],
        vec![
            |filter| filter.tags = keys(&["home"]),
            |filter| filter.tags = keys(&["été", "home"]),
            |filter| filter.tags = keys(&["absent"]),
        ],
        vec![
            |filter| filter.metadata = vec![a_member(("icon", "house"))],
            |filter| filter.metadata = vec![a_member(("icon", "")), a_member(("ref", "a:b"))],
            |filter| filter.metadata = vec![a_member(("icon", "hous"))],
        ],
        vec![
            |filter| filter.due_before = Some(day("2026-11-22", "UTC")),
            |filter| filter.due_after = Some(day("2026-11-21", "UTC")),
            |filter| {
                filter.due_after = Some(day("2026-11-21", "UTC"));
                filter.due_before = Some(day("2027-01-01", "UTC"));
            },
            |filter| {
                filter.due_after = Some(day("2026-11-21", "Pacific/Auckland"));
                filter.due_before = Some(day("2026-11-22", "Pacific/Auckland"));
            },
            |filter| filter.due_before = Some(day("2026-11-21", "America/Los_Angeles")),
            |filter| filter.has_due = Some(true),
            |filter| filter.has_due = Some(false),
        ],
        vec![
            |filter| filter.words = words("milk"),
            |filter| filter.words = words("100% ete"),
            |filter| filter.words = words("_"),
            |filter| filter.words = words("\\"),
            |filter| filter.words = words("home buy"),
        ],
    ]
}

/// Every combination of at most two parts, and some of all of them.
fn filters(dice: &mut Dice) -> Vec<TaskFilter> {
    let parts = filter_parts();
    let mut filters = vec![TaskFilter::default()];
    for (index, first) in parts.iter().enumerate() {
        for set in first {
            let mut single = TaskFilter::default();
            set(&mut single);
            for set in parts[index + 1..].iter().flatten() {
                let mut double = single.clone();
                set(&mut double);
                filters.push(double);
            }
            filters.push(single);
        }
    }
    for _ in 0..20 {
        let mut many = TaskFilter::default();
        for part in parts.iter().filter(|part| !part.is_empty()) {
            if dice.roll(2) == 0 {
                dice.pick(part)(&mut many);
            }
        }
        filters.push(many);
    }
    filters
}

/// Every page of a list, each of a random size.
async fn walk(actor: &TestUser, mut query: TaskQuery, dice: &mut Dice) -> Vec<Task> {
    let mut walked = Vec::new();
    loop {
        let limit = *dice.pick(&[1, 2, 3, 7, 20, 33, 50, 100]);
        query.limit = page_limit(limit);
        let page = actor.list(&query).await;
        let full = page.items.len() == usize::from(limit);
        assert!(full || (page.items.len() < usize::from(limit) && page.next.is_none()));
        walked.extend(page.items);
        assert!(walked.len() < 100_000, "the list does not end");
        let Some(next) = page.next else { return walked };
        query.after = Some(next);
    }
}

async fn every_filter_gives_what_the_model_gives(stores: &Stores, key: SortKey) {
    let (actor, tasks) = furnished(stores).await;
    let mut dice = Dice(2);
    let mut found = 0;
    for filter in filters(&mut dice) {
        for descending in [false, true] {
            let sort = Sort { key, descending };
            let query = TaskQuery {
                filter: filter.clone(),
                sort,
                ..TaskQuery::default()
            };
            let walked = walk(&actor, query.clone(), &mut dice).await;
            let ids = |tasks: &[Task]| tasks.iter().map(|task| task.id).collect::<Vec<_>>();
            let expected = whole_list(&tasks, &query);
            assert_eq!(ids(&walked), ids(&expected), "{query:?}");
            assert_eq!(walked, expected, "{query:?}");
            found += walked.len();
        }
    }
    assert!(found > 1000, "the filters found next to nothing");
}

/// Every filter, both ways by creation.
pub async fn every_filter_by_creation_gives_what_the_model_gives(stores: &Stores) {
    every_filter_gives_what_the_model_gives(stores, SortKey::CreatedAt).await;
}

/// Every filter, both ways by the last change.
pub async fn every_filter_by_change_gives_what_the_model_gives(stores: &Stores) {
    every_filter_gives_what_the_model_gives(stores, SortKey::UpdatedAt).await;
}

/// Every filter, both ways by due date.
pub async fn every_filter_by_due_date_gives_what_the_model_gives(stores: &Stores) {
    every_filter_gives_what_the_model_gives(stores, SortKey::Due).await;
}

/// Every filter, both ways by priority.
pub async fn every_filter_by_priority_gives_what_the_model_gives(stores: &Stores) {
    every_filter_gives_what_the_model_gives(stores, SortKey::Priority).await;
}

/// Every filter, both ways by title.
pub async fn every_filter_by_title_gives_what_the_model_gives(stores: &Stores) {
    every_filter_gives_what_the_model_gives(stores, SortKey::Title).await;
}

/// Every filter, both ways by revision.
pub async fn every_filter_by_revision_gives_what_the_model_gives(stores: &Stores) {
    every_filter_gives_what_the_model_gives(stores, SortKey::Revision).await;
}

/// A place may be that of a task that has gone since: the walk goes on behind it.
pub async fn a_walk_goes_on_behind_a_task_that_has_gone(stores: &Stores) {
    let (actor, _) = furnished(stores).await;
    for key in SortKey::ALL {
        let query = TaskQuery {
            sort: Sort {
                key,
                descending: true,
            },
            limit: page_limit(2),
            ..TaskQuery::default()
        };
        let first = actor.list(&query).await;
        let rest = actor
            .list(&TaskQuery {
                after: first.next.clone(),
                ..query.clone()
            })
            .await
            .items;
        actor.write(delete(first.items[1].id)).await;
        let after = actor
            .list(&TaskQuery {
                after: first.next,
                ..query
            })
            .await
            .items;
        assert_eq!(after, rest, "by {key:?}");
    }
}

/// While others write, no task that stays as it is is missed or repeated.
pub async fn a_walk_misses_and_repeats_nothing_while_others_write(stores: &Stores) {
    let (actor, tasks) = furnished(stores).await;
    let (busy, still): (Vec<Task>, Vec<Task>) = tasks
        .into_iter()
        .filter(|task| !task.is_deleted())
        .partition(|task| task.priority == Priority::None);
    let at_work = AtWork::default();
    let (writer, walker, working) = (actor.clone(), actor, at_work.clone());
    let write = async move {
        while !working.is_alone() {
            yield_now().await;
            for (index, task) in busy.iter().enumerate() {
                writer
                    .write(retitle(task.id, &format!("Busy {index}")))
                    .await;
                writer.write(toggle(task.id)).await;
            }
            let passing = writer.create(a_draft("Passing")).await;
            writer.write(delete(passing.id)).await;
        }
    };
    let read = async move {
        let mut dice = Dice(3);
        for key in SortKey::ALL {
            for descending in [false, true] {
                let sort = Sort { key, descending };
                let query = TaskQuery {
                    sort,
                    ..TaskQuery::default()
                };
                let mut list = walk(&walker, query.clone(), &mut dice).await;
                list.retain(|task| still.contains(task));
                assert_eq!(list, whole_list(&still, &query), "{sort:?}");
            }
        }
        drop(at_work);
    };
    let jobs: [BoxFuture<'static, ()>; 2] = [Box::pin(write), Box::pin(read)];
    stores.at_once(jobs).await;
}

/// Items and version are of one moment: while a writer only creates, they always agree.
pub async fn items_and_version_are_of_one_moment(stores: &Stores) {
    let actor = TestUser::federated(stores);
    let at_work = AtWork::default();
    let (writer, reader, working) = (actor.clone(), actor, at_work.clone());
    let write = async move {
        for _ in 0..60 {
            let outcome = writer.outcome(create(a_task_id(), a_draft("New"))).await;
            assert!(matches!(outcome, Outcome::Created(_)));
        }
        drop(working);
    };
    let read = async move {
        while !at_work.is_alone() {
            yield_now().await;
            let page = reader
                .list(&TaskQuery {
                    limit: PageLimit::MAX,
                    ..TaskQuery::default()
                })
                .await;
            let newest = page.items.iter().map(|task| task.revision).max();
            assert_eq!(page.version.revision, newest.unwrap_or(Revision::ZERO));
        }
    };
    let jobs: [BoxFuture<'static, ()>; 2] = [Box::pin(write), Box::pin(read)];
    stores.at_once(jobs).await;
}

/// A page of long tasks ends early, and the next one goes on behind it.
pub async fn a_page_ends_before_it_is_too_large(stores: &Stores) {
    let actor = TestUser::federated(stores);
    let description = Description::parse("日".repeat(MAX_DESCRIPTION_LENGTH)).expect("a text");
    for _ in 0..40 {
        let draft = TaskDraft {
            description: description.clone(),
            ..a_draft("Long")
        };
        actor.create(draft).await;
    }
    let mut query = TaskQuery {
        limit: PageLimit::MAX,
        ..TaskQuery::default()
    };
    let first = actor.list(&query).await;
    let most = MAX_PAGE_BYTES / (3 * MAX_DESCRIPTION_LENGTH);
    assert!((1..=most).contains(&first.items.len()));
    query.after = first.next;
    let second = actor.list(&query).await;
    assert_eq!(first.items.len() + second.items.len(), 40);
    assert_eq!(second.next, None);

    let begin = actor.changes(Revision::ZERO, 100).await.expect("a stretch");
    assert!(begin.has_more && begin.changes.len() <= most);
    assert_eq!(actor.whole_feed().await.len(), 40);
}
