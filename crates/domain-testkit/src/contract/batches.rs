//! Several operations in order, all or none.

use std::time::Duration;

use tasklane_domain::task::{Operation, Outcome, Refusal, Revision, WriteError};

use super::TaskStore as Stores;
use super::test_user::TestUser;
use crate::builders::{
    a_draft, a_full_draft, a_task_id, completed, create, delete, erase, restore, retitle, toggle,
    under, update,
};

/// Every kind of operation in one batch, with the outcomes in the operations' order.
pub async fn a_batch_does_everything_in_order(stores: &Stores) {
    let actor = TestUser::federated(stores);
    let [kept, trashed, erased] = [
        actor.create(a_full_draft("Kept")),
        actor.create(a_draft("Trashed")),
        actor.create(a_draft("Erased")),
    ];
    let (kept, trashed, erased) = (kept.await, trashed.await, erased.await);
    actor.write(delete(trashed.id)).await;
    let new = a_task_id();
    let (outcomes, after) = actor
        .batch(vec![
            create(new, a_full_draft("New")),
            update(kept.id, completed(true)),
            retitle(kept.id, "Another title"),
            restore(trashed.id),
            erase(erased.id),
            delete(new),
        ])
        .await
        .expect("a batch");
    assert!(
        matches!(
            &outcomes[..],
            [
                Outcome::Created(_),
                Outcome::Unchanged(_),
                Outcome::Changed(_),
                Outcome::Changed(_),
                Outcome::Erased(_),
                Outcome::Deleted(_),
            ]
        ),
        "{outcomes:?}"
    );
    let taken: Vec<i64> = outcomes
        .iter()
        .filter_map(Outcome::revision_taken)
        .map(Revision::as_i64)
        .collect();
    assert_eq!(taken, [5, 6, 7, 8, 9]);
    assert_eq!((after.as_i64(), actor.version().await.revision), (9, after));
    assert_eq!(outcomes[1], Outcome::Unchanged(kept));
    for outcome in [&outcomes[2], &outcomes[3]] {
        let task = outcome.clone().into_task().expect("a task");
        assert_eq!(actor.find(task.id).await, Some(task));
    }
    assert_eq!(
        actor.trash().await,
        [outcomes[5].clone().into_task().expect("a task")]
    );
    assert_eq!(actor.whole_feed().await.len(), 4);
}

/// Each operation sees those before it, on one task too.
pub async fn each_operation_sees_those_before_it(stores: &Stores) {
    let actor = TestUser::federated(stores);
    let id = a_task_id();
    let operations = vec![
        create(id, a_draft("New")),
        under(Revision::ZERO.next(), toggle(id)),
        retitle(id, "Another title"),
        delete(id),
        restore(id),
        toggle(id),
    ];
    let (outcomes, after) = actor.batch(operations).await.expect("a batch");
    assert_eq!(after.as_i64(), 6);
    let task = outcomes[5].clone().into_task().expect("a task");
    assert_eq!(
        (task.title.as_str(), task.is_completed()),
        ("Another title", false)
    );
    assert_eq!(actor.find(id).await, Some(task));
    let earlier = outcomes[1].clone().into_task().expect("a task");
    assert_eq!(
        (earlier.title.as_str(), earlier.is_completed()),
        ("New", true)
    );
    assert_eq!(actor.whole_feed().await.len(), 1);

    let (outcomes, _) = actor
        .batch(vec![toggle(id), erase(id)])
        .await
        .expect("a batch");
    assert!(matches!(outcomes[1], Outcome::Erased(_)));
    assert!(actor.find(id).await.is_none() && actor.held(id).await.is_some());
}

/// One refused operation, of any kind and anywhere in the batch, undoes all of it.
pub async fn one_refusal_undoes_the_whole_batch(stores: &Stores) {
    let actor = TestUser::federated(stores);
    let task = actor.create(a_full_draft("Kept")).await;
    let trashed = actor.create(a_draft("Trashed")).await;
    let trashed = actor.write(delete(trashed.id)).await;
    let before = (actor.version().await, actor.whole_feed().await);
    let new = a_task_id();
    let failing: Vec<(Operation, Refusal)> = vec![
        (toggle(a_task_id()), Refusal::NotFound),
        (toggle(trashed.id), Refusal::NotFound),
        (
            create(trashed.id, a_draft("x")),
            Refusal::AlreadyExists {
                current: Some(trashed.clone().into()),
            },
        ),
        (restore(task.id), Refusal::NotDeleted),
    ];
    for (operation, refusal) in failing {
        for position in 0..3 {
            let mut operations = vec![
                create(new, a_draft("New")),
                retitle(task.id, "Lost"),
                erase(trashed.id),
            ];
            operations.truncate(position);
            operations.push(operation.clone());
            operations.push(delete(task.id));
            let error = actor.batch(operations).await.expect_err("a refusal");
            let WriteError::Refused {
                index,
                refusal: found,
            } = error
            else {
                panic!("{error:?}")
            };
            assert_eq!((index, found), (position, refusal.clone()));
            assert_eq!((actor.version().await, actor.whole_feed().await), before);
            assert_eq!(actor.held(new).await, None);
        }
    }
}

