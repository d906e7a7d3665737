//! Users whom an operator shuts out for a time.

use std::time::Duration;

use super::Stores;
use super::test_user::TestUser;
use crate::builders::{
    a_draft, a_new_session, a_secret, a_task_id, create, delete, instant, toggle,
};
use crate::random_uuid;
use tasklane_domain::clock::Timestamp;
use tasklane_domain::id::{SessionId, UserId};
use tasklane_domain::page::TaskFilter;
use tasklane_domain::task::WriteError;
use tasklane_domain::user::{AccessStatus, NewSession, RefreshAttempt, Rotation, SecretHash};

async fn disable(stores: &Stores, user: UserId, at: Timestamp) -> bool {
    stores.users.disable(user, at).await.expect("an answer")
}

async fn enable(stores: &Stores, user: UserId) -> bool {
    stores.users.enable(user).await.expect("an answer")
}

async fn access_status(stores: &Stores, user: UserId, session: Option<SessionId>) -> AccessStatus {
    let access_status = stores.users.access_status(user, session, instant(10)).await;
    access_status.expect("a status")
}

async fn open(stores: &Stores, user: UserId, session: &NewSession) -> bool {
    let opened = stores.sessions.open(user, session.clone(), None).await;
    opened.expect("an answer")
}

async fn refresh(stores: &Stores, user: UserId, session: SessionId, with: SecretHash) -> Rotation {
    let attempt = RefreshAttempt {
        presented: with,
        successor: a_secret().hash(),
        at: instant(11),
        expires_at: instant(3_600),
        grace: Duration::ZERO,
    };
    let rotation = stores.sessions.rotate(user, session, attempt).await;
    rotation.expect("an answer")
}

async fn sessions(stores: &Stores, user: UserId) -> usize {
    let listed = stores.sessions.list(user, instant(10)).await;
    listed.expect("a list").len()
}

/// A user who is shut out keeps their profile, tasks, trash and revision, and finds them when enabled.
pub async fn a_disabled_user_loses_nothing(stores: &Stores) {
    for actor in [TestUser::local(stores).await, TestUser::federated(stores)] {
        let user = actor.identity.id;
        let live = actor.create(a_draft("Live")).await;
        let trashed = actor.create(a_draft("Trashed")).await;
        let trashed = actor.write(delete(trashed.id)).await;
        let profile = stores.users.find(user).await.expect("a look-up");
        let (version, at) = (actor.version().await, actor.now());

        assert!(disable(stores, user, at).await);
        let expected = AccessStatus {
            exists: true,
            not_before: Some(at),
            disabled: true,
            session_live: false,
        };
        assert_eq!(access_status(stores, user, None).await, expected);
        assert!(enable(stores, user).await);
        let expected = AccessStatus {
            disabled: false,
            ..expected
        };
        assert_eq!(access_status(stores, user, None).await, expected);

        assert_eq!(stores.users.find(user).await.expect("a look-up"), profile);
        assert_eq!(actor.version().await, version);
        assert_eq!(actor.matching(TaskFilter::default()).await, [live]);
        assert_eq!(actor.trash().await, [trashed]);
    }
}

/// Sessions end with the disabling, and none begins before the user is enabled.
pub async fn a_disabled_user_has_no_session(stores: &Stores) {
    let user = TestUser::local(stores).await.identity.id;
    let session = a_new_session(instant(1));
    let secret = session.secret;
    assert!(open(stores, user, &session).await);
    assert!(disable(stores, user, instant(2)).await);
    assert_eq!(sessions(stores, user).await, 0);
    assert!(
        !access_status(stores, user, Some(session.id))
            .await
            .session_live
    );
    assert!(!open(stores, user, &a_new_session(instant(3))).await);

    assert!(enable(stores, user).await);
    let rotation = refresh(stores, user, session.id, secret).await;
    assert_eq!(rotation, Rotation::Unknown);
    let next = a_new_session(instant(4));
    assert!(open(stores, user, &next).await);
    assert!(
        access_status(stores, user, Some(next.id))
            .await
            .session_live
    );
}

/// Disabling somebody twice, or at an earlier instant by another clock, never lets older tokens in.
pub async fn a_later_moment_is_not_taken_back(stores: &Stores) {
    let actor = TestUser::federated(stores);
    actor.create(a_draft("First")).await;
    let user = actor.identity.id;
    for (seconds, expected) in [(5, 5), (9, 9), (7, 9)] {
        assert!(disable(stores, user, instant(seconds)).await);
        let not_before = access_status(stores, user, None).await.not_before;
        assert_eq!(not_before, Some(instant(expected)));
    }
}

