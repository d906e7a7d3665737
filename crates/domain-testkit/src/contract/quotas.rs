//! The limits of what a user keeps.

use tasklane_domain::task::{Operation, Quota, Quotas, Refusal, TaskDraft, WriteError, WriteRules};

use super::TaskStore as Stores;
use super::test_user::TestUser;
use crate::Writes;
use crate::builders::{
    a_description, a_draft, a_task_id, an_order_key, completed, create, delete, erase,
    most_open_tasks, restore, retitle, tags, toggle, too_many_open_tasks, under, update,
};

fn limited(stores: &Stores, limit: u64) -> TestUser {
    within(stores, most_open_tasks(limit))
}

fn within(stores: &Stores, quotas: Quotas) -> TestUser {
    TestUser::federated(stores).under(WriteRules {
        quotas,
        require_precondition: false,
    })
}

fn exceeded(quota: Quota, limit: u64) -> Refusal {
    Refusal::QuotaExceeded { quota, limit }
}

fn another() -> Operation {
    create(a_task_id(), draft())
}

fn draft() -> TaskDraft {
    a_draft("One more")
}

/// As many tasks as allowed fit, and not one more.
pub async fn a_create_beyond_the_quota_is_refused(stores: &Stores) {
    let actor = limited(stores, 3);
    for _ in 0..3 {
        actor.write(another()).await;
    }
    assert_eq!(actor.refusal(another()).await, too_many_open_tasks(3));
}

/// A quota of zero refuses the first task.
pub async fn a_quota_of_nothing_lets_nothing_in(stores: &Stores) {
    let actor = limited(stores, 0);
    assert_eq!(actor.refusal(another()).await, too_many_open_tasks(0));
}

/// Tasks in the trash and tombstones do not count.
pub async fn only_live_tasks_count(stores: &Stores) {
    let actor = limited(stores, 2);
    let first = actor.create(draft()).await;
    let second = actor.create(draft()).await;
    actor.write(delete(first.id)).await;
    let third = actor.create(draft()).await;
    actor.outcome(erase(second.id)).await;
    actor.create(draft()).await;
    actor.outcome(erase(first.id)).await;
    stores
        .tasks
        .empty_trash(&actor.identity, actor.now())
        .await
        .expect("an empty trash");
    assert_eq!(actor.refusal(another()).await, too_many_open_tasks(2));
    actor.write(delete(third.id)).await;
    actor.create(draft()).await;
}

/// Restoring counts as creating.
pub async fn a_restore_beyond_the_quota_is_refused(stores: &Stores) {
    let actor = limited(stores, 1);
    let first = actor.create(draft()).await;
    let trashed = actor.write(delete(first.id)).await;
    let second = actor.create(draft()).await;
    let refusal = actor.refusal(restore(first.id)).await;
    assert_eq!(refusal, too_many_open_tasks(1));
    let stale = actor
        .refusal(under(first.revision, restore(first.id)))
        .await;
    assert_eq!(
        stale,
        Refusal::PreconditionFailed {
            current: trashed.into()
        }
    );
    actor.write(delete(second.id)).await;
    actor.write(restore(first.id)).await;
}

/// A full or lowered quota stops no write but those that make more tasks open.
pub async fn a_full_quota_stops_no_other_write(stores: &Stores) {
    let actor = limited(stores, 2);
    let (first, second) = (actor.create(draft()).await, actor.create(draft()).await);
    let lowered = actor.under(WriteRules {
        quotas: most_open_tasks(1),
        ..actor.rules
    });
    lowered.write(retitle(first.id, "Another title")).await;
    let taken = lowered.refusal(create(second.id, draft())).await;
    assert!(matches!(taken, Refusal::AlreadyExists { .. }));
    lowered.write(delete(first.id)).await;
    assert_eq!(
        lowered.refusal(restore(first.id)).await,
        too_many_open_tasks(1)
    );
    lowered.outcome(erase(second.id)).await;
    lowered.write(restore(first.id)).await;
}