/// A precondition is checked against what the batch has made of the task by then.
pub async fn a_precondition_in_a_batch_sees_the_batch(stores: &Stores) {
    let actor = TestUser::federated(stores);
    let task = actor.create(a_draft("Buy milk")).await;
    let first = task.revision;
    let stale = vec![toggle(task.id), under(first, retitle(task.id, "Lost"))];
    let error = actor.batch(stale).await.expect_err("a refusal");
    let next = first.next();
    let expected = format!("operation 1: the task is at revision {next}");
    assert_eq!(error.to_string(), expected);
    assert_eq!(actor.find(task.id).await.as_ref(), Some(&task));
    let chained = vec![
        under(first, toggle(task.id)),
        under(first.next(), toggle(task.id)),
        under(first.next().next(), delete(task.id)),
    ];
    actor.batch(chained).await.expect("a batch");
}

/// One id cannot be created twice, in one batch as little as in two.
pub async fn an_id_that_the_batch_has_created_is_taken(stores: &Stores) {
    let actor = TestUser::federated(stores);
    let id = a_task_id();
    let twice = vec![create(id, a_draft("First")), create(id, a_draft("Second"))];
    let error = actor.batch(twice).await.expect_err("a refusal");
    let WriteError::Refused { index: 1, refusal } = error else {
        panic!("{error:?}")
    };
    assert!(
        matches!(refusal, Refusal::AlreadyExists { .. }),
        "{refusal:?}"
    );
}

/// A batch that changes nothing takes no revision, nor does an empty one.
pub async fn an_unchanging_batch_takes_no_revision(stores: &Stores) {
    let actor = TestUser::federated(stores);
    let nothing = actor.batch(vec![]).await.expect("an empty batch");
    assert_eq!(nothing, (vec![], Revision::ZERO));
    let task = actor.create(a_full_draft("Buy milk")).await;
    let same = || update(task.id, completed(true));
    let unchanged = actor.batch(vec![same(), same()]).await.expect("a batch");
    let outcome = Outcome::Unchanged(task.clone());
    assert_eq!(unchanged, (vec![outcome.clone(), outcome], task.revision));
    assert_eq!(actor.version().await.revision, task.revision);
    assert_eq!(
        actor.batch(vec![]).await.expect("an empty batch"),
        (vec![], task.revision)
    );
}

/// A hundred operations are one batch, each a microsecond later than the one before, so that by their
/// default positions too they come in their order.
pub async fn the_largest_batch_fits(stores: &Stores) {
    let actor = TestUser::federated(stores);
    let creates: Vec<Operation> = (0..tasklane_domain::task::MAX_OPERATIONS)
        .map(|index| create(a_task_id(), a_full_draft(&format!("Task {index}"))))
        .collect();
    let toggles: Vec<Operation> = creates
        .iter()
        .map(|create| toggle(create.id()))
        .rev()
        .collect();
    let (outcomes, after) = actor.batch(creates).await.expect("a batch");
    let tasks: Vec<_> = outcomes
        .into_iter()
        .filter_map(Outcome::into_task)
        .collect();
    assert_eq!((tasks.len(), after.as_i64()), (100, 100));
    let instants = (0..).map(|micros| tasks[0].created_at.after(Duration::from_micros(micros)));
    assert!(
        tasks
            .iter()
            .zip(instants)
            .all(|(task, at)| (task.created_at, task.updated_at) == (at, at))
    );
    let (outcomes, after) = actor.batch(toggles).await.expect("a batch");
    assert_eq!((outcomes.len(), after.as_i64()), (100, 200));
    let first = actor.find(tasks[99].id).await.expect("a task");
    assert_eq!(first.revision.as_i64(), 101);
}
