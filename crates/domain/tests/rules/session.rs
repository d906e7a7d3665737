use std::time::Duration;

use tasklane_domain::user::{
    KnownAddress, NewSession, Refresh, RefreshAttempt, SecretHash, Session, StoredSession,
};
use tasklane_domain_testkit::builders::{a_new_session, a_secret, an_address, instant};

const GRACE: Duration = Duration::from_mins(1);

fn attempt(presented: SecretHash, successor: SecretHash, seconds: i64) -> RefreshAttempt {
    RefreshAttempt {
        presented,
        successor,
        at: instant(seconds),
        expires_at: instant(seconds + 3600),
        grace: GRACE,
    }
}

fn renewed(refresh: Refresh) -> StoredSession {
    match refresh {
        Refresh::Renew(renewal) => renewal.session,
        other => panic!("not renewed: {other:?}"),
    }
}

/// A session that was refreshed once, ten seconds after its beginning: the spent secret, the newest
/// one, and the session.
fn refreshed() -> (SecretHash, SecretHash, StoredSession) {
    let (begun, successor) = (a_new_session(instant(0)), a_secret().hash());
    let stored = begun.to_stored();
    let refresh = stored.refresh(&attempt(begun.secret, successor, 10), false);
    (begun.secret, successor, renewed(refresh))
}

#[test]
fn the_newest_secret_is_traded_for_its_successor() {
    let (spent, newest, stored) = refreshed();
    assert_eq!((stored.previous, stored.newest), (Some(spent), newest));
    assert_eq!(stored.session.last_used_at, instant(10));
    assert_eq!(stored.session.expires_at, instant(3610));
}

#[test]
fn a_refresh_may_end_a_session_earlier_and_take_back_its_last_use() {
    let begun = a_new_session(instant(100));
    let early = RefreshAttempt {
        expires_at: instant(60),
        ..attempt(begun.secret, a_secret().hash(), 50)
    };
    let stored = renewed(begun.to_stored().refresh(&early, false));
    assert_eq!(stored.session.last_used_at, instant(50));
    assert_eq!(stored.session.expires_at, instant(60));
}

#[test]
fn the_secret_used_last_gives_the_same_successor_within_the_grace() {
    let (spent, newest, stored) = refreshed();
    let again = |seconds| stored.refresh(&attempt(spent, newest, seconds), true);
    assert_eq!(again(10), Refresh::Repeat);
    assert_eq!(again(69), Refresh::Repeat);
    assert_eq!(again(70), Refresh::End);
}

#[test]
fn without_a_grace_every_spent_secret_ends_the_session() {
    let (spent, newest, stored) = refreshed();
    let strict = RefreshAttempt {
        grace: Duration::ZERO,
        ..attempt(spent, newest, 10)
    };
    assert_eq!(stored.refresh(&strict, true), Refresh::End);
}

#[test]
fn a_repetition_under_another_key_is_refused_and_ends_nothing() {
    let (spent, _, stored) = refreshed();
    let other = attempt(spent, a_secret().hash(), 11);
    assert_eq!(stored.refresh(&other, true), Refresh::Refuse);
}

#[test]
fn a_secret_whose_successor_was_used_ends_the_session_even_within_the_grace() {
    let (spent, newest, stored) = refreshed();
    let next = a_secret().hash();
    let stored = renewed(stored.refresh(&attempt(newest, next, 11), false));
    let reuse = stored.refresh(&attempt(spent, newest, 12), true);
    assert_eq!(reuse, Refresh::End);
    let repetition = stored.refresh(&attempt(newest, next, 12), true);
    assert_eq!(repetition, Refresh::Repeat);
}

#[test]
fn an_unknown_secret_is_refused() {
    let (_, _, stored) = refreshed();
    let unknown = attempt(a_secret().hash(), a_secret().hash(), 11);
    assert_eq!(stored.refresh(&unknown, false), Refresh::Refuse);
}

#[test]
fn nothing_is_done_to_a_session_that_is_over() {
    let (spent, newest, stored) = refreshed();
    for (presented, is_spent) in [(newest, false), (spent, true)] {
        let late = attempt(presented, a_secret().hash(), 3610);
        assert_eq!(stored.refresh(&late, is_spent), Refresh::Refuse);
    }
}

#[test]
fn secrets_are_forgotten_that_were_spent_longer_ago_than_a_session_lasts() {
    let begun = a_new_session(instant(0));
    let attempt = attempt(begun.secret, a_secret().hash(), 10);
    let Refresh::Renew(renewal) = begun.to_stored().refresh(&attempt, false) else {
        panic!("not renewed");
    };
    assert_eq!(renewal.forget_spent_before, instant(10 - 3600));
}

fn sessions(count: i64) -> Vec<Session> {
    (0..count)
        .map(|second| a_new_session(instant(second)).to_stored().session)
        .collect()
}

#[test]
fn the_sessions_used_least_recently_make_room_for_the_hundred_and_first() {
    let mut others = sessions(100);
    others[0].last_used_at = instant(200);
    let displaced = a_new_session(instant(201)).displaces(&others, &[]);
    assert_eq!(displaced.sessions, [others[1].id]);
    let displaced = a_new_session(instant(201)).displaces(&others[1..], &[]);
    assert_eq!(displaced.sessions, []);
}

#[test]
fn sessions_that_are_over_go_when_another_begins() {
    let others = sessions(3);
    let displaced = a_new_session(instant(3601)).displaces(&others, &[]);
    assert_eq!(displaced.sessions, [others[0].id, others[1].id]);
}

fn addresses(count: i64) -> Vec<KnownAddress> {
    let known = |second| KnownAddress {
        hash: an_address(),
        seen_at: instant(second),
    };
    (0..count).map(known).collect()
}

#[test]
fn the_twenty_newest_addresses_are_known() {
    let known = addresses(20);
    let session = a_new_session(instant(30));
    assert_eq!(session.displaces(&[], &known).addresses, [known[0].hash]);
    let again = NewSession {
        address: Some(known[0].hash),
        ..session.clone()
    };
    assert_eq!(again.displaces(&[], &known).addresses, []);
    let unseen = NewSession {
        address: None,
        ..session
    };
    assert_eq!(unseen.displaces(&[], &known).addresses, []);
}

#[test]
fn an_address_is_forgotten_after_thirty_days() {
    let known = addresses(2);
    let month = 30 * 24 * 3600;
    let displaced = a_new_session(instant(month)).displaces(&[], &known);
    assert_eq!(displaced.addresses, [known[0].hash]);
}
