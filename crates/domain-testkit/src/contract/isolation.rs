//! Owners are apart: nothing read or written under one touches another.

use super::TaskStore as Stores;
use super::test_user::TestUser;
use crate::Writes;
use crate::builders::{
    a_draft, a_full_draft, a_task_id, create, delete, erase, restore, retitle, toggle, update,
};
use tasklane_domain::id::TaskId;
use tasklane_domain::page::ListVersion;
use tasklane_domain::task::{Change, Refusal, Revision, Task, TaskState, WriteError};

/// All that an owner can see of their tasks.
pub(super) async fn view(
    actor: &TestUser,
    id: TaskId,
) -> (Option<TaskState>, Vec<Task>, Vec<Change>, ListVersion) {
    let live = actor
        .matching(tasklane_domain::page::TaskFilter::default())
        .await;
    let everything = live.into_iter().chain(actor.trash().await).collect();
    (
        actor.held(id).await,
        everything,
        actor.whole_feed().await,
        actor.version().await,
    )
}

/// Nobody reads another's task by its id, in a list or in the feed.
pub async fn nobody_reads_the_task_of_another(stores: &Stores) {
    let (ada, eve) = (TestUser::federated(stores), TestUser::federated(stores));
    reads_nothing_of(&ada, &eve).await;
}

pub(super) async fn reads_nothing_of(ada: &TestUser, eve: &TestUser) {
    let task = ada.create(a_full_draft("Secret")).await;
    ada.create(a_draft("Also secret")).await;
    // What a store remembers of this must not be Eve's.
    assert_eq!(ada.find(task.id).await.as_ref(), Some(&task));
    assert_eq!(eve.find(task.id).await, None);
    assert_eq!(
        view(eve, task.id).await,
        (None, vec![], vec![], ListVersion::default())
    );
}

/// Nobody changes another's task, alone or in a batch, and the answer is that of a missing one.
pub async fn nobody_writes_the_task_of_another(stores: &Stores) {
    let (ada, eve) = (TestUser::federated(stores), TestUser::federated(stores));
    writes_nothing_of(&ada, &eve).await;
}

pub(super) async fn writes_nothing_of(ada: &TestUser, eve: &TestUser) {
    let live = ada.create(a_full_draft("Secret")).await.id;
    let trashed = ada.create(a_draft("Trashed")).await.id;
    ada.write(delete(trashed)).await;
    let before = (view(ada, live).await, view(ada, trashed).await);
    for id in [live, trashed] {
        for make in [toggle, delete, restore, erase] {
            assert_eq!(eve.refusal(make(id)).await, Refusal::NotFound);
            let batch = eve.batch(vec![make(id)]).await;
            let refused = batch.expect_err("a refusal");
            assert!(
                matches!(
                    refused,
                    WriteError::Refused {
                        index: 0,
                        refusal: Refusal::NotFound
                    }
                ),
                "{refused:?}"
            );
        }
    }
    let emptied = eve
        .stores
        .tasks
        .empty_trash(&eve.identity, eve.now())
        .await
        .expect("an empty trash");
    assert_eq!(emptied, (0, Revision::ZERO));
    assert_eq!((view(ada, live).await, view(ada, trashed).await), before);
}

/// Two owners may use the same id, for two tasks that have nothing to do with each other.
pub async fn one_id_under_two_owners_is_two_tasks(stores: &Stores) {
    let (ada, bob) = (TestUser::federated(stores), TestUser::federated(stores));
    let id = a_task_id();
    let adas = ada.write(create(id, a_draft("Ada's"))).await;
    bob.create(a_draft("Bob's first")).await;
    let bobs = bob.write(create(id, a_draft("Bob's"))).await;
    assert_eq!((adas.revision.as_i64(), bobs.revision.as_i64()), (1, 2));
    let bobs_view = view(&bob, id).await;

    ada.write(retitle(id, "Ada's own")).await;
    ada.write(delete(id)).await;
    ada.write(restore(id)).await;
    let patch = tasklane_domain::task::TaskPatch::replace_with(a_full_draft("Ada's again"));
    let outcomes = ada.batch(vec![update(id, patch), toggle(id)]).await;
    assert_eq!(outcomes.expect("a batch").1.as_i64(), 6);
    ada.outcome(erase(id)).await;
    assert_eq!(view(&bob, id).await, bobs_view);

    bob.write(delete(id)).await;
    let emptied = stores
        .tasks
        .empty_trash(&ada.identity, ada.now())
        .await
        .expect("an empty trash");
    assert_eq!(emptied.0, 0);
    assert_eq!(bob.trash().await.len(), 1);
}
