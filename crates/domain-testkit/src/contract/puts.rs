//! Replacing a task, or creating it under an unused id.

use tasklane_domain::task::{Outcome, Precondition, Refusal, WriteRules};

use super::TaskStore as Stores;
use super::test_user::TestUser;
use crate::builders::{a_draft, a_full_draft, a_task_id, delete, erase, put, under};

/// Under an id that was never used it makes a task, over a live one it replaces everything, and over an
/// equal one it changes nothing.
pub async fn a_put_makes_a_task_or_replaces_it(stores: &Stores) {
    let actor = TestUser::federated(stores);
    let id = a_task_id();
    let made = actor.outcome(put(id, a_full_draft("Buy milk"))).await;
    let Outcome::Created(task) = made else {
        panic!("{made:?}")
    };
    assert_eq!((task.id, task.revision.as_i64()), (id, 1));
    assert_eq!(actor.find(id).await.as_ref(), Some(&task));

    let replaced = actor.outcome(put(id, a_draft("Buy oat milk"))).await;
    let Outcome::Changed(replaced) = replaced else {
        panic!("{replaced:?}")
    };
    assert_eq!(replaced.title.as_str(), "Buy oat milk");
    assert_eq!(
        (&replaced.description, replaced.due.as_ref()),
        (&None, None)
    );
    assert_eq!(replaced.created_at, task.created_at);
    assert_eq!(actor.find(id).await.as_ref(), Some(&replaced));

    let again = actor.outcome(put(id, a_draft("Buy oat milk"))).await;
    assert_eq!(again, Outcome::Unchanged(replaced));
    assert_eq!(actor.version().await.revision.as_i64(), 2);
}

/// What was deleted is not made again.
pub async fn a_put_over_the_trash_or_a_tombstone_is_refused(stores: &Stores) {
    let actor = TestUser::federated(stores);
    let task = actor.create(a_draft("Deleted")).await;
    let trashed = actor.write(delete(task.id)).await;
    let refusals = [
        put(task.id, a_draft("x")),
        under(trashed.revision, put(task.id, a_draft("x"))),
    ];
    for operation in refusals {
        let current = Some(trashed.clone().into());
        let expected = Refusal::AlreadyExists { current };
        assert_eq!(actor.refusal(operation).await, expected);
    }
    actor.outcome(erase(task.id)).await;
    let expected = Refusal::AlreadyExists { current: None };
    assert_eq!(actor.refusal(put(task.id, a_draft("x"))).await, expected);
}

/// With a precondition it replaces a task that meets it, and makes none.
pub async fn a_put_with_a_precondition_only_replaces(stores: &Stores) {
    let actor = TestUser::federated(stores);
    for condition in [Precondition::Exists, Precondition::AnyOf(vec![])] {
        let refused = actor
            .refusal(under(condition, put(a_task_id(), a_draft("x"))))
            .await;
        assert_eq!(refused, Refusal::NotFound);
    }
    let first = actor.create(a_draft("First")).await;
    let second = actor
        .write(under(first.revision, put(first.id, a_draft("Second"))))
        .await;
    let stale = under(first.revision, put(first.id, a_draft("Lost")));
    let current = Box::new(second);
    let expected = Refusal::PreconditionFailed { current };
    assert_eq!(actor.refusal(stale).await, expected);

    let strict = actor.under(WriteRules {
        require_precondition: true,
        ..WriteRules::default()
    });
    let refused = strict.refusal(put(first.id, a_draft("Lost"))).await;
    assert!(
        matches!(refused, Refusal::PreconditionRequired { .. }),
        "{refused:?}"
    );
    strict.outcome(put(a_task_id(), a_draft("New"))).await;
}
