use std::cmp::Reverse;

use async_trait::async_trait;

use super::{Books, MemorySession, MemoryStore};
use tasklane_domain::clock::Timestamp;
use tasklane_domain::error::StoreError;
use tasklane_domain::id::{SessionId, UserId};
use tasklane_domain::port::SessionStore;
use tasklane_domain::user::{
    AddressHash, KnownAddress, NewSession, PasswordHash, Refresh, RefreshAttempt, Renewal,
    Rotation, Session,
};

#[async_trait]
impl SessionStore for MemoryStore {
    async fn open(
        &self,
        user: UserId,
        session: NewSession,
        under: Option<PasswordHash>,
    ) -> Result<bool, StoreError> {
        let mut state = self.state()?;
        let may_sign_in =
            |books: &&mut Books| !books.disabled && (under.is_none() || books.password == under);
        let Some(books) = state.present_mut(user).filter(may_sign_in) else {
            return Ok(false);
        };
        if books.sessions.contains_key(&session.id) {
            return Err(StoreError::unavailable("a session has the id"));
        }
        books.begin(&session);
        Ok(true)
    }

    async fn rotate(
        &self,
        user: UserId,
        session: SessionId,
        attempt: RefreshAttempt,
    ) -> Result<Rotation, StoreError> {
        let mut state = self.state()?;
        let rotation = state
            .present_mut(user)
            .and_then(|books| books.rotate(session, &attempt));
        Ok(rotation.unwrap_or(Rotation::Unknown))
    }

    async fn list(&self, user: UserId, now: Timestamp) -> Result<Vec<Session>, StoreError> {
        let state = self.state()?;
        let mut sessions = state
            .users
            .get(&user)
            .map_or_else(Vec::new, Books::sessions);
        sessions.retain(|session| session.is_live(now));
        sessions.sort_by_key(|session| Reverse((session.created_at, session.id)));
        Ok(sessions)
    }

    async fn end(
        &self,
        user: UserId,
        session: SessionId,
        now: Timestamp,
    ) -> Result<bool, StoreError> {
        let mut state = self.state()?;
        let books = state.users.get_mut(&user);
        let ended = books.and_then(|books| books.sessions.remove(&session));
        Ok(ended.is_some_and(|kept| kept.stored.session.is_live(now)))
    }

    async fn end_others(&self, user: UserId, keep: Option<SessionId>) -> Result<(), StoreError> {
        if let Some(books) = self.state()?.users.get_mut(&user) {
            books.sessions.retain(|id, _| Some(*id) == keep);
        }
        Ok(())
    }

    async fn last_seen(
        &self,
        user: UserId,
        address: AddressHash,
    ) -> Result<Option<Timestamp>, StoreError> {
        let state = self.state()?;
        let books = state.users.get(&user);
        Ok(books.and_then(|books| books.addresses.get(&address).copied()))
    }
}

impl Books {
    fn sessions(&self) -> Vec<Session> {
        let kept = self.sessions.values();
        kept.map(|kept| kept.stored.session.clone()).collect()
    }

    /// Adds a session and takes away what it displaces.
    pub(super) fn begin(&mut self, session: &NewSession) {
        let known = |(hash, seen_at): (&AddressHash, &Timestamp)| KnownAddress {
            hash: *hash,
            seen_at: *seen_at,
        };
        let addresses: Vec<_> = self.addresses.iter().map(known).collect();
        let displaced = session.displaces(&self.sessions(), &addresses);
        for id in displaced.sessions {
            self.sessions.remove(&id);
        }
        for address in displaced.addresses {
            self.addresses.remove(&address);
        }
        if let Some(known) = session.known_address() {
            self.addresses.insert(known.hash, known.seen_at);
        }
        let kept = MemorySession {
            stored: session.to_stored(),
            spent: [].into(),
        };
        self.sessions.insert(session.id, kept);
    }

    fn rotate(&mut self, id: SessionId, attempt: &RefreshAttempt) -> Option<Rotation> {
        let user = self.profile.clone()?;
        let kept = self.sessions.get_mut(&id)?;
        let is_spent = kept.spent.contains_key(&attempt.presented);
        Some(match kept.stored.refresh(attempt, is_spent) {
            Refresh::Renew(renewal) => {
                kept.renew(renewal, attempt);
                Rotation::Rotated(user)
            }
            Refresh::Repeat => Rotation::Repeated(user),
            Refresh::End => {
                self.sessions.remove(&id);
                Rotation::Reused
            }
            Refresh::Refuse => Rotation::Unknown,
        })
    }
}

impl MemorySession {
    fn renew(&mut self, renewal: Renewal, attempt: &RefreshAttempt) {
        self.stored = renewal.session;
        self.spent
            .retain(|_, spent_at| *spent_at >= renewal.forget_spent_before);
        self.spent.insert(attempt.presented, attempt.at);
    }
}
