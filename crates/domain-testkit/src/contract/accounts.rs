//! Local accounts.

use super::Stores;
use crate::builders::{a_name, a_new_account, a_new_session, an_email, instant};
use tasklane_domain::port::RegisterError;
use tasklane_domain::user::{
    Account, Actor, Email, NewAccount, PasswordHash, RefreshAttempt, Rotation, User,
};

async fn register(stores: &Stores, account: &NewAccount) -> Result<(), RegisterError> {
    stores
        .accounts
        .register(account.clone(), a_new_session(account.at))
        .await
}

async fn registered(stores: &Stores) -> NewAccount {
    let account = a_new_account(instant(0));
    register(stores, &account).await.expect("a registration");
    account
}

async fn by_email(stores: &Stores, email: &Email) -> Option<Account> {
    stores
        .accounts
        .account_by_email(email)
        .await
        .expect("a look-up")
}

fn swapped_case(email: &Email) -> Email {
    let swap = |c: char| {
        if c.is_uppercase() {
            c.to_lowercase().to_string()
        } else {
            c.to_uppercase().to_string()
        }
    };
    Email::parse(&email.as_str().chars().map(swap).collect::<String>()).expect("a valid address")
}

fn hash(text: &str) -> PasswordHash {
    PasswordHash::new(text.to_owned())
}

/// An account is found by its address and by its user, with everything as it was given.
pub async fn a_registered_account_is_found(stores: &Stores) {
    for name in [None, Some(a_name("O'Brien 🦀 e\u{301}"))] {
        let new = NewAccount {
            name,
            ..a_new_account(instant(0))
        };
        let session = a_new_session(new.at);
        stores
            .accounts
            .register(new.clone(), session.clone())
            .await
            .expect("a registration");
        let account = Account {
            user: new.to_user(),
            password: new.password.clone(),
        };
        assert_eq!(by_email(stores, &new.email).await.as_ref(), Some(&account));
        let found = stores.accounts.account_of(new.id).await.expect("a look-up");
        assert_eq!(found.as_ref(), Some(&account));
        let user = stores.users.find(new.id).await.expect("a look-up");
        assert_eq!(user, Some(account.user));
        let sessions = stores.sessions.list(new.id, new.at).await.expect("a list");
        assert_eq!(sessions.len(), 1);
        assert_eq!(
            (sessions[0].id, &sessions[0].user_agent),
            (session.id, &session.user_agent)
        );
        let access_status = stores
            .users
            .access_status(new.id, Some(session.id), new.at)
            .await;
        let access_status = access_status.expect("a status");
        assert!(
            access_status.exists
                && access_status.session_live
                && access_status.not_before.is_none()
        );
    }
}

/// What nobody registered is not found.
pub async fn an_unknown_account_is_not_found(stores: &Stores) {
    assert_eq!(by_email(stores, &an_email()).await, None);
    let nobody = a_new_account(instant(0)).id;
    assert_eq!(
        stores.accounts.account_of(nobody).await.expect("a look-up"),
        None
    );
}

/// A federated user has no local account, whatever their address.
pub async fn a_federated_user_has_no_account(stores: &Stores) {
    let actor = super::test_user::TestUser::federated(stores);
    actor.create(crate::builders::a_draft("First")).await;
    let user = stores
        .users
        .find(actor.identity.id)
        .await
        .expect("a look-up")
        .expect("the user");
    let account = stores
        .accounts
        .account_of(user.id)
        .await
        .expect("a look-up");
    assert_eq!(account, None);
    let email = user.email.expect("an address");
    assert_eq!(by_email(stores, &email).await, None);
    let local = NewAccount {
        email,
        ..a_new_account(instant(0))
    };
    register(stores, &local)
        .await
        .expect("an address that no account has");
}

/// Addresses are the same whatever their case, and come back as they were given.
pub async fn an_address_is_found_whatever_its_case(stores: &Stores) {
    let new = registered(stores).await;
    let found = by_email(stores, &swapped_case(&new.email))
        .await
        .expect("the account");
    assert_eq!(found.user.email, Some(new.email));
    let accented = NewAccount {
        email: Email::parse(&format!("É🦀{}", an_email())).expect("a valid address"),
        ..a_new_account(instant(0))
    };
    register(stores, &accented).await.expect("a registration");
    let found = by_email(stores, &swapped_case(&accented.email))
        .await
        .expect("the account");
    assert_eq!(found.user.id, accented.id);
}

