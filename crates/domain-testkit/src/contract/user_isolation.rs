//! Users are apart too: what one of them does leaves every other as they were.

use std::time::Duration;

use tasklane_domain::user::{Actor, RefreshAttempt, Rotation};

use super::Stores;
use super::isolation::{reads_nothing_of, view, writes_nothing_of};
use super::test_user::TestUser;
use crate::builders::{
    a_draft, a_new_account, a_new_session, a_secret, a_task_id, create, instant,
};

/// A user with a local account and one of an issuer neither read nor write each other's tasks.
pub async fn users_of_both_kinds_are_apart(stores: &Stores) {
    let (federated, local) = (TestUser::federated(stores), TestUser::local(stores).await);
    reads_nothing_of(&federated, &local).await;
    let (federated, local) = (TestUser::federated(stores), TestUser::local(stores).await);
    writes_nothing_of(&local, &federated).await;
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

    let attempt = RefreshAttempt {
        presented: secret.hash(),
        successor: a_secret().hash(),
        at,
        expires_at: later,
        grace: Duration::ZERO,
    };
    let rotation = stores.sessions.rotate(eve.id, id, attempt).await;
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
        .expect("a status");
    assert!(access_status.exists && !access_status.session_live);
    let access_status = stores
        .users
        .access_status(ada.id, Some(id), at)
        .await
        .expect("a status");
    assert!(access_status.session_live);
    let rotation = stores.sessions.rotate(ada.id, id, attempt).await;
    assert!(matches!(rotation, Ok(Rotation::Rotated(user)) if user.id == ada.id));
}
