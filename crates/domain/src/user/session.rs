//! Sessions of local accounts: how they begin, are refreshed, and end.

use std::cmp::Reverse;
use std::time::Duration;

use super::{AddressHash, KnownAddress, MAX_KNOWN_ADDRESSES, SecretHash, User};
use crate::clock::Timestamp;
use crate::id::SessionId;

/// Most sessions of one user. When another one begins, those used least recently end.
pub const MAX_SESSIONS: usize = 100;

/// A sign-in of a local account, from its login to its end.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Session {
    /// Its id, which access tokens carry as `sid`.
    pub id: SessionId,
    /// When it began.
    pub created_at: Timestamp,
    /// When a refresh token of it was last used for the first time; its beginning, if none was.
    pub last_used_at: Timestamp,
    /// When it ends on its own, unless refreshed before.
    pub expires_at: Timestamp,
    /// What the client called itself when it began, cut to 255 characters.
    pub user_agent: Option<String>,
}

impl Session {
    /// Whether it is live at an instant: it is over when that is its end or later.
    #[must_use]
    pub fn is_live(&self, now: Timestamp) -> bool {
        now < self.expires_at
    }
}

/// A session that is to begin.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewSession {
    /// Its id.
    pub id: SessionId,
    /// The hash of its first refresh secret.
    pub secret: SecretHash,
    /// When it begins.
    pub at: Timestamp,
    /// When it ends on its own.
    pub expires_at: Timestamp,
    /// What the client calls itself.
    pub user_agent: Option<String>,
    /// Where the client calls from; `None` when that must not be remembered.
    pub address: Option<AddressHash>,
}

/// What goes when a session begins.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Displaced {
    /// Sessions that are over, or used so long ago that there are too many others.
    pub sessions: Vec<SessionId>,
    /// Addresses from which the user has not signed in for too long, or that are too many.
    pub addresses: Vec<AddressHash>,
}

impl NewSession {
    /// The session at its beginning, as a store keeps it.
    #[must_use]
    pub fn to_stored(&self) -> StoredSession {
        StoredSession {
            session: Session {
                id: self.id,
                created_at: self.at,
                last_used_at: self.at,
                expires_at: self.expires_at,
                user_agent: self.user_agent.clone(),
            },
            newest: self.secret,
            previous: None,
        }
    }

    /// The address from which the user is known once the session has begun.
    #[must_use]
    pub fn known_address(&self) -> Option<KnownAddress> {
        self.address.map(|hash| KnownAddress {
            hash,
            seen_at: self.at,
        })
    }

    /// What goes of all that the user has when this session begins, so that at most
    /// [`MAX_SESSIONS`] and [`MAX_KNOWN_ADDRESSES`] are left with what it brings. Of sessions used
    /// at one instant the lower id goes first, of addresses the lower hash.
    #[must_use]
    pub fn displaces(&self, sessions: &[Session], addresses: &[KnownAddress]) -> Displaced {
        let (mut live, over): (Vec<&Session>, Vec<_>) = sessions
            .iter()
            .partition(|session| session.is_live(self.at));
        live.sort_by_key(|session| Reverse((session.last_used_at, session.id)));
        let surplus = live.into_iter().skip(MAX_SESSIONS - 1);
        Displaced {
            sessions: over.into_iter().chain(surplus).map(|one| one.id).collect(),
            addresses: self.displaced_addresses(addresses),
        }
    }

    fn displaced_addresses(&self, addresses: &[KnownAddress]) -> Vec<AddressHash> {
        let others = addresses
            .iter()
            .filter(|known| Some(known.hash) != self.address);
        let (mut fresh, stale): (Vec<&KnownAddress>, Vec<_>) =
            others.partition(|known| known.counts(self.at));
        fresh.sort_by_key(|known| Reverse((known.seen_at, known.hash)));
        let room = MAX_KNOWN_ADDRESSES - usize::from(self.address.is_some());
        let surplus = fresh.into_iter().skip(room);
        stale
            .into_iter()
            .chain(surplus)
            .map(|one| one.hash)
            .collect()
    }
}

/// A session as a store keeps it: with the hashes of the secrets by which it is refreshed.
///
/// Each refresh replaces `newest`, so a store can take it for the session's version: it stores what
/// [`StoredSession::refresh`] makes of a session only while `newest` is the one that was loaded, and
/// otherwise loads and decides again.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoredSession {
    /// What the user sees of it.
    pub session: Session,
    /// The secret by which it is refreshed next.
    pub newest: SecretHash,
    /// The secret that `newest` succeeded.
    pub previous: Option<SecretHash>,
}

/// A refresh secret that is presented to be traded for its successor.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RefreshAttempt {
    /// The secret that is presented.
    pub presented: SecretHash,
    /// The secret that succeeds it.
    pub successor: SecretHash,
    /// When.
    pub at: Timestamp,
    /// When the session ends on its own if it is refreshed now.
    pub expires_at: Timestamp,
    /// For how long the secret used last may be presented again while its successor is unused.
    pub grace: Duration,
}

/// What an attempt to refresh a session comes to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Refresh {
    /// The newest secret was presented: it is spent, and its successor counts.
    Renew(Renewal),
    /// The secret used last was presented again, in time: its successor, unused so far, counts
    /// already. Nothing changes.
    Repeat,
    /// A spent secret was presented, so somebody has stolen it or its successor: the session ends.
    End,
    /// The session is over or never had the secret, or the server's key has changed so that the
    /// successor cannot be given again. Nothing changes.
    Refuse,
}

/// How a refreshed session is stored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Renewal {
    /// The session from now on; what was presented is its `previous` secret and is spent.
    pub session: StoredSession,
    /// Secrets spent before this instant can be forgotten: had one of them been the newest, the
    /// session would have ended on its own. So a session that is refreshed for years does not grow.
    pub forget_spent_before: Timestamp,
}

impl StoredSession {
    /// Decides what an attempt comes to. `is_spent` says whether the secret that is presented is
    /// among those that the session has spent and not forgotten.
    #[must_use]
    pub fn refresh(&self, attempt: &RefreshAttempt, is_spent: bool) -> Refresh {
        if !self.session.is_live(attempt.at) {
            return Refresh::Refuse;
        }
        if self.newest == attempt.presented {
            return Refresh::Renew(self.renewal(attempt));
        }
        if self.previous == Some(attempt.presented) {
            return self.repetition(attempt);
        }
        if is_spent {
            Refresh::End
        } else {
            Refresh::Refuse
        }
    }

    fn repetition(&self, attempt: &RefreshAttempt) -> Refresh {
        if attempt.at >= self.session.last_used_at.after(attempt.grace) {
            Refresh::End
        } else if self.newest == attempt.successor {
            Refresh::Repeat
        } else {
            Refresh::Refuse
        }
    }

    fn renewal(&self, attempt: &RefreshAttempt) -> Renewal {
        let lifetime = attempt.at.until(attempt.expires_at);
        Renewal {
            session: Self {
                session: Session {
                    last_used_at: attempt.at,
                    expires_at: attempt.expires_at,
                    ..self.session.clone()
                },
                newest: attempt.successor,
                previous: Some(attempt.presented),
            },
            forget_spent_before: attempt.at.before(lifetime),
        }
    }
}

/// What became of an attempt to refresh a session.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Rotation {
    /// The secret was the session's newest: it is spent, and its successor counts.
    Rotated(User),
    /// The secret was used last, a moment ago, and its successor has not been used: that counts.
    Repeated(User),
    /// The secret had been spent before, so somebody has stolen it: the session is ended.
    Reused,
    /// The session does not exist, has ended, or does not know the secret or its successor.
    Unknown,
}