/// A taken address is refused in any case, and its account stays as it was.
pub async fn a_taken_address_is_refused(stores: &Stores) {
    let first = registered(stores).await;
    let before = by_email(stores, &first.email).await;
    for email in [first.email.clone(), swapped_case(&first.email)] {
        let second = NewAccount {
            email,
            password: hash("other"),
            ..a_new_account(instant(1))
        };
        let refused = register(stores, &second).await;
        assert!(
            matches!(refused, Err(RegisterError::EmailTaken)),
            "{refused:?}"
        );
        assert_eq!(stores.users.find(second.id).await.expect("a look-up"), None);
        let sessions = stores
            .sessions
            .list(second.id, instant(1))
            .await
            .expect("a list");
        assert_eq!(sessions, []);
    }
    assert_eq!(by_email(stores, &first.email).await, before);
    let sessions = stores
        .sessions
        .list(first.id, instant(1))
        .await
        .expect("a list");
    assert_eq!(sessions.len(), 1);
}

/// An account under the id of another user is refused, and changes neither.
pub async fn an_account_under_a_taken_id_is_refused(stores: &Stores) {
    let first = registered(stores).await;
    let second = NewAccount {
        id: first.id,
        password: hash("other"),
        ..a_new_account(instant(1))
    };
    let refused = register(stores, &second).await;
    assert!(
        matches!(refused, Err(RegisterError::Store(_))),
        "{refused:?}"
    );
    assert_eq!(by_email(stores, &second.email).await, None);
    let account = by_email(stores, &first.email).await.expect("the account");
    assert_eq!(
        (account.user, account.password),
        (first.to_user(), first.password)
    );
    let third = NewAccount {
        email: second.email,
        ..a_new_account(instant(2))
    };
    register(stores, &third).await.expect("a free address");
}

/// Of simultaneous registrations of one address exactly one succeeds.
pub async fn simultaneous_registrations_make_one_account(stores: &Stores) {
    let email = an_email();
    let attempts = (0..10).map(|index| {
        let stores = stores.clone();
        let email = if index % 2 == 0 {
            email.clone()
        } else {
            swapped_case(&email)
        };
        let account = NewAccount {
            email,
            ..a_new_account(instant(index))
        };
        async move { (account.id, register(&stores, &account).await) }
    });
    let mut winners = Vec::new();
    for (id, attempt) in stores.at_once(attempts).await {
        match attempt {
            Ok(()) => winners.push(id),
            Err(RegisterError::EmailTaken) => {
                assert_eq!(stores.users.find(id).await.expect("a look-up"), None);
            }
            Err(error) => panic!("{error:?}"),
        }
    }
    let account = by_email(stores, &email).await.expect("an account");
    assert_eq!(winners, [account.user.id]);
}

/// Simultaneous registrations of different addresses all succeed.
pub async fn simultaneous_registrations_of_others_all_succeed(stores: &Stores) {
    let attempts = (0..10).map(|_| {
        let stores = stores.clone();
        async move { registered(&stores).await }
    });
    for account in stores.at_once(attempts).await {
        assert_eq!(
            by_email(stores, &account.email)
                .await
                .map(|found| found.user.id),
            Some(account.id)
        );
    }
}

/// A new password replaces the old one and ends every session but the one that is kept.
pub async fn a_changed_password_ends_the_other_sessions(stores: &Stores) {
    for keeping in [true, false] {
        let new = registered(stores).await;
        let kept = a_new_session(instant(1));
        assert!(
            stores
                .sessions
                .open(new.id, kept.clone(), None)
                .await
                .expect("a session")
        );
        assert!(
            stores
                .sessions
                .open(new.id, a_new_session(instant(2)), None)
                .await
                .expect("a session")
        );
        let (next, keep) = (hash("next"), keeping.then_some(kept.id));
        let changed = stores
            .accounts
            .change_password(new.id, &new.password, &next, keep, instant(3))
            .await;
        assert!(changed.expect("a change"));
        // The profile is as it was: a password is no part of it.
        let account = stores.accounts.account_of(new.id).await.expect("a look-up");
        assert_eq!(
            account,
            Some(Account {
                user: new.to_user(),
                password: next
            })
        );
        let left = stores
            .sessions
            .list(new.id, instant(3))
            .await
            .expect("a list");
        let left: Vec<_> = left.into_iter().map(|session| session.id).collect();
        assert_eq!(left, keep.into_iter().collect::<Vec<_>>());
    }
}

