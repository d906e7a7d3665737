//! The limit of live tasks.

use tasklane_domain::task::{Operation, Refusal, TaskDraft, WriteError, WriteRules};

use super::TaskStore as Stores;
use super::test_user::TestUser;
use crate::Writes;
use crate::builders::{a_draft, a_task_id, create, delete, erase, restore, retitle, toggle, under};

fn limited(stores: &Stores, limit: u32) -> TestUser {
    TestUser::federated(stores).under(WriteRules {
        quota: Some(limit),
        require_precondition: false,
    })
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
    assert_eq!(
        actor.refusal(another()).await,
        Refusal::QuotaExceeded { limit: 3 }
    );
}

/// A quota of zero refuses the first task.
pub async fn a_quota_of_nothing_lets_nothing_in(stores: &Stores) {
    let actor = limited(stores, 0);
    assert_eq!(
        actor.refusal(another()).await,
        Refusal::QuotaExceeded { limit: 0 }
    );
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
    assert_eq!(
        actor.refusal(another()).await,
        Refusal::QuotaExceeded { limit: 2 }
    );
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
    assert_eq!(refusal, Refusal::QuotaExceeded { limit: 1 });
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

/// A full or lowered quota stops no write but those that make a task live.
pub async fn a_full_quota_stops_no_other_write(stores: &Stores) {
    let actor = limited(stores, 2);
    let (first, second) = (actor.create(draft()).await, actor.create(draft()).await);
    let lowered = actor.under(WriteRules {
        quota: Some(1),
        ..actor.rules
    });
    lowered.write(toggle(first.id)).await;
    lowered.write(retitle(first.id, "Another title")).await;
    let taken = lowered.refusal(create(second.id, draft())).await;
    assert!(matches!(taken, Refusal::AlreadyExists { .. }));
    lowered.write(delete(first.id)).await;
    assert_eq!(
        lowered.refusal(restore(first.id)).await,
        Refusal::QuotaExceeded { limit: 1 }
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
    let overflow = vec![toggle(first.id), another(), delete(first.id)];
    let refused = actor.batch(overflow).await.expect_err("a refusal");
    assert!(
        matches!(
            refused,
            WriteError::Refused {
                index: 1,
                refusal: Refusal::QuotaExceeded { limit: 2 }
            }
        ),
        "{refused:?}"
    );
    assert_eq!(actor.version().await, before);
}
