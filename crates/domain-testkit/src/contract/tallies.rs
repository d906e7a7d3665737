//! What a summary is made of.

use tasklane_domain::page::{OpenTask, Tally};
use tasklane_domain::task::{Priority, TaskDraft};

use super::TaskStore as Stores;
use super::test_user::TestUser;
use crate::builders::{a_draft, a_full_draft, delete, due, erase, tags, toggle};

async fn tally(actor: &TestUser) -> Tally {
    let mut tally = actor.tally().await;
    tally.open.sort_by_key(|task| task.priority);
    tally
}

/// Open tasks are told one by one, the others are counted, and tombstones are neither.
pub async fn a_tally_has_what_there_is(stores: &Stores) {
    let (actor, other) = (TestUser::federated(stores), TestUser::federated(stores));
    assert_eq!(tally(&actor).await, Tally::default());
    other.create(a_draft("Of another")).await;
    let plain = TaskDraft {
        due: Some(due("2026-11-21", None, None)),
        priority: Priority::None,
        tags: tags(&["Home", "été"]),
        ..a_draft("Plain")
    };
    let zoned = TaskDraft {
        due: Some(due("2026-11-21", Some("09:00:00"), Some("Europe/Rome"))),
        priority: Priority::Urgent,
        ..a_draft("Zoned")
    };
    for draft in [&plain, &zoned] {
        actor.create(draft.clone()).await;
    }
    for _ in 0..3 {
        let done = actor.create(a_draft("Done")).await;
        actor.write(toggle(done.id)).await;
    }
    for _ in 0..2 {
        let trashed = actor.create(a_full_draft("Trashed")).await;
        actor.write(delete(trashed.id)).await;
    }
    let erased = actor.create(a_draft("Erased")).await;
    actor.outcome(erase(erased.id)).await;
    let open = [plain, zoned].map(|draft| OpenTask {
        due: draft.due,
        priority: draft.priority,
        tags: draft.tags,
    });
    let expected = Tally {
        version: actor.version().await,
        completed: 3,
        trashed: 2,
        open: open.to_vec(),
    };
    assert_eq!(tally(&actor).await, expected);
}

/// A tally without open tasks has its counts.
pub async fn a_tally_without_open_tasks_has_counts(stores: &Stores) {
    let actor = TestUser::federated(stores);
    let done = actor.create(a_draft("Done")).await;
    actor.write(toggle(done.id)).await;
    let expected = Tally {
        version: actor.version().await,
        completed: 1,
        ..Tally::default()
    };
    assert_eq!(tally(&actor).await, expected);
}
