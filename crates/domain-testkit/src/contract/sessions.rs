//! Sessions of local accounts, and the secrets that refresh them.

use std::time::Duration;

use super::Stores;
use crate::builders::{a_new_account, a_new_session, a_secret, instant};
use crate::random_uuid;
use tasklane_domain::clock::Timestamp;
use tasklane_domain::id::{SessionId, UserId};
use tasklane_domain::user::{
    NewAccount, NewSession, RefreshAttempt, Rotation, SecretHash, Session,
};

/// Somebody with a local account, its first session over after a second.
#[derive(Clone)]
pub(super) struct Holder {
    pub(super) stores: Stores,
    pub(super) account: NewAccount,
}

impl Holder {
    pub(super) async fn of(stores: &Stores) -> Self {
        let account = a_new_account(instant(0));
        let first = NewSession {
            expires_at: instant(1),
            ..a_new_session(instant(0))
        };
        stores
            .accounts
            .register(account.clone(), first)
            .await
            .expect("a registration");
        Self {
            stores: stores.clone(),
            account,
        }
    }

    pub(super) fn id(&self) -> UserId {
        self.account.id
    }

    /// Begins a session that many seconds after the start; it lasts an hour.
    pub(super) async fn open(&self, seconds: i64) -> NewSession {
        let session = a_new_session(instant(seconds));
        let opened = self
            .stores
            .sessions
            .open(self.id(), session.clone(), None)
            .await;
        assert!(opened.expect("a session"));
        session
    }

    pub(super) async fn rotate(
        &self,
        session: SessionId,
        presented: SecretHash,
        next: SecretHash,
        at: Timestamp,
    ) -> Rotation {
        self.attempt(session, attempt(presented, next, at)).await
    }

    pub(super) async fn attempt(&self, session: SessionId, attempt: RefreshAttempt) -> Rotation {
        let sessions = &self.stores.sessions;
        let rotation = sessions.rotate(self.id(), session, attempt).await;
        rotation.expect("an answer")
    }

    pub(super) fn rotated(&self) -> Rotation {
        Rotation::Rotated(self.account.to_user())
    }

    pub(super) fn repeated(&self) -> Rotation {
        Rotation::Repeated(self.account.to_user())
    }

    pub(super) async fn list(&self, now: Timestamp) -> Vec<Session> {
        self.stores
            .sessions
            .list(self.id(), now)
            .await
            .expect("a list")
    }

    pub(super) async fn ids(&self, now: Timestamp) -> Vec<SessionId> {
        self.list(now)
            .await
            .into_iter()
            .map(|session| session.id)
            .collect()
    }

    pub(super) async fn is_live(&self, session: SessionId, now: Timestamp) -> bool {
        let access_status = self
            .stores
            .users
            .access_status(self.id(), Some(session), now)
            .await;
        access_status.expect("a status").session_live
    }
}

/// An attempt without a grace, after which the session lasts an hour.
pub(super) fn attempt(
    presented: SecretHash,
    successor: SecretHash,
    at: Timestamp,
) -> RefreshAttempt {
    RefreshAttempt {
        presented,
        successor,
        at,
        expires_at: in_an_hour(at),
        grace: Duration::ZERO,
    }
}

fn in_an_hour(at: Timestamp) -> Timestamp {
    at.after(Duration::from_hours(1))
}

pub(super) fn fresh() -> SecretHash {
    a_secret().hash()
}

/// Sessions are listed newest first, as they began.
pub async fn sessions_are_listed_newest_first(stores: &Stores) {
    let holder = Holder::of(stores).await;
    let mut opened = Vec::new();
    for seconds in [10, 30, 20] {
        opened.push(holder.open(seconds).await);
    }
    opened.sort_by_key(|session| std::cmp::Reverse(session.at));
    let expected = opened.into_iter().map(|new| Session {
        id: new.id,
        created_at: new.at,
        last_used_at: new.at,
        expires_at: new.expires_at,
        user_agent: new.user_agent,
    });
    assert_eq!(holder.list(instant(40)).await, expected.collect::<Vec<_>>());
}

/// What the client calls itself is kept to the byte, and need not be known.
pub async fn a_user_agent_is_kept_as_it_is(stores: &Stores) {
    let holder = Holder::of(stores).await;
    for user_agent in [None, Some("🦀".repeat(255)), Some("' -- %_\\".to_owned())] {
        let session = NewSession {
            user_agent,
            ..a_new_session(instant(10))
        };
        assert!(
            stores
                .sessions
                .open(holder.id(), session.clone(), None)
                .await
                .expect("a session")
        );
        let listed = holder.list(instant(10)).await;
        let found = listed
            .iter()
            .find(|listed| listed.id == session.id)
            .expect("the session");
        assert_eq!(found.user_agent, session.user_agent);
    }
}

