//! The first change of an issuer's user creates the user; what changes nothing does not.

use tasklane_domain::id::UserId;
use tasklane_domain::page::{ListVersion, TaskFilter};
use tasklane_domain::task::{Revision, WriteRules};
use tasklane_domain::user::{AccessStatus, Origin, User};

use super::Stores;
use super::test_user::TestUser;
use crate::Writes;
use crate::builders::{
    a_draft, a_task_id, create, erase, instant, most_open_tasks, toggle, too_many_open_tasks,
};

async fn user(stores: &Stores, id: UserId) -> Option<User> {
    stores.users.find(id).await.expect("a look-up")
}

async fn access_status(stores: &Stores, id: UserId) -> AccessStatus {
    let status = stores.users.access_status(id, None, instant(0)).await;
    status.expect("a status")
}

/// An issuer's user appears with the first change, as their token shows them.
pub async fn a_federated_user_is_created_with_the_first_change(stores: &Stores) {
    let actor = TestUser::federated(stores);
    assert_eq!(user(stores, actor.identity.id).await, None);
    assert_eq!(
        access_status(stores, actor.identity.id).await,
        AccessStatus::default()
    );
    let task = actor.create(a_draft("First")).await;
    let Origin::Federated(issued) = &actor.identity.origin else {
        panic!("not an issuer's user")
    };
    let expected = User {
        id: actor.identity.id,
        issuer: issued.alias.clone(),
        email: issued.email.clone(),
        email_verified: issued.email_verified,
        name: issued.name.clone(),
        created_at: Some(task.created_at),
        updated_at: Some(task.created_at),
    };
    assert_eq!(user(stores, actor.identity.id).await, Some(expected));
    assert!(access_status(stores, actor.identity.id).await.exists);
}

/// What changes nothing creates no user: refusals, look-ups, lists, feeds, an
/// empty batch, an emptied trash.
pub async fn what_changes_nothing_creates_no_user(stores: &Stores) {
    let actor = TestUser::federated(stores);
    actor.find(a_task_id()).await;
    actor.refusal(toggle(a_task_id())).await;
    actor.refusal(erase(a_task_id())).await;
    let full = actor.under(WriteRules {
        quotas: most_open_tasks(0),
        ..actor.rules
    });
    let refusal = full.refusal(create(a_task_id(), a_draft("Too many"))).await;
    assert_eq!(refusal, too_many_open_tasks(0));
    let nothing = actor.batch(vec![]).await.expect("an empty batch");
    assert_eq!(nothing, (vec![], Revision::ZERO));
    let emptied = stores.tasks.empty_trash(&actor.identity, actor.now()).await;
    assert_eq!(emptied.expect("an empty trash"), (0, Revision::ZERO));
    assert_eq!(actor.matching(TaskFilter::default()).await, []);
    assert_eq!(actor.version().await, ListVersion::default());
    assert_eq!(user(stores, actor.identity.id).await, None);
    assert_eq!(
        access_status(stores, actor.identity.id).await,
        AccessStatus::default()
    );
}

/// The first batch of an issuer's user creates them; a refused one does not.
pub async fn a_batch_creates_its_user_with_the_first_change(stores: &Stores) {
    let actor = TestUser::federated(stores);
    let refused = vec![create(a_task_id(), a_draft("Lost")), toggle(a_task_id())];
    actor.batch(refused).await.expect_err("a refusal");
    assert_eq!(
        stores
            .users
            .find(actor.identity.id)
            .await
            .expect("a look-up"),
        None
    );
    actor
        .batch(vec![create(a_task_id(), a_draft("Kept"))])
        .await
        .expect("a batch");
    assert!(
        stores
            .users
            .find(actor.identity.id)
            .await
            .expect("a look-up")
            .is_some()
    );
}

/// The first writes of an issuer's user may come all at once: they make one user.
pub async fn simultaneous_first_writes_make_one_user(stores: &Stores) {
    let actor = TestUser::federated(stores);
    let creates = (0..20).map(|_| {
        let actor = actor.clone();
        async move { actor.create(a_draft("First")).await.revision }
    });
    let mut revisions = stores.at_once(creates).await;
    revisions.sort_unstable();
    revisions.dedup();
    assert_eq!(revisions.len(), 20);
    assert_eq!(actor.whole_feed().await.len(), 20);
    assert!(
        stores
            .users
            .find(actor.identity.id)
            .await
            .expect("a look-up")
            .is_some()
    );
}
