//! How sessions begin: under which password, how many, and from where.

use super::Stores;
use super::sessions::Holder;
use crate::builders::{a_new_account, a_new_session, an_address, instant};
use tasklane_domain::clock::Timestamp;
use tasklane_domain::id::SessionId;
use tasklane_domain::user::{
    Actor, AddressHash, MAX_KNOWN_ADDRESSES, MAX_SESSIONS, NewSession, PasswordHash,
};

fn hash(text: &str) -> PasswordHash {
    PasswordHash::new(text.to_owned())
}

async fn open(holder: &Holder, session: &NewSession, under: Option<&PasswordHash>) -> bool {
    let sessions = &holder.stores.sessions;
    let opened = sessions.open(holder.id(), session.clone(), under.cloned());
    opened.await.expect("an answer")
}

async fn change_password(holder: &Holder, new: &PasswordHash) -> bool {
    let (accounts, current) = (&holder.stores.accounts, &holder.account.password);
    let changed = accounts.change_password(holder.id(), current, new, None, instant(2));
    changed.await.expect("an answer")
}

async fn last_seen(holder: &Holder, address: AddressHash) -> Option<Timestamp> {
    let seen = holder.stores.sessions.last_seen(holder.id(), address);
    seen.await.expect("an answer")
}

/// A session that begins at that second under that address.
fn from(address: AddressHash, seconds: i64) -> NewSession {
    NewSession {
        address: Some(address),
        ..a_new_session(instant(seconds))
    }
}

/// A session begins only while the password is the one that was checked.
pub async fn a_session_begins_under_the_password_that_was_checked(stores: &Stores) {
    let holder = Holder::of(stores).await;
    let (old, new) = (holder.account.password.clone(), hash("new"));
    assert!(open(&holder, &a_new_session(instant(1)), Some(&old)).await);
    assert!(change_password(&holder, &new).await);
    let session = a_new_session(instant(3));
    assert!(!open(&holder, &session, Some(&old)).await);
    assert_eq!(holder.ids(instant(3)).await, []);
    let address = session.address.expect("an address");
    assert_eq!(last_seen(&holder, address).await, None);
    assert!(open(&holder, &session, Some(&new)).await);
    assert_eq!(holder.ids(instant(3)).await, [session.id]);
}

/// No session that the old password opened outlives the change that it began beside.
pub async fn a_sign_in_beside_a_change_of_password_leaves_no_session(stores: &Stores) {
    for _ in 0..8 {
        let holder = Holder::of(stores).await;
        let attempts = (0..8).map(|number| {
            let holder = holder.clone();
            async move {
                if number == 4 {
                    assert!(change_password(&holder, &hash("new")).await);
                } else {
                    let old = holder.account.password.clone();
                    open(&holder, &a_new_session(instant(1)), Some(&old)).await;
                }
            }
        });
        stores.at_once(attempts).await;
        assert_eq!(holder.ids(instant(2)).await, []);
    }
}

/// Another session ends the one that was used least recently once there are too many.
pub async fn the_sessions_used_last_are_left(stores: &Stores) {
    let holder = Holder::of(stores).await;
    let mut opened = Vec::new();
    for seconds in 0..i64::try_from(MAX_SESSIONS).expect("a small number") {
        opened.push(holder.open(10 + seconds).await);
    }
    let first = &opened[0];
    let used = holder
        .rotate(
            first.id,
            first.secret,
            super::sessions::fresh(),
            instant(200),
        )
        .await;
    assert_eq!(used, holder.rotated());
    let last = holder.open(300).await;
    let mut left: Vec<SessionId> = opened.iter().map(|session| session.id).collect();
    left.remove(1);
    left.push(last.id);
    left.sort();
    let mut listed = holder.ids(instant(300)).await;
    listed.sort();
    assert_eq!(listed, left);
}

/// A session that is over is gone for good once another one begins.
pub async fn a_session_that_is_over_goes_when_another_begins(stores: &Stores) {
    let holder = Holder::of(stores).await;
    let over = holder.open(10).await;
    let next = holder.open(3610).await;
    assert_eq!(holder.ids(instant(10)).await, [next.id]);
    assert!(!holder.is_live(over.id, instant(10)).await);
}

/// A session under an id that is taken is refused, and leaves the other one as it was.
pub async fn a_session_under_a_taken_id_is_refused(stores: &Stores) {
    let holder = Holder::of(stores).await;
    let session = holder.open(10).await;
    let before = holder.list(instant(20)).await;
    let other = NewSession {
        id: session.id,
        ..a_new_session(instant(20))
    };
    let refused = stores.sessions.open(holder.id(), other.clone(), None).await;
    assert!(refused.is_err(), "{refused:?}");
    assert_eq!(holder.list(instant(20)).await, before);
    let address = other.address.expect("an address");
    assert_eq!(last_seen(&holder, address).await, None);
}

/// Sessions that began at one instant are listed by their ids, the highest first.
pub async fn sessions_of_one_instant_are_listed_by_id(stores: &Stores) {
    let holder = Holder::of(stores).await;
    let mut opened = Vec::new();
    for _ in 0..5 {
        opened.push(holder.open(10).await.id);
    }
    opened.sort();
    opened.reverse();
    assert_eq!(holder.ids(instant(10)).await, opened);
}

/// The address of each sign-in is remembered, that of the registration too.
pub async fn the_address_of_a_sign_in_is_known(stores: &Stores) {
    let (account, first) = (a_new_account(instant(0)), a_new_session(instant(0)));
    let registered = stores.accounts.register(account.clone(), first.clone());
    registered.await.expect("a registration");
    let holder = Holder {
        stores: stores.clone(),
        account,
    };
    let (home, office) = (first.address.expect("an address"), an_address());
    assert_eq!(last_seen(&holder, home).await, Some(instant(0)));
    assert_eq!(last_seen(&holder, office).await, None);
    assert!(open(&holder, &from(office, 10), None).await);
    assert!(open(&holder, &from(home, 20), None).await);
    assert_eq!(last_seen(&holder, home).await, Some(instant(20)));
    assert_eq!(last_seen(&holder, office).await, Some(instant(10)));
    let unseen = NewSession {
        address: None,
        ..a_new_session(instant(30))
    };
    assert!(open(&holder, &unseen, None).await);
    assert_eq!(last_seen(&holder, home).await, Some(instant(20)));

    let other = Holder::of(stores).await;
    assert_eq!(last_seen(&other, home).await, None);
}

/// Only the newest addresses are remembered.
pub async fn the_newest_addresses_are_known(stores: &Stores) {
    let holder = Holder::of(stores).await;
    let mut known = Vec::new();
    for seconds in 0..=i64::try_from(MAX_KNOWN_ADDRESSES).expect("a small number") {
        let address = an_address();
        assert!(open(&holder, &from(address, 10 + seconds), None).await);
        known.push(address);
    }
    assert_eq!(last_seen(&holder, known[0]).await, None);
    for (address, seconds) in known.into_iter().zip(10..).skip(1) {
        assert_eq!(last_seen(&holder, address).await, Some(instant(seconds)));
    }
}

/// Nothing of where an erased user signed in from stays.
pub async fn an_erased_user_is_known_from_nowhere(stores: &Stores) {
    let holder = Holder::of(stores).await;
    let session = holder.open(10).await;
    let owner = Actor::local(holder.id());
    let erased = stores.users.erase(&owner, instant(20)).await;
    assert!(erased.expect("an erasure"));
    let address = session.address.expect("an address");
    assert_eq!(last_seen(&holder, address).await, None);
}