/// Nobody who does not exist can have a session.
pub async fn an_unknown_user_has_no_sessions(stores: &Stores) {
    let nobody = UserId::new(random_uuid());
    let session = a_new_session(instant(0));
    assert!(
        !stores
            .sessions
            .open(nobody, session.clone(), None)
            .await
            .expect("an answer")
    );
    assert_eq!(
        stores
            .sessions
            .list(nobody, instant(0))
            .await
            .expect("a list"),
        []
    );
    assert!(
        !stores
            .sessions
            .end(nobody, session.id, instant(0))
            .await
            .expect("an answer")
    );
    stores
        .sessions
        .end_others(nobody, None)
        .await
        .expect("an answer");
    let access_status = stores
        .users
        .access_status(nobody, Some(session.id), instant(0))
        .await;
    assert_eq!(
        access_status.expect("a status"),
        tasklane_domain::user::AccessStatus::default()
    );
}

/// A secret is good for one refresh, which names the user, prolongs the session and sets the next.
pub async fn a_secret_is_traded_for_the_next(stores: &Stores) {
    let holder = Holder::of(stores).await;
    let session = holder.open(10).await;
    let mut presented = session.secret;
    for step in 1..4 {
        let (next, at) = (fresh(), instant(10 + step * 3000));
        assert_eq!(
            holder.rotate(session.id, presented, next, at).await,
            holder.rotated()
        );
        let listed = holder.list(at).await;
        let expected = Session {
            id: session.id,
            created_at: session.at,
            last_used_at: at,
            expires_at: in_an_hour(at),
            user_agent: session.user_agent.clone(),
        };
        assert_eq!(listed, [expected]);
        presented = next;
    }
}

/// A spent secret was stolen, or its successor was: the session ends.
pub async fn a_spent_secret_ends_the_session(stores: &Stores) {
    let holder = Holder::of(stores).await;
    for spent in 0..3 {
        let (session, bystander) = (holder.open(10).await, holder.open(10).await);
        let mut secrets = vec![session.secret];
        for step in 0..3 {
            let next = fresh();
            let rotation = holder
                .rotate(session.id, secrets[step], next, instant(11))
                .await;
            assert_eq!(rotation, holder.rotated());
            secrets.push(next);
        }
        let reused = holder
            .rotate(session.id, secrets[spent], fresh(), instant(12))
            .await;
        assert_eq!(reused, Rotation::Reused);
        assert!(!holder.is_live(session.id, instant(12)).await);
        assert!(!holder.ids(instant(12)).await.contains(&session.id));
        for secret in secrets {
            let rotation = holder
                .rotate(session.id, secret, fresh(), instant(13))
                .await;
            assert_eq!(rotation, Rotation::Unknown);
        }
        assert!(holder.is_live(bystander.id, instant(13)).await);
    }
}

/// A secret that the session never had changes nothing.
pub async fn an_unknown_secret_changes_nothing(stores: &Stores) {
    let holder = Holder::of(stores).await;
    let (session, other) = (holder.open(10).await, holder.open(20).await);
    let before = holder.list(instant(30)).await;
    for presented in [fresh(), other.secret] {
        let rotation = holder
            .rotate(session.id, presented, fresh(), instant(30))
            .await;
        assert_eq!(rotation, Rotation::Unknown);
    }
    let absent = SessionId::new(random_uuid());
    let rotation = holder
        .rotate(absent, session.secret, fresh(), instant(30))
        .await;
    assert_eq!(rotation, Rotation::Unknown);
    assert_eq!(holder.list(instant(30)).await, before);
    for session in [session, other] {
        let rotation = holder
            .rotate(session.id, session.secret, fresh(), instant(31))
            .await;
        assert_eq!(rotation, holder.rotated());
    }
}

/// A session is over at the instant of its end, not before, and cannot be refreshed or ended then.
pub async fn a_session_is_over_at_its_end(stores: &Stores) {
    let holder = Holder::of(stores).await;
    let session = holder.open(10).await;
    let end = session.expires_at;
    let just_before = Timestamp::from_micros(end.as_micros() - 1).expect("a valid instant");
    assert!(holder.is_live(session.id, just_before).await);
    assert_eq!(holder.ids(just_before).await, [session.id]);
    assert!(!holder.is_live(session.id, end).await);
    assert_eq!(holder.ids(end).await, []);
    for _ in 0..2 {
        let late = holder
            .rotate(session.id, session.secret, fresh(), end)
            .await;
        assert_eq!(late, Rotation::Unknown);
    }
    let ended = stores.sessions.end(holder.id(), session.id, end).await;
    assert!(!ended.expect("an answer"));

    let session = holder.open(20).await;
    let last = Timestamp::from_micros(session.expires_at.as_micros() - 1).expect("a valid instant");
    let rotation = holder
        .rotate(session.id, session.secret, fresh(), last)
        .await;
    assert_eq!(rotation, holder.rotated());
    assert!(holder.is_live(session.id, session.expires_at).await);
}

