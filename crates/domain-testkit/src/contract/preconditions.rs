//! Writes that happen only if the task is where the client believes it to be.

use tasklane_domain::id::TaskId;
use tasklane_domain::task::{
    Operation, Outcome, Precondition, Quotas, Refusal, Revision, Task, WriteRules,
};

use super::TaskStore as Stores;
use super::test_user::TestUser;
use crate::builders::{
    a_draft, a_task_id, completed, create, delete, erase, restore, retitle, revision, toggle,
    under, update,
};

fn rename(id: TaskId) -> Operation {
    retitle(id, "Another title")
}

type Make = fn(TaskId) -> Operation;

/// Every operation that can have a precondition, and whether it is for a task in the trash.
const CONDITIONAL: [(Make, bool); 5] = [
    (rename, false),
    (toggle, false),
    (delete, false),
    (erase, false),
    (restore, true),
];

async fn a_task(actor: &TestUser, trashed: bool) -> Task {
    let task = actor.create(a_draft("Buy milk")).await;
    if trashed {
        actor.write(delete(task.id)).await
    } else {
        task
    }
}

/// The current revision lets every operation through, alone or among others, and so does "exists".
pub async fn a_met_precondition_lets_the_write_through(stores: &Stores) {
    let actor = TestUser::federated(stores);
    for (make, trashed) in CONDITIONAL {
        for condition in 0..4 {
            let task = a_task(&actor, trashed).await;
            let condition = match condition {
                0 => Precondition::None,
                1 => Precondition::Exists,
                2 => task.revision.into(),
                _ => Precondition::AnyOf(vec![Revision::ZERO, task.revision, revision(i64::MAX)]),
            };
            let outcome = actor.outcome(under(condition, make(task.id))).await;
            assert!(
                outcome.revision_taken() > Some(task.revision),
                "{outcome:?}"
            );
        }
    }
}

/// A stale, future or absent revision fails, gives the task as it is, and nothing is written.
pub async fn an_unmet_precondition_writes_nothing(stores: &Stores) {
    let actor = TestUser::federated(stores);
    for (make, trashed) in CONDITIONAL {
        let task = a_task(&actor, trashed).await;
        let stale = [
            Precondition::AnyOf(vec![]),
            Revision::ZERO.into(),
            task.revision.next().into(),
            Precondition::AnyOf(vec![revision(i64::MAX), Revision::ZERO]),
        ];
        for condition in stale {
            let refusal = actor.refusal(under(condition, make(task.id))).await;
            assert_eq!(
                refusal,
                Refusal::PreconditionFailed {
                    current: task.clone().into()
                }
            );
        }
    }
}

/// A change makes the revision that was current before it stale.
pub async fn a_revision_is_good_for_one_change(stores: &Stores) {
    let actor = TestUser::federated(stores);
    let first = a_task(&actor, false).await;
    let second = actor.write(under(first.revision, toggle(first.id))).await;
    let refusal = actor.refusal(under(first.revision, toggle(first.id))).await;
    assert_eq!(
        refusal,
        Refusal::PreconditionFailed {
            current: second.into()
        }
    );
}

/// The precondition of an unchanging write is checked too.
pub async fn an_unchanging_write_must_meet_its_precondition(stores: &Stores) {
    let actor = TestUser::federated(stores);
    let task = a_task(&actor, false).await;
    let same = update(task.id, completed(false));
    let refusal = actor
        .refusal(under(task.revision.next(), same.clone()))
        .await;
    assert_eq!(
        refusal,
        Refusal::PreconditionFailed {
            current: task.clone().into()
        }
    );
    let outcome = actor.outcome(under(task.revision, same)).await;
    assert_eq!(outcome, Outcome::Unchanged(task));
}