/// Enabling one who was never shut out leaves their sessions alone.
pub async fn enabling_one_who_is_enabled_changes_nothing(stores: &Stores) {
    let user = TestUser::local(stores).await.identity.id;
    let session = a_new_session(instant(1));
    assert!(open(stores, user, &session).await);
    let before = access_status(stores, user, Some(session.id)).await;
    assert!(enable(stores, user).await);
    assert_eq!(access_status(stores, user, Some(session.id)).await, before);
    let rotation = refresh(stores, user, session.id, session.secret).await;
    assert!(matches!(rotation, Rotation::Rotated(_)), "{rotation:?}");
}

/// One of whom nothing is known cannot be shut out, and no record is made of it.
pub async fn an_unknown_user_is_not_disabled(stores: &Stores) {
    let user = UserId::new(random_uuid());
    assert!(!disable(stores, user, instant(0)).await);
    assert!(!enable(stores, user).await);
    assert_eq!(
        access_status(stores, user, None).await,
        AccessStatus::default()
    );
}

/// Nobody gets around being shut out by being erased and coming back.
pub async fn an_erased_user_stays_disabled(stores: &Stores) {
    let actor = TestUser::federated(stores);
    let user = actor.identity.id;
    actor.create(a_draft("Old")).await;
    assert!(disable(stores, user, actor.now()).await);
    let erased = stores.users.erase(&actor.identity, actor.now()).await;
    assert!(erased.expect("an erasure"));
    assert!(access_status(stores, user, None).await.disabled);
    actor.create(a_draft("New")).await;
    let back = access_status(stores, user, None).await;
    assert!(back.exists && back.disabled, "{back:?}");
}

/// One who is erased is shut out and let in again like anybody, should they come back.
pub async fn an_erased_user_is_disabled_and_enabled(stores: &Stores) {
    let actor = TestUser::federated(stores);
    let user = actor.identity.id;
    let erased = stores.users.erase(&actor.identity, instant(1)).await;
    erased.expect("an erasure");
    assert!(disable(stores, user, instant(2)).await);
    let expected = AccessStatus {
        exists: false,
        not_before: Some(instant(2)),
        disabled: true,
        session_live: false,
    };
    assert_eq!(access_status(stores, user, None).await, expected);
    assert!(enable(stores, user).await);
    let expected = AccessStatus {
        disabled: false,
        ..expected
    };
    assert_eq!(access_status(stores, user, None).await, expected);
}

/// The account of a disabled user is found, so that an operator can enable them by their address.
pub async fn a_disabled_account_is_found(stores: &Stores) {
    let account = crate::builders::a_new_account(instant(0));
    let registered = stores
        .accounts
        .register(account.clone(), a_new_session(instant(0)));
    registered.await.expect("a registration");
    assert!(disable(stores, account.id, instant(1)).await);
    let by_email = stores.accounts.account_by_email(&account.email).await;
    let by_user = stores.accounts.account_of(account.id).await;
    let (by_email, by_user) = (by_email.expect("a look-up"), by_user.expect("a look-up"));
    assert_eq!(by_email, by_user);
    assert_eq!(by_user.map(|found| found.user), Some(account.to_user()));
}

/// No session survives a disabling that it began beside.
pub async fn a_sign_in_beside_a_disabling_leaves_no_session(stores: &Stores) {
    for _ in 0..8 {
        let user = TestUser::local(stores).await.identity.id;
        let attempts = (0..8).map(|number| {
            let stores = stores.clone();
            async move {
                if number == 4 {
                    disable(&stores, user, instant(2)).await;
                } else {
                    open(&stores, user, &a_new_session(instant(1))).await;
                }
            }
        });
        stores.at_once(attempts).await;
        assert_eq!(sessions(stores, user).await, 0);
    }
}

/// A token from before its user was disabled or erased writes nothing, even where it was let in.
pub async fn an_outdated_token_writes_nothing(stores: &Stores) {
    let user = TestUser::federated(stores);
    let task = user.create(a_draft("Kept")).await;
    assert!(disable(stores, user.identity.id, instant(100)).await);
    assert!(enable(stores, user.identity.id).await);
    let by_token_of = |seconds| {
        let issued_at = Some(instant(seconds));
        TestUser::new(stores, user.identity.clone().by_token_of(issued_at)).since(200)
    };
    for outdated in [99, 100] {
        let refused = by_token_of(outdated).attempt(toggle(task.id)).await;
        assert!(matches!(refused, Err(WriteError::Revoked)), "{refused:?}");
        assert_eq!(user.find(task.id).await.as_ref(), Some(&task));
    }
    by_token_of(101).write(toggle(task.id)).await;

    let erased = stores.users.erase(&user.identity, instant(300)).await;
    assert!(erased.expect("an erasure"));
    let refused = by_token_of(300)
        .attempt(create(a_task_id(), a_draft("Late")))
        .await;
    assert!(matches!(refused, Err(WriteError::Revoked)), "{refused:?}");
    assert_eq!(user.whole_feed().await, []);
    by_token_of(301).create(a_draft("Back")).await;
    assert_eq!(user.whole_feed().await.len(), 1);
}
