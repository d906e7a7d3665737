//! Refreshes whose answer was lost, and secrets that were spent before.

use std::time::Duration;

use super::Stores;
use super::sessions::{Holder, attempt, fresh};
use crate::builders::instant;
use tasklane_domain::user::{NewSession, RefreshAttempt, Rotation, SecretHash};

const GRACE: Duration = Duration::from_mins(1);

fn within_grace(presented: SecretHash, successor: SecretHash, seconds: i64) -> RefreshAttempt {
    RefreshAttempt {
        grace: GRACE,
        ..attempt(presented, successor, instant(seconds))
    }
}

/// A session that was refreshed once, at the instant 20, and the successor of its first secret.
async fn refreshed(holder: &Holder) -> (NewSession, SecretHash) {
    let (session, successor) = (holder.open(10).await, fresh());
    let first = within_grace(session.secret, successor, 20);
    let rotation = holder.attempt(session.id, first).await;
    assert_eq!(rotation, holder.rotated());
    (session, successor)
}

/// The secret used last gives the same successor again within the grace, and that changes nothing.
pub async fn the_secret_used_last_gives_its_successor_again(stores: &Stores) {
    let holder = Holder::of(stores).await;
    let (session, successor) = refreshed(&holder).await;
    let before = holder.list(instant(20)).await;
    for seconds in [20, 50, 79] {
        let again = within_grace(session.secret, successor, seconds);
        let rotation = holder.attempt(session.id, again).await;
        assert_eq!(rotation, holder.repeated());
    }
    assert_eq!(holder.list(instant(20)).await, before);
    let next = within_grace(successor, fresh(), 80);
    assert_eq!(holder.attempt(session.id, next).await, holder.rotated());
}

/// When the grace is over, the secret used last is as spent as any other.
pub async fn a_repetition_after_the_grace_ends_the_session(stores: &Stores) {
    let holder = Holder::of(stores).await;
    let (session, successor) = refreshed(&holder).await;
    let late = within_grace(session.secret, successor, 80);
    assert_eq!(holder.attempt(session.id, late).await, Rotation::Reused);
    let next = within_grace(successor, fresh(), 80);
    assert_eq!(holder.attempt(session.id, next).await, Rotation::Unknown);
    assert!(!holder.is_live(session.id, instant(80)).await);
}

/// A secret whose successor was used ends the session at once.
pub async fn a_repetition_whose_successor_was_used_ends_the_session(stores: &Stores) {
    let holder = Holder::of(stores).await;
    let (session, successor) = refreshed(&holder).await;
    let next = within_grace(successor, fresh(), 21);
    assert_eq!(holder.attempt(session.id, next).await, holder.rotated());
    let again = within_grace(session.secret, successor, 22);
    assert_eq!(holder.attempt(session.id, again).await, Rotation::Reused);
    assert!(!holder.is_live(session.id, instant(22)).await);
}

/// Where the successor cannot be given again, since the key has changed, nothing ends.
pub async fn a_repetition_with_another_successor_changes_nothing(stores: &Stores) {
    let holder = Holder::of(stores).await;
    let (session, successor) = refreshed(&holder).await;
    let other = within_grace(session.secret, fresh(), 21);
    assert_eq!(holder.attempt(session.id, other).await, Rotation::Unknown);
    let next = within_grace(successor, fresh(), 22);
    assert_eq!(holder.attempt(session.id, next).await, holder.rotated());
}

/// Of simultaneous refreshes within the grace one spends the secret, and the others repeat it.
pub async fn simultaneous_refreshes_within_the_grace_cost_nobody_the_session(stores: &Stores) {
    for _ in 0..5 {
        let holder = Holder::of(stores).await;
        let (session, successor) = (holder.open(10).await, fresh());
        let attempts = (0..8).map(|_| {
            let (sessions, user) = (stores.sessions.clone(), holder.id());
            let attempt = within_grace(session.secret, successor, 11);
            async move { sessions.rotate(user, session.id, attempt).await }
        });
        let mut rotated = 0;
        for rotation in stores.at_once(attempts).await {
            match rotation.expect("an answer") {
                Rotation::Rotated(_) => rotated += 1,
                Rotation::Repeated(_) => {}
                other => panic!("{other:?}"),
            }
        }
        assert_eq!(rotated, 1);
        let next = within_grace(successor, fresh(), 12);
        assert_eq!(holder.attempt(session.id, next).await, holder.rotated());
    }
}

/// A session that is over is unknown, also to its spent secrets.
pub async fn a_spent_secret_of_a_session_that_is_over_is_unknown(stores: &Stores) {
    let holder = Holder::of(stores).await;
    let (session, successor) = refreshed(&holder).await;
    let end = 20 + 3600;
    for presented in [session.secret, successor] {
        let late = within_grace(presented, successor, end);
        assert_eq!(holder.attempt(session.id, late).await, Rotation::Unknown);
    }
}

/// A refresh says when the session was last used and when it ends, earlier than before as well.
pub async fn a_refresh_sets_the_last_use_and_the_end(stores: &Stores) {
    let holder = Holder::of(stores).await;
    let session = holder.open(100).await;
    let early = RefreshAttempt {
        expires_at: instant(500),
        ..attempt(session.secret, fresh(), instant(50))
    };
    let rotation = holder.attempt(session.id, early).await;
    assert_eq!(rotation, holder.rotated());
    let listed = holder.list(instant(50)).await;
    assert_eq!(listed[0].last_used_at, instant(50));
    assert_eq!(listed[0].expires_at, instant(500));
    assert!(holder.is_live(session.id, instant(499)).await);
    assert!(!holder.is_live(session.id, instant(500)).await);
}

/// A spent secret ends its session for as long as the session could have lasted without it.
pub async fn a_spent_secret_is_known_for_as_long_as_a_session_lasts(stores: &Stores) {
    let holder = Holder::of(stores).await;
    let session = holder.open(0).await;
    let mut newest = session.secret;
    for seconds in [1, 1800, 3600] {
        let next = fresh();
        let rotation = holder
            .rotate(session.id, newest, next, instant(seconds))
            .await;
        assert_eq!(rotation, holder.rotated());
        newest = next;
    }
    let reuse = holder
        .rotate(session.id, session.secret, fresh(), instant(3601))
        .await;
    assert_eq!(reuse, Rotation::Reused);
}