/// A task that does not exist (for an operation) is not found, whatever the precondition.
pub async fn a_missing_task_is_not_found_whatever_the_precondition(stores: &Stores) {
    let actor = TestUser::federated(stores);
    let (trashed, erased) = (a_task(&actor, true).await, a_task(&actor, true).await);
    actor.outcome(erase(erased.id)).await;
    let conditions = |current| [Precondition::Exists, Precondition::from(current)];
    for make in [rename, toggle, delete] {
        for condition in conditions(trashed.revision) {
            let refusal = actor.refusal(under(condition, make(trashed.id))).await;
            assert_eq!(refusal, Refusal::NotFound);
        }
    }
    for make in [rename, toggle, delete, restore, erase] {
        for condition in conditions(revision(1)) {
            for id in [erased.id, a_task_id()] {
                let refusal = actor.refusal(under(condition.clone(), make(id))).await;
                assert_eq!(refusal, Refusal::NotFound);
            }
        }
    }
}

/// Restoring a live task is refused as such before its precondition is checked.
pub async fn a_live_task_is_not_restored_whatever_the_precondition(stores: &Stores) {
    let actor = TestUser::federated(stores);
    let task = a_task(&actor, false).await;
    for condition in [
        Precondition::None,
        Revision::ZERO.into(),
        task.revision.into(),
    ] {
        let refusal = actor.refusal(under(condition, restore(task.id))).await;
        assert_eq!(refusal, Refusal::NotDeleted);
    }
}

/// Where preconditions are required, a write without one is refused and names the revision.
pub async fn a_required_precondition_must_be_given(stores: &Stores) {
    let lax = TestUser::federated(stores);
    let strict = lax.under(WriteRules {
        require_precondition: true,
        quotas: Quotas::default(),
    });
    for (make, trashed) in CONDITIONAL {
        let task = a_task(&lax, trashed).await;
        let refusal = strict.refusal(make(task.id)).await;
        assert_eq!(
            refusal,
            Refusal::PreconditionRequired {
                current: task.revision
            }
        );
        strict
            .outcome(under(Precondition::Exists, make(task.id)))
            .await;
    }
    let task = a_task(&lax, false).await;
    let refusal = strict.refusal(update(task.id, completed(false))).await;
    assert_eq!(
        refusal,
        Refusal::PreconditionRequired {
            current: task.revision
        }
    );
}

/// Where preconditions are required, creates need none, and missing or live tasks are still reported.
pub async fn a_required_precondition_hides_no_other_refusal(stores: &Stores) {
    let strict = TestUser::federated(stores).under(WriteRules {
        require_precondition: true,
        quotas: Quotas::default(),
    });
    let task = strict.write(create(a_task_id(), a_draft("Buy milk"))).await;
    let taken = strict.refusal(create(task.id, a_draft("Buy milk"))).await;
    assert_eq!(
        taken,
        Refusal::AlreadyExists {
            current: Some(task.clone().into())
        }
    );
    assert_eq!(strict.refusal(restore(task.id)).await, Refusal::NotDeleted);
    strict.write(under(task.revision, delete(task.id))).await;
    for make in [rename, toggle, delete] {
        assert_eq!(strict.refusal(make(task.id)).await, Refusal::NotFound);
        assert_eq!(strict.refusal(make(a_task_id())).await, Refusal::NotFound);
    }
}

/// Within a batch, what the batch itself has written needs no precondition; what it has not, does.
pub async fn a_batch_needs_no_precondition_for_its_own_writes(stores: &Stores) {
    let lax = TestUser::federated(stores);
    let strict = lax.under(WriteRules {
        require_precondition: true,
        quotas: Quotas::default(),
    });
    let (task, new) = (a_task(&lax, false).await, a_task_id());
    let own = vec![
        create(new, a_draft("New")),
        toggle(new),
        under(task.revision, toggle(task.id)),
        toggle(task.id),
        delete(task.id),
        restore(task.id),
    ];
    assert_eq!(strict.batch(own).await.expect("a batch").0.len(), 6);

    let unchanged = update(new, completed(true));
    let current = lax.find(new).await.expect("the new task").revision;
    let refused = strict
        .batch(vec![under(current, unchanged), toggle(new)])
        .await
        .expect_err("a refusal");
    let required = Refusal::PreconditionRequired { current };
    assert_eq!(refused.to_string(), format!("operation 1: {required}"));
}
