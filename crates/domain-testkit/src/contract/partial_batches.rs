//! Several operations in order, each done or refused by itself.

use tasklane_domain::task::{Outcome, Refusal, Refused, Revision, WriteRules};

use super::TaskStore as Stores;
use super::test_user::TestUser;
use crate::builders::{
    a_draft, a_task_id, create, delete, erase, most_open_tasks, restore, retitle, toggle,
    too_many_open_tasks, under,
};

/// What can be done is done, and of each of the others it is said why not, and how its task is.
pub async fn a_refused_operation_leaves_the_others(stores: &Stores) {
    let actor = TestUser::federated(stores);
    let task = actor.create(a_draft("Buy milk")).await;
    let trashed = actor.create(a_draft("Trashed")).await;
    let trashed = actor.write(delete(trashed.id)).await;
    let (new, missing) = (a_task_id(), a_task_id());
    let written = actor
        .batch_each(vec![
            toggle(missing),
            create(new, a_draft("New")),
            under(Revision::ZERO, toggle(task.id)),
            toggle(task.id),
            toggle(trashed.id),
            restore(task.id),
            delete(new),
        ])
        .await;
    assert!(
        matches!(
            &written.outcomes[..],
            [
                Outcome::Created(_),
                Outcome::Changed(_),
                Outcome::Deleted(_)
            ]
        ),
        "{written:?}"
    );
    let toggled = written.outcomes[1].clone().into_task().expect("a task");
    let refused = |index, refusal, current| Refused {
        index,
        refusal,
        current,
    };
    let stale = Refusal::PreconditionFailed {
        current: Box::new(task.clone()),
    };
    assert_eq!(
        written.refused,
        [
            refused(0, Refusal::NotFound, None),
            refused(2, stale, Some(task.clone())),
            refused(4, Refusal::NotFound, Some(trashed.clone())),
            refused(5, Refusal::NotDeleted, Some(toggled.clone())),
        ]
    );
    assert_eq!(written.revision, actor.version().await.revision);
    assert_eq!(written.revision.as_i64(), 6);
    assert_eq!(actor.find(task.id).await, Some(toggled));
    assert_eq!(actor.trash().await.len(), 2);
    actor.recount().await;
}

/// Each sees what those before it have done, and nothing of those that were refused.
pub async fn an_operation_sees_those_before_it_that_were_done(stores: &Stores) {
    let actor = TestUser::federated(stores).under(WriteRules {
        quotas: most_open_tasks(2),
        require_precondition: false,
    });
    let ids: [_; 4] = std::array::from_fn(|_| a_task_id());
    let written = actor
        .batch_each(vec![
            create(ids[0], a_draft("First")),
            create(ids[1], a_draft("Second")),
            create(ids[2], a_draft("Too many")),
            retitle(ids[2], "Missing"),
            erase(ids[0]),
            create(ids[3], a_draft("Fits again")),
        ])
        .await;
    let refused: Vec<_> = written
        .refused
        .into_iter()
        .map(|refused| (refused.index, refused.refusal))
        .collect();
    assert_eq!(
        refused,
        [(2, too_many_open_tasks(2)), (3, Refusal::NotFound)]
    );
    assert_eq!((written.outcomes.len(), written.revision.as_i64()), (4, 4));
    assert_eq!(actor.held(ids[2]).await, None);
    assert!(actor.find(ids[3]).await.is_some());
    actor.recount().await;
}

/// Where all are refused, nothing changes and nobody comes to exist.
pub async fn a_batch_of_refusals_changes_nothing(stores: &Stores) {
    let actor = TestUser::federated(stores);
    let nothing = vec![toggle(a_task_id()), delete(a_task_id())];
    let written = actor.batch_each(nothing).await;
    assert_eq!((written.outcomes.len(), written.refused.len()), (0, 2));
    assert_eq!(written.revision, Revision::ZERO);
    assert_eq!(actor.version().await.revision, Revision::ZERO);
    let empty = actor.batch_each(vec![]).await;
    assert_eq!((empty.outcomes.len(), empty.refused.len()), (0, 0));
}
