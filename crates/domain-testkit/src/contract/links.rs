//! Links that are sent to an account's address.

use super::Stores;
use crate::builders::{a_federated_actor, a_new_account, a_new_session, a_secret, instant};
use tasklane_domain::id::UserId;
use tasklane_domain::user::{
    Account, Actor, LinkPurpose, LinkUse, NewAccount, NewLink, PasswordHash, User,
};

use LinkPurpose::{EmailVerification, PasswordReset};

/// When links end.
const END: i64 = 3_600;

async fn registered(stores: &Stores) -> NewAccount {
    let account = a_new_account(instant(0));
    let session = a_new_session(instant(0));
    let registered = stores.accounts.register(account.clone(), session).await;
    registered.expect("a registration");
    account
}

fn a_link(purpose: LinkPurpose) -> NewLink {
    NewLink {
        purpose,
        secret: a_secret().hash(),
        expires_at: instant(END),
    }
}

async fn keep(stores: &Stores, user: UserId, link: NewLink) -> bool {
    let kept = stores.accounts.keep_link(user, link).await;
    kept.expect("an answer")
}

async fn kept(stores: &Stores, user: UserId, purpose: LinkPurpose) -> NewLink {
    let link = a_link(purpose);
    assert!(keep(stores, user, link).await);
    link
}

fn at(link: NewLink, seconds: i64) -> LinkUse {
    LinkUse {
        secret: link.secret,
        at: instant(seconds),
    }
}

fn next_password() -> PasswordHash {
    PasswordHash::new("next".to_owned())
}

async fn found(stores: &Stores, user: UserId, attempt: LinkUse) -> Option<Account> {
    let found = stores.accounts.account_by_reset_link(user, attempt).await;
    found.expect("an answer")
}

async fn reset(stores: &Stores, user: UserId, attempt: LinkUse) -> bool {
    let reset = stores
        .accounts
        .reset_password(user, attempt, &next_password())
        .await;
    reset.expect("an answer")
}

async fn verify(stores: &Stores, user: UserId, attempt: LinkUse) -> bool {
    let verified = stores.accounts.verify_email(user, attempt).await;
    verified.expect("an answer")
}

async fn account(stores: &Stores, user: UserId) -> Account {
    let account = stores.accounts.account_of(user).await.expect("a look-up");
    account.expect("the account")
}

async fn sessions(stores: &Stores, user: UserId) -> usize {
    let sessions = stores.sessions.list(user, instant(1)).await;
    sessions.expect("a list").len()
}

/// Neither look-up nor use is let through, and nothing changes.
async fn is_refused(stores: &Stores, user: UserId, attempt: LinkUse) {
    let before = account(stores, user).await;
    let sessions_before = sessions(stores, user).await;
    assert_eq!(found(stores, user, attempt).await, None);
    assert!(!reset(stores, user, attempt).await);
    assert!(!verify(stores, user, attempt).await);
    assert_eq!(account(stores, user).await, before);
    assert_eq!(sessions(stores, user).await, sessions_before);
}

/// A link resets the password, ends all sessions and verifies the address. Looking whose it is changes
/// nothing.
pub async fn a_reset_link_sets_a_password_and_ends_all_sessions(stores: &Stores) {
    let new = registered(stores).await;
    assert_eq!(account(stores, new.id).await.user, new.to_user());
    assert!(!new.to_user().email_verified);
    let link = kept(stores, new.id, PasswordReset).await;
    for seconds in [1, 2] {
        let holder = found(stores, new.id, at(link, seconds)).await;
        assert_eq!(holder, Some(account(stores, new.id).await));
    }
    assert!(reset(stores, new.id, at(link, 3)).await);
    let expected = Account {
        user: new.to_user().verified(instant(3)),
        password: next_password(),
    };
    assert_eq!(account(stores, new.id).await, expected);
    let user = stores.users.find(new.id).await.expect("a look-up");
    assert_eq!(user, Some(expected.user));
    assert_eq!(sessions(stores, new.id).await, 0);
}

/// A link verifies the address once; the profile changes with the first one only.
pub async fn a_verification_link_verifies_the_address(stores: &Stores) {
    let new = registered(stores).await;
    for seconds in [5, 9] {
        let link = kept(stores, new.id, EmailVerification).await;
        assert!(verify(stores, new.id, at(link, seconds)).await);
        let expected = Account {
            user: User {
                email_verified: true,
                updated_at: Some(instant(5)),
                ..new.to_user()
            },
            password: new.password.clone(),
        };
        assert_eq!(account(stores, new.id).await, expected);
    }
    assert_eq!(sessions(stores, new.id).await, 1);
    let link = kept(stores, new.id, PasswordReset).await;
    assert!(reset(stores, new.id, at(link, 20)).await);
    let user = account(stores, new.id).await.user;
    assert_eq!(user.updated_at, Some(instant(5)));
}

/// A link that was used is good for nothing.
pub async fn a_link_is_good_once(stores: &Stores) {
    let new = registered(stores).await;
    let link = kept(stores, new.id, PasswordReset).await;
    assert!(reset(stores, new.id, at(link, 1)).await);
    is_refused(stores, new.id, at(link, 2)).await;
    let link = kept(stores, new.id, EmailVerification).await;
    assert!(verify(stores, new.id, at(link, 1)).await);
    is_refused(stores, new.id, at(link, 2)).await;
}

