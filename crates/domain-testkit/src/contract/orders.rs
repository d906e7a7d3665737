//! In which order lists come.

use tasklane_domain::page::{SortKey, TaskQuery};
use tasklane_domain::task::{Priority, Task, TaskDraft};

use super::TaskStore as Stores;
use super::lists::{by, titles};
use super::test_user::TestUser;
use crate::Writes;
use crate::builders::{
    a_draft, a_task_id, an_order_key, create, due, instant, page_limit, retitle,
};

async fn in_pages_of(limit: u16, actor: &TestUser, mut query: TaskQuery) -> Vec<Task> {
    query.limit = page_limit(limit);
    let mut walked = Vec::new();
    loop {
        let page = actor.list(&query).await;
        walked.extend(page.items);
        assert!(walked.len() < 1000, "the list does not end");
        query.after = page.next;
        if query.after.is_none() {
            return walked;
        }
    }
}

/// Equal values are ordered by id, in the direction of the order, one page after another.
pub async fn ties_are_broken_by_id(stores: &Stores) {
    let actor = TestUser::federated(stores);
    let mut ids: Vec<_> = (0..7).map(|_| a_task_id()).collect();
    for id in &ids {
        let operation = create(*id, a_draft("The same"));
        let written = stores
            .tasks
            .apply(&actor.identity, operation, actor.rules, instant(0));
        written.await.expect("a create");
    }
    for key in [
        SortKey::CreatedAt,
        SortKey::UpdatedAt,
        SortKey::Due,
        SortKey::Priority,
        SortKey::Title,
        SortKey::Position,
    ] {
        for descending in [false, true] {
            ids.sort();
            if descending {
                ids.reverse();
            }
            let walked = in_pages_of(2, &actor, by(key, descending)).await;
            let walked: Vec<_> = walked.iter().map(|task| task.id).collect();
            assert_eq!(walked, ids, "by {key:?}, descending: {descending}");
        }
    }
}

/// Tasks without a due date come last in both directions.
pub async fn undated_tasks_come_last_both_ways(stores: &Stores) {
    let actor = TestUser::federated(stores);
    let dated = |title: &str, date| TaskDraft {
        due: Some(date),
        ..a_draft(title)
    };
    actor.create(a_draft("Undated")).await;
    actor
        .create(dated("All day", due("2026-11-21", None, None)))
        .await;
    actor
        .create(dated(
            "Zoned",
            due("2026-11-21", Some("00:30"), Some("Europe/Rome")),
        ))
        .await;
    actor
        .create(dated("Floating", due("2026-11-21", Some("00:00:01"), None)))
        .await;
    for limit in [1, 2, 100] {
        for (descending, order) in [
            (false, ["Zoned", "All day", "Floating", "Undated"]),
            (true, ["Floating", "All day", "Zoned", "Undated"]),
        ] {
            let walked = in_pages_of(limit, &actor, by(SortKey::Due, descending)).await;
            assert_eq!(titles(&walked), order);
        }
    }
}

/// Titles are ordered by the bytes of their folded form, by no locale's rules.
pub async fn titles_are_ordered_by_the_bytes_of_their_key(stores: &Stores) {
    let actor = TestUser::federated(stores);
    let mut order = [
        "!",
        "10",
        "9",
        "_x",
        "a b",
        "a-b",
        "ab",
        "Äc",
        "ad",
        "ÉTÉ",
        "Straße",
        "strasse b",
        "zoo",
        "\u{301}",
        "ж",
        "\u{e000}",
        "🦀",
    ];
    for title in order.iter().rev() {
        actor.create(a_draft(title)).await;
    }
    assert_eq!(
        titles(&actor.list(&by(SortKey::Title, false)).await.items),
        order
    );
    order.reverse();
    assert_eq!(
        titles(&actor.list(&by(SortKey::Title, true)).await.items),
        order
    );
}

/// Priorities are ordered by how much they matter, not by their names.
pub async fn priorities_are_ordered_by_rank(stores: &Stores) {
    let actor = TestUser::federated(stores);
    for priority in [
        Priority::High,
        Priority::None,
        Priority::Urgent,
        Priority::Low,
        Priority::Medium,
    ] {
        actor
            .create(TaskDraft {
                priority,
                ..a_draft("Matters")
            })
            .await;
    }
    let items = actor.list(&by(SortKey::Priority, false)).await.items;
    assert_eq!(
        items.iter().map(|task| task.priority).collect::<Vec<_>>(),
        Priority::ALL
    );
}

/// Positions are ordered by their bytes, by no locale's rules, equal ones by id.
pub async fn positions_are_ordered_by_their_bytes(stores: &Stores) {
    let actor = TestUser::federated(stores);
    let mut order = ["Zz", "a0", "a0G", "a0a", "a1", "aA", "aa", "b00"];
    for index in [5, 0, 7, 2, 4, 1, 6, 3] {
        let draft = TaskDraft {
            position: Some(an_order_key(order[index])),
            ..a_draft(order[index])
        };
        actor.create(draft).await;
    }
    for descending in [false, true] {
        for limit in [1, 3, 100] {
            let walked = in_pages_of(limit, &actor, by(SortKey::Position, descending)).await;
            assert_eq!(titles(&walked), order, "descending: {descending}");
        }
        order.reverse();
    }
}

/// A change moves a task in the orders that depend on it, and in no other.
pub async fn a_change_moves_a_task_in_the_order(stores: &Stores) {
    let actor = TestUser::federated(stores);
    let first = actor.create(a_draft("b")).await;
    actor.create(a_draft("c")).await;
    actor.write(retitle(first.id, "d")).await;
    for (key, order) in [
        (SortKey::CreatedAt, ["d", "c"]),
        (SortKey::UpdatedAt, ["c", "d"]),
        (SortKey::Revision, ["c", "d"]),
        (SortKey::Title, ["c", "d"]),
    ] {
        assert_eq!(
            titles(&actor.list(&by(key, false)).await.items),
            order,
            "by {key:?}"
        );
    }
}

/// Due dates are ordered from the year 1 to the year 9999, those before 1970 included.
pub async fn due_dates_of_every_century_are_in_order(stores: &Stores) {
    let actor = TestUser::federated(stores);
    let mut dates = ["0001-01-01", "1969-12-31", "1970-01-01", "9999-12-31"];
    for index in [2, 0, 3, 1] {
        let date = dates[index];
        let draft = TaskDraft {
            due: Some(due(date, None, None)),
            ..a_draft(date)
        };
        actor.create(draft).await;
    }
    for descending in [false, true] {
        for limit in [1, 100] {
            let walked = in_pages_of(limit, &actor, by(SortKey::Due, descending)).await;
            assert_eq!(titles(&walked), dates, "descending: {descending}");
        }
        dates.reverse();
    }
}
