//! Owners are apart: nothing read or written under one touches another.

use tasklane_domain::id::TaskId;
use tasklane_domain::page::ListVersion;
use tasklane_domain::task::{Change, Refusal, Revision, Task, TaskState, WriteError};
use tasklane_domain::user::{Actor, Rotation};

use super::Stores;
use super::test_user::TestUser;
use crate::Writes;
use crate::builders::{
    a_draft, a_full_draft, a_new_account, a_new_session, a_secret, a_task_id, create, delete,
    erase, instant, restore, retitle, toggle, update,
};

/// All that an owner can see of their tasks.
async fn view(
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
    let (ada, eve) = (TestUser::federated(stores), TestUser::local(stores).await);
    let task = ada.create(a_full_draft("Secret")).await;
    ada.create(a_draft("Also secret")).await;
    assert_eq!(eve.find(task.id).await, None);
    assert_eq!(
        view(&eve, task.id).await,
        (None, vec![], vec![], ListVersion::default())
    );
}

/// Nobody changes another's task, alone or in a batch, and the answer is that of a missing one.
pub async fn nobody_writes_the_task_of_another(stores: &Stores) {
    let (ada, eve) = (TestUser::federated(stores), TestUser::local(stores).await);
    let live = ada.create(a_full_draft("Secret")).await.id;
    let trashed = ada.create(a_draft("Trashed")).await.id;
    ada.write(delete(trashed)).await;
    let before = (view(&ada, live).await, view(&ada, trashed).await);
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
    let emptied = stores
        .tasks
        .empty_trash(&eve.identity, eve.now())
        .await
        .expect("an empty trash");
    assert_eq!(emptied, (0, Revision::ZERO));
    assert_eq!((view(&ada, live).await, view(&ada, trashed).await), before);
}

/// One id may stand under two owners, for two tasks that know nothing of each other.
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

/// The erasure of one user leaves every other as they were.
pub async fn an_erased_user_takes_nobody_with_them(stores: &Stores) {
    let (ada, bob) = (TestUser::local(stores).await, TestUser::local(stores).await);
    let id = a_task_id();
    ada.write(create(id, a_draft("Ada's"))).await;
    bob.write(create(id, a_draft("Bob's"))).await;
    let (before, account) = (
        view(&bob, id).await,
        stores.accounts.account_of(bob.identity.id).await,
    );
    assert!(
        stores
            .users
            .erase(&ada.identity, ada.now())
            .await
            .expect("an erasure")
    );
    assert_eq!(view(&bob, id).await, before);
    let after = stores
        .accounts
        .account_of(bob.identity.id)
        .await
        .expect("a look-up");
    assert_eq!(after, account.expect("a look-up"));
    assert_eq!(
        stores
            .sessions
            .list(bob.identity.id, instant(1))
            .await
            .expect("a list")
            .len(),
        1
    );
}

/// A session belongs to its user: others neither refresh it nor end it, nor does it vouch for them.
pub async fn nobody_touches_the_session_of_another(stores: &Stores) {
    let (secret, at) = (a_secret(), instant(0));
    let mut session = a_new_session(at);
    session.secret = secret.hash();
    let (id, later) = (session.id, session.expires_at);
    let account = a_new_account(at);
    let ada = Actor::local(account.id);
    stores
        .accounts
        .register(account, session)
        .await
        .expect("a registration");
    let eve = TestUser::local(stores).await.identity;

    let next = a_secret().hash();
    let rotation = stores
        .sessions
        .rotate(eve.id, id, secret.hash(), next, at, later)
        .await;
    assert_eq!(rotation.expect("an answer"), Rotation::Unknown);
    assert!(
        !stores
            .sessions
            .end(eve.id, id, at)
            .await
            .expect("an answer")
    );
    stores
        .sessions
        .end_others(eve.id, None)
        .await
        .expect("an end");
    let access_status = stores
        .users
        .access_status(eve.id, Some(id), at)
        .await
        .expect("a access_status");
    assert!(access_status.exists && !access_status.session_live);
    let access_status = stores
        .users
        .access_status(ada.id, Some(id), at)
        .await
        .expect("a access_status");
    assert!(access_status.session_live);
    let rotation = stores
        .sessions
        .rotate(ada.id, id, secret.hash(), next, at, later)
        .await;
    assert!(matches!(rotation, Ok(Rotation::Rotated(user)) if user.id == ada.id));
}