/// A batch counts as it goes: room that it makes is room that it may use.
pub async fn a_batch_counts_as_it_goes(stores: &Stores) {
    let actor = limited(stores, 2);
    let (first, second) = (actor.create(draft()).await, actor.create(draft()).await);
    let swap = vec![
        delete(first.id),
        another(),
        delete(second.id),
        restore(first.id),
    ];
    actor.batch(swap).await.expect("a batch within the quota");

    let before = actor.version().await;
    let overflow = vec![retitle(first.id, "Still open"), another(), delete(first.id)];
    let refused = actor.batch(overflow).await.expect_err("a refusal");
    assert!(
        matches!(
            refused,
            WriteError::Refused {
                index: 1,
                refusal: Refusal::QuotaExceeded {
                    quota: Quota::OpenTasks,
                    limit: 2
                }
            }
        ),
        "{refused:?}"
    );
    assert_eq!(actor.version().await, before);
}

/// Completed tasks are history: they take no room, and reopening one does.
pub async fn only_open_tasks_take_room(stores: &Stores) {
    let actor = limited(stores, 1);
    let done = TaskDraft {
        completed: true,
        ..draft()
    };
    let done = actor.create(done).await;
    let open = actor.create(draft()).await;
    let full = too_many_open_tasks(1);
    assert_eq!(actor.refusal(another()).await, full);
    assert_eq!(actor.refusal(toggle(done.id)).await, full);
    let reopening = update(done.id, completed(false));
    assert_eq!(actor.refusal(reopening.clone()).await, full);
    actor.write(toggle(open.id)).await;
    actor.write(reopening).await;
    assert_eq!(actor.refusal(toggle(open.id)).await, full);
    actor.write(delete(open.id)).await;
    actor.write(restore(open.id)).await;
    actor.recount().await;
}

/// Completed tasks, the trash and tombstones count as items; deletion is never refused.
pub async fn everything_kept_counts_as_an_item(stores: &Stores) {
    let most = Quotas {
        items: Some(3),
        ..Quotas::default()
    };
    let actor = within(stores, most);
    let [one, two, three] = [
        actor.create(draft()).await,
        actor.create(draft()).await,
        actor.create(draft()).await,
    ];
    let full = exceeded(Quota::Items, 3);
    assert_eq!(actor.refusal(another()).await, full);
    actor.write(toggle(one.id)).await;
    actor.write(delete(two.id)).await;
    assert_eq!(actor.refusal(another()).await, full);
    actor.write(restore(two.id)).await;
    actor.outcome(erase(three.id)).await;
    actor.write(delete(two.id)).await;
    stores
        .tasks
        .empty_trash(&actor.identity, actor.now())
        .await
        .expect("an empty trash");
    assert_eq!(actor.refusal(another()).await, full);
    actor.write(retitle(one.id, "Still there")).await;
}

/// The bytes of the text of all tasks count, in the trash too; what shortens them is never refused.
pub async fn the_text_of_all_tasks_counts_by_its_bytes(stores: &Stores) {
    // The title has 2 bytes, the description 8, the tags 3 and 4, the position 3: together 20.
    let draft = TaskDraft {
        description: Some(a_description("\u{1f600}\u{1f600}")),
        tags: tags(&["\u{e9}t", "home"]),
        position: Some(an_order_key("a0V")),
        ..a_draft("\u{e9}")
    };
    let most = Quotas {
        bytes: Some(23),
        ..Quotas::default()
    };
    let actor = within(stores, most);
    let task = actor.create(draft).await;
    let full = exceeded(Quota::Bytes, 23);
    let short = |title: &str| TaskDraft {
        position: Some(an_order_key("a0")),
        ..a_draft(title)
    };
    let four = || create(a_task_id(), short("it"));
    assert_eq!(actor.refusal(four()).await, full);
    assert_eq!(actor.refusal(retitle(task.id, "sechs!")).await, full);
    actor.write(retitle(task.id, "fünf")).await;
    assert_eq!(actor.refusal(another()).await, full);
    actor.write(delete(task.id)).await;
    assert_eq!(actor.refusal(four()).await, full);
    let lowered = actor.under(WriteRules {
        quotas: Quotas {
            bytes: Some(1),
            ..Quotas::default()
        },
        ..actor.rules
    });
    lowered.write(restore(task.id)).await;
    lowered.write(retitle(task.id, "one")).await;
    lowered.outcome(erase(task.id)).await;
    actor.write(four()).await;
    actor.recount().await;
}
