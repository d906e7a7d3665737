use std::time::Duration;

use async_trait::async_trait;
use tasklane_domain::clock::Timestamp;
use tasklane_domain::error::StoreError;
use tasklane_domain::id::{SessionId, UserId};
use tasklane_domain::port::{
    AccountStore, RegisterError, SessionStore, TaskRepository, UserRepository,
};
use tasklane_domain::user::{
    AccessStatus, Account, Actor, AddressHash, Email, LinkUse, Name, NewAccount, NewLink,
    NewSession, PasswordHash, RefreshAttempt, Rotation, Session, User,
};

use tasklane_domain_testkit::builders::a_new_session;

use crate::Lie;
use crate::store::LyingStore;

#[async_trait]
impl UserRepository for LyingStore {
    async fn find(&self, id: UserId) -> Result<Option<User>, StoreError> {
        UserRepository::find(&self.truth, id).await
    }

    async fn rename(
        &self,
        actor: &Actor,
        name: Option<Name>,
        at: Timestamp,
    ) -> Result<Option<User>, StoreError> {
        let renamed = self.truth.rename(actor, name, at).await?;
        Ok(renamed.map(|user| User {
            updated_at: if self.tells(Lie::StampsEveryRenaming) {
                Some(at)
            } else {
                user.updated_at
            },
            ..user
        }))
    }

    async fn erase(&self, actor: &Actor, at: Timestamp) -> Result<bool, StoreError> {
        let erased = self.truth.erase(actor, at).await?;
        let revision = self.truth.version(actor.owner()).await?.revision;
        self.notes().erased_at.insert(actor.owner(), revision);
        Ok(erased)
    }

    async fn disable(&self, id: UserId, at: Timestamp) -> Result<bool, StoreError> {
        self.truth.disable(id, at).await
    }

    async fn enable(&self, id: UserId) -> Result<bool, StoreError> {
        self.truth.enable(id).await
    }

    async fn access_status(
        &self,
        id: UserId,
        session: Option<SessionId>,
        now: Timestamp,
    ) -> Result<AccessStatus, StoreError> {
        self.truth.access_status(id, session, now).await
    }
}

#[async_trait]
impl AccountStore for LyingStore {
    async fn register(
        &self,
        account: NewAccount,
        session: NewSession,
    ) -> Result<(), RegisterError> {
        self.truth.register(account, session).await
    }

    async fn account_by_email(&self, email: &Email) -> Result<Option<Account>, StoreError> {
        self.truth.account_by_email(email).await
    }

    async fn account_of(&self, user: UserId) -> Result<Option<Account>, StoreError> {
        self.truth.account_of(user).await
    }

    async fn change_password(
        &self,
        user: UserId,
        current: &PasswordHash,
        new: &PasswordHash,
        keep: Option<SessionId>,
        at: Timestamp,
    ) -> Result<bool, StoreError> {
        self.truth
            .change_password(user, current, new, keep, at)
            .await
    }

    async fn keep_link(&self, user: UserId, link: NewLink) -> Result<bool, StoreError> {
        self.truth.keep_link(user, link).await
    }

    async fn account_by_reset_link(
        &self,
        user: UserId,
        attempt: LinkUse,
    ) -> Result<Option<Account>, StoreError> {
        self.truth.account_by_reset_link(user, attempt).await
    }

    async fn reset_password(
        &self,
        user: UserId,
        attempt: LinkUse,
        new: &PasswordHash,
    ) -> Result<bool, StoreError> {
        let sessions = SessionStore::list(&self.truth, user, attempt.at).await?;
        let reset = self.truth.reset_password(user, attempt, new).await?;
        if reset && self.tells(Lie::KeepsSessionsOnReset) {
            for session in sessions {
                let revived = NewSession {
                    id: session.id,
                    ..a_new_session(attempt.at)
                };
                self.truth.open(user, revived, None).await?;
            }
        }
        Ok(reset)
    }

    async fn verify_email(&self, user: UserId, mut attempt: LinkUse) -> Result<bool, StoreError> {
        if self.tells(Lie::TakesLinksForEver) {
            attempt.at = Timestamp::from_micros(0).unwrap();
        }
        self.truth.verify_email(user, attempt).await
    }
}

#[async_trait]
impl SessionStore for LyingStore {
    async fn open(
        &self,
        user: UserId,
        session: NewSession,
        under: Option<PasswordHash>,
    ) -> Result<bool, StoreError> {
        let under = under.filter(|_| !self.tells(Lie::OpensUnderAnyPassword));
        self.truth.open(user, session, under).await
    }

    async fn rotate(
        &self,
        user: UserId,
        session: SessionId,
        mut attempt: RefreshAttempt,
    ) -> Result<Rotation, StoreError> {
        if self.tells(Lie::KnowsNoGrace) {
            attempt.grace = Duration::ZERO;
        }
        if self.tells(Lie::GivesAnEndlessGrace) {
            attempt.grace = Duration::MAX;
        }
        self.truth.rotate(user, session, attempt).await
    }

    async fn list(&self, user: UserId, now: Timestamp) -> Result<Vec<Session>, StoreError> {
        let mut sessions = SessionStore::list(&self.truth, user, now).await?;
        if self.tells(Lie::ListsOldestSessionsFirst) {
            sessions.reverse();
        }
        Ok(sessions)
    }

    async fn end(
        &self,
        user: UserId,
        session: SessionId,
        now: Timestamp,
    ) -> Result<bool, StoreError> {
        self.truth.end(user, session, now).await
    }

    async fn end_others(&self, user: UserId, keep: Option<SessionId>) -> Result<(), StoreError> {
        self.truth.end_others(user, keep).await
    }

    async fn last_seen(
        &self,
        user: UserId,
        address: AddressHash,
    ) -> Result<Option<Timestamp>, StoreError> {
        if self.tells(Lie::KnowsNoAddress) {
            return Ok(None);
        }
        self.truth.last_seen(user, address).await
    }
}