/// A password that is not the current one any more, or no account at all, changes nothing.
pub async fn a_stale_password_changes_nothing(stores: &Stores) {
    let new = registered(stores).await;
    let before = stores.accounts.account_of(new.id).await.expect("a look-up");
    let stale = hash("plain:something else");
    let nobody = a_new_account(instant(0));
    for (id, current) in [(new.id, &stale), (nobody.id, &nobody.password)] {
        let changed = stores
            .accounts
            .change_password(id, current, &hash("next"), None, instant(1))
            .await;
        assert!(!changed.expect("an answer"));
    }
    assert_eq!(
        stores.accounts.account_of(new.id).await.expect("a look-up"),
        before
    );
    let sessions = stores
        .sessions
        .list(new.id, instant(1))
        .await
        .expect("a list");
    assert_eq!(sessions.len(), 1);
}

/// Of simultaneous changes of one password exactly one succeeds.
pub async fn simultaneous_password_changes_let_one_through(stores: &Stores) {
    let new = registered(stores).await;
    let attempts = (0..8).map(|index| {
        let (stores, new) = (stores.clone(), new.clone());
        async move {
            let next = hash(&format!("next {index}"));
            let changed = stores
                .accounts
                .change_password(new.id, &new.password, &next, None, instant(1))
                .await;
            changed.expect("an answer").then_some(next)
        }
    });
    let winners: Vec<_> = stores
        .at_once(attempts)
        .await
        .into_iter()
        .flatten()
        .collect();
    let account = stores.accounts.account_of(new.id).await.expect("a look-up");
    assert_eq!(winners, [account.expect("the account").password]);
}

/// An erased account is gone with its sessions, and its address is free for somebody else.
pub async fn an_erasure_frees_the_address_and_ends_the_sessions(stores: &Stores) {
    let first = registered(stores).await;
    let secret = crate::builders::a_secret().hash();
    let session = tasklane_domain::user::NewSession {
        secret,
        ..a_new_session(instant(1))
    };
    assert!(
        stores
            .sessions
            .open(first.id, session.clone(), None)
            .await
            .expect("a session")
    );
    let owner = Actor::local(first.id);
    assert!(
        stores
            .users
            .erase(&owner, instant(2))
            .await
            .expect("an erasure")
    );

    assert_eq!(by_email(stores, &first.email).await, None);
    assert_eq!(
        stores
            .accounts
            .account_of(first.id)
            .await
            .expect("a look-up"),
        None
    );
    assert_eq!(
        stores
            .sessions
            .list(first.id, instant(2))
            .await
            .expect("a list"),
        []
    );
    assert!(
        !stores
            .sessions
            .open(first.id, a_new_session(instant(3)), None)
            .await
            .expect("an answer")
    );
    let attempt = RefreshAttempt {
        presented: secret,
        successor: crate::builders::a_secret().hash(),
        at: instant(3),
        expires_at: session.expires_at,
        grace: std::time::Duration::ZERO,
    };
    let rotation = stores.sessions.rotate(first.id, session.id, attempt).await;
    assert_eq!(rotation.expect("an answer"), Rotation::Unknown);
    let access_status = stores
        .users
        .access_status(first.id, Some(session.id), instant(3))
        .await;
    assert!(!access_status.expect("a status").session_live);
    let changed = stores
        .accounts
        .change_password(first.id, &first.password, &hash("next"), None, instant(3))
        .await;
    assert!(!changed.expect("an answer"));

    let second = NewAccount {
        email: swapped_case(&first.email),
        ..a_new_account(instant(4))
    };
    register(stores, &second).await.expect("a free address");
    let found: Option<User> = by_email(stores, &first.email)
        .await
        .map(|account| account.user);
    assert_eq!(found, Some(second.to_user()));
}