/// A new session takes no live one away.
pub async fn a_new_session_leaves_live_ones_alone(stores: &Stores) {
    let holder = Holder::of(stores).await;
    let early = holder.open(10).await;
    let late = holder.open(3600).await;
    assert_eq!(holder.ids(instant(3600)).await, [late.id, early.id]);
    let rotation = holder
        .rotate(early.id, early.secret, fresh(), instant(3605))
        .await;
    assert_eq!(rotation, holder.rotated());
}

/// An ended session is over for good, and can be ended once.
pub async fn an_ended_session_is_over(stores: &Stores) {
    let holder = Holder::of(stores).await;
    let (session, other) = (holder.open(10).await, holder.open(20).await);
    let end = async || {
        let ended = stores
            .sessions
            .end(holder.id(), session.id, instant(30))
            .await;
        ended.expect("an answer")
    };
    assert!(end().await);
    assert!(!end().await);
    assert!(!holder.is_live(session.id, instant(30)).await);
    assert_eq!(holder.ids(instant(30)).await, [other.id]);
    let rotation = holder
        .rotate(session.id, session.secret, fresh(), instant(30))
        .await;
    assert_eq!(rotation, Rotation::Unknown);
}

/// All sessions end but the one that is kept, or all.
pub async fn the_other_sessions_end(stores: &Stores) {
    let holder = Holder::of(stores).await;
    let (kept, other) = (holder.open(10).await, holder.open(20).await);
    stores
        .sessions
        .end_others(holder.id(), Some(kept.id))
        .await
        .expect("an end");
    assert_eq!(holder.ids(instant(30)).await, [kept.id]);
    assert!(!holder.is_live(other.id, instant(30)).await);
    let rotation = holder
        .rotate(kept.id, kept.secret, fresh(), instant(30))
        .await;
    assert_eq!(rotation, holder.rotated());
    stores
        .sessions
        .end_others(holder.id(), None)
        .await
        .expect("an end");
    assert_eq!(holder.ids(instant(30)).await, []);
}

/// The access status tells of the session that was asked for, and of none else.
pub async fn an_access_status_tells_of_the_session_asked_for(stores: &Stores) {
    let holder = Holder::of(stores).await;
    let session = holder.open(10).await;
    assert!(holder.is_live(session.id, instant(20)).await);
    assert!(
        !holder
            .is_live(SessionId::new(random_uuid()), instant(20))
            .await
    );
    let unasked = stores
        .users
        .access_status(holder.id(), None, instant(20))
        .await;
    let unasked = unasked.expect("a status");
    assert!(unasked.exists && !unasked.session_live && unasked.not_before.is_none());
}

/// Of simultaneous refreshes with one secret at most one succeeds, and the next one is a reuse.
pub async fn simultaneous_refreshes_let_at_most_one_through(stores: &Stores) {
    for _ in 0..5 {
        let holder = Holder::of(stores).await;
        let session = holder.open(10).await;
        let attempts = (0..8).map(|_| {
            let sessions = stores.sessions.clone();
            let (user, id, secret) = (holder.id(), session.id, session.secret);
            let attempt = attempt(secret, fresh(), instant(11));
            async move { sessions.rotate(user, id, attempt).await }
        });
        let mut counts = [0; 3];
        for rotation in stores.at_once(attempts).await {
            match rotation.expect("an answer") {
                Rotation::Rotated(_) => counts[0] += 1,
                Rotation::Reused => counts[1] += 1,
                Rotation::Repeated(_) | Rotation::Unknown => counts[2] += 1,
            }
        }
        assert!(
            counts[0] <= 1 && counts[1] >= 1,
            "rotated, reused, unknown: {counts:?}"
        );
        assert_eq!(holder.ids(instant(11)).await, []);
    }
}

/// A refresh that meets the end of its session does not bring it back.
pub async fn a_refresh_beside_an_end_revives_nothing(stores: &Stores) {
    for _ in 0..5 {
        let holder = Holder::of(stores).await;
        let session = holder.open(10).await;
        let (rotating, ending) = (stores.sessions.clone(), stores.sessions.clone());
        let (user, id, secret) = (holder.id(), session.id, session.secret);
        let at = instant(11);
        let attempt = attempt(secret, fresh(), at);
        let jobs: [futures::future::BoxFuture<'static, bool>; 2] = [
            Box::pin(async move {
                let rotation = rotating.rotate(user, id, attempt).await;
                matches!(
                    rotation.expect("an answer"),
                    Rotation::Rotated(_) | Rotation::Unknown
                )
            }),
            Box::pin(async move { ending.end(user, id, at).await.expect("an answer") }),
        ];
        assert_eq!(stores.at_once(jobs).await, [true, true]);
        assert_eq!(holder.ids(at).await, []);
    }
}
