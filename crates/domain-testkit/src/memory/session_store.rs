use std::cmp::Reverse;

use async_trait::async_trait;
use tasklane_domain::clock::Timestamp;
use tasklane_domain::error::StoreError;
use tasklane_domain::id::{SessionId, UserId};
use tasklane_domain::port::SessionStore;
use tasklane_domain::user::{NewSession, Rotation, SecretHash, Session};

use super::{Books, KeptSession, MemoryStore};

#[async_trait]
impl SessionStore for MemoryStore {
    async fn open(&self, user: UserId, session: NewSession) -> Result<bool, StoreError> {
        let mut state = self.state()?;
        let books = state.present_mut(user).filter(|books| !books.disabled);
        let Some(books) = books else {
            return Ok(false);
        };
        books
            .sessions
            .retain(|_, kept| kept.session.expires_at > session.at);
        books.sessions.insert(session.id, session.into());
        Ok(true)
    }

    async fn rotate(
        &self,
        user: UserId,
        session: SessionId,
        presented: SecretHash,
        next: SecretHash,
        at: Timestamp,
        expires_at: Timestamp,
    ) -> Result<Rotation, StoreError> {
        let mut state = self.state()?;
        let rotation = state
            .present_mut(user)
            .and_then(|books| books.rotate(session, presented, next, at, expires_at));
        Ok(rotation.unwrap_or(Rotation::Unknown))
    }

    async fn list(&self, user: UserId, now: Timestamp) -> Result<Vec<Session>, StoreError> {
        let state = self.state()?;
        let kept = state
            .users
            .get(&user)
            .into_iter()
            .flat_map(|books| books.sessions.values());
        let mut sessions: Vec<Session> = kept
            .map(|kept| kept.session.clone())
            .filter(|session| session.expires_at > now)
            .collect();
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
        Ok(ended.is_some_and(|kept| kept.session.expires_at > now))
    }

    async fn end_others(&self, user: UserId, keep: Option<SessionId>) -> Result<(), StoreError> {
        if let Some(books) = self.state()?.users.get_mut(&user) {
            books.sessions.retain(|id, _| Some(*id) == keep);
        }
        Ok(())
    }
}

impl Books {
    fn rotate(
        &mut self,
        session: SessionId,
        presented: SecretHash,
        next: SecretHash,
        at: Timestamp,
        expires_at: Timestamp,
    ) -> Option<Rotation> {
        let kept = self
            .sessions
            .get_mut(&session)
            .filter(|kept| kept.session.expires_at > at)?;
        if kept.spent.contains(&presented) {
            self.sessions.remove(&session);
            return Some(Rotation::Reused);
        }
        if kept.newest != presented {
            return None;
        }
        kept.spent.push(std::mem::replace(&mut kept.newest, next));
        kept.session.last_used_at = at;
        kept.session.expires_at = expires_at;
        self.profile.clone().map(Rotation::Rotated)
    }
}

impl From<NewSession> for KeptSession {
    fn from(new: NewSession) -> Self {
        Self {
            session: Session {
                id: new.id,
                created_at: new.at,
                last_used_at: new.at,
                expires_at: new.expires_at,
                user_agent: new.user_agent,
            },
            newest: new.secret,
            spent: Vec::new(),
        }
    }
}
