use async_trait::async_trait;
use tasklane_domain::clock::Timestamp;
use tasklane_domain::error::StoreError;
use tasklane_domain::id::{SessionId, UserId};
use tasklane_domain::page::ListVersion;
use tasklane_domain::port::UserRepository;
use tasklane_domain::user::{AccessStatus, Actor, Name, Origin, User};

use super::{Books, MemoryStore, State};

#[async_trait]
impl UserRepository for MemoryStore {
    async fn find(&self, id: UserId) -> Result<Option<User>, StoreError> {
        Ok(self
            .state()?
            .present(id)
            .and_then(|books| books.profile.clone()))
    }

    async fn rename(
        &self,
        actor: &Actor,
        name: Option<Name>,
        at: Timestamp,
    ) -> Result<Option<User>, StoreError> {
        let mut state = self.state()?;
        let profile = state
            .present_or_new(actor, at)
            .and_then(|books| books.profile.as_mut());
        let Some(user) = profile else { return Ok(None) };
        if let Some(renamed) = user.renamed(name.as_ref(), at) {
            *user = renamed;
        }
        Ok(Some(user.clone()))
    }

    async fn erase(&self, actor: &Actor, at: Timestamp) -> Result<bool, StoreError> {
        let mut state = self.state()?;
        let erased = state.present(actor.id).is_some();
        if erased || actor.origin != Origin::Local {
            state.erase(actor.id, at);
        }
        Ok(erased)
    }

    async fn disable(&self, id: UserId, at: Timestamp) -> Result<bool, StoreError> {
        let mut state = self.state()?;
        let Some(books) = state.users.get_mut(&id) else {
            return Ok(false);
        };
        books.disabled = true;
        books.not_before = books.not_before.max(Some(at));
        books.sessions.clear();
        Ok(true)
    }

    async fn enable(&self, id: UserId) -> Result<bool, StoreError> {
        let mut state = self.state()?;
        let Some(books) = state.users.get_mut(&id) else {
            return Ok(false);
        };
        books.disabled = false;
        Ok(true)
    }

    async fn access_status(
        &self,
        id: UserId,
        session: Option<SessionId>,
        now: Timestamp,
    ) -> Result<AccessStatus, StoreError> {
        let state = self.state()?;
        let Some(books) = state.users.get(&id) else {
            return Ok(AccessStatus::default());
        };
        let session = session.and_then(|session| books.sessions.get(&session));
        Ok(AccessStatus {
            exists: books.profile.is_some(),
            not_before: books.not_before,
            disabled: books.disabled,
            session_live: session.is_some_and(|kept| kept.stored.session.is_live(now)),
        })
    }
}

impl State {
    fn erase(&mut self, id: UserId, at: Timestamp) {
        let books = self.users.remove(&id).unwrap_or_default();
        self.emails.retain(|_, holder| *holder != id);
        let revision = match books.profile {
            Some(_) => books.version.revision.next(),
            None => books.version.revision,
        };
        let rest = Books {
            not_before: books.not_before.max(Some(at)),
            disabled: books.disabled,
            version: ListVersion {
                revision,
                purge_horizon: revision,
            },
            ..Books::default()
        };
        self.users.insert(id, rest);
    }
}