/// Of simultaneous uses of one link exactly one succeeds.
pub async fn simultaneous_uses_of_a_link_let_one_through(stores: &Stores) {
    let new = registered(stores).await;
    let link = kept(stores, new.id, PasswordReset).await;
    let attempts = (0..8).map(|index| {
        let stores = stores.clone();
        let user = new.id;
        async move {
            let next = PasswordHash::new(format!("next {index}"));
            let accounts = &stores.accounts;
            let reset = accounts.reset_password(user, at(link, 1), &next).await;
            reset.expect("an answer").then_some(next)
        }
    });
    let winners: Vec<_> = stores
        .at_once(attempts)
        .await
        .into_iter()
        .flatten()
        .collect();
    assert_eq!(winners, [account(stores, new.id).await.password]);
}

/// A newer link takes the place of an older one for the same purpose, and of no other.
pub async fn only_the_newest_link_is_good(stores: &Stores) {
    let new = registered(stores).await;
    let verification = kept(stores, new.id, EmailVerification).await;
    let older = kept(stores, new.id, PasswordReset).await;
    let newer = kept(stores, new.id, PasswordReset).await;
    is_refused(stores, new.id, at(older, 1)).await;
    assert!(reset(stores, new.id, at(newer, 2)).await);
    assert!(verify(stores, new.id, at(verification, 3)).await);
}

/// A link is good until the instant of its end.
pub async fn a_link_is_good_until_its_end(stores: &Stores) {
    let new = registered(stores).await;
    let link = kept(stores, new.id, PasswordReset).await;
    is_refused(stores, new.id, at(link, END)).await;
    is_refused(stores, new.id, at(link, END + 1)).await;
    assert!(reset(stores, new.id, at(link, END - 1)).await);
    let link = kept(stores, new.id, EmailVerification).await;
    assert!(!verify(stores, new.id, at(link, END)).await);
    assert!(verify(stores, new.id, at(link, END - 1)).await);
}

/// A link does nothing but what it was made for, and for nobody but its user.
pub async fn a_link_is_good_for_its_purpose_and_its_user(stores: &Stores) {
    let (new, other) = (registered(stores).await, registered(stores).await);
    let reset_link = kept(stores, new.id, PasswordReset).await;
    let verification = kept(stores, new.id, EmailVerification).await;
    assert!(!verify(stores, new.id, at(reset_link, 1)).await);
    assert!(!reset(stores, new.id, at(verification, 1)).await);
    assert_eq!(found(stores, new.id, at(verification, 1)).await, None);
    for purpose in [PasswordReset, EmailVerification] {
        kept(stores, other.id, purpose).await;
    }
    for link in [reset_link, verification, a_link(PasswordReset)] {
        is_refused(stores, other.id, at(link, 1)).await;
    }
    assert!(verify(stores, new.id, at(verification, 2)).await);
    assert!(reset(stores, new.id, at(reset_link, 2)).await);
}

/// Once the password has been changed, a link from before does not reset it.
pub async fn a_changed_password_ends_the_reset_link(stores: &Stores) {
    let new = registered(stores).await;
    let link = kept(stores, new.id, PasswordReset).await;
    let verification = kept(stores, new.id, EmailVerification).await;
    let changed = stores
        .accounts
        .change_password(new.id, &new.password, &next_password(), None, instant(1))
        .await;
    assert!(changed.expect("a change"));
    is_refused(stores, new.id, at(link, 2)).await;
    assert!(verify(stores, new.id, at(verification, 2)).await);
}

/// While a user is disabled, no link is made for them and none is good.
pub async fn a_disabled_user_has_no_links(stores: &Stores) {
    let new = registered(stores).await;
    let link = kept(stores, new.id, PasswordReset).await;
    let verification = kept(stores, new.id, EmailVerification).await;
    let disabled = stores.users.disable(new.id, instant(1)).await;
    assert!(disabled.expect("an answer"));
    assert!(!keep(stores, new.id, a_link(PasswordReset)).await);
    is_refused(stores, new.id, at(link, 2)).await;
    is_refused(stores, new.id, at(verification, 2)).await;
}

/// No link is made for one who is erased, or has no local account, and none from before is good.
pub async fn an_erased_or_unknown_user_has_no_links(stores: &Stores) {
    let new = registered(stores).await;
    let link = kept(stores, new.id, PasswordReset).await;
    let erased = stores.users.erase(&Actor::local(new.id), instant(1)).await;
    assert!(erased.expect("an erasure"));
    let federated = a_federated_actor();
    let renamed = stores.users.rename(&federated, None, instant(1)).await;
    assert!(renamed.expect("an answer").is_some());
    for user in [new.id, federated.id, a_new_account(instant(0)).id] {
        assert!(!keep(stores, user, a_link(PasswordReset)).await);
        assert_eq!(found(stores, user, at(link, 2)).await, None);
        assert!(!reset(stores, user, at(link, 2)).await);
        assert!(!verify(stores, user, at(link, 2)).await);
    }
}

/// A session that begins under the old password while it is reset does not last.
pub async fn a_sign_in_beside_a_reset_leaves_no_session(stores: &Stores) {
    for _ in 0..10 {
        let new = registered(stores).await;
        let link = kept(stores, new.id, PasswordReset).await;
        let sign_in = stores.sessions.open(
            new.id,
            a_new_session(instant(1)),
            Some(new.password.clone()),
        );
        let (opened, reset) = futures::join!(sign_in, reset(stores, new.id, at(link, 1)));
        opened.expect("an answer");
        assert!(reset);
        assert_eq!(sessions(stores, new.id).await, 0);
    }
}
