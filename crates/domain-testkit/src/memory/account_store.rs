use async_trait::async_trait;
use tasklane_domain::clock::Timestamp;
use tasklane_domain::error::StoreError;
use tasklane_domain::id::{SessionId, UserId};
use tasklane_domain::port::{AccountStore, RegisterError};
use tasklane_domain::user::{Account, Email, NewAccount, NewSession, PasswordHash};

use super::{Books, MemoryStore};

#[async_trait]
impl AccountStore for MemoryStore {
    async fn register(
        &self,
        account: NewAccount,
        session: NewSession,
    ) -> Result<(), RegisterError> {
        let mut state = self.state()?;
        let email = account.email.key();
        if state.emails.contains_key(&email) {
            return Err(RegisterError::EmailTaken);
        }
        if state.users.contains_key(&account.id) {
            return Err(StoreError::unavailable("a user has the id").into());
        }
        let mut books = Books {
            profile: Some(account.to_user()),
            password: Some(account.password),
            ..Books::default()
        };
        books.begin(&session);
        state.emails.insert(email, account.id);
        state.users.insert(account.id, books);
        Ok(())
    }

    async fn account_by_email(&self, email: &Email) -> Result<Option<Account>, StoreError> {
        let state = self.state()?;
        let id = state.emails.get(&email.key());
        Ok(id
            .and_then(|id| state.present(*id))
            .and_then(Books::account))
    }

    async fn account_of(&self, user: UserId) -> Result<Option<Account>, StoreError> {
        Ok(self.state()?.present(user).and_then(Books::account))
    }

    async fn change_password(
        &self,
        user: UserId,
        current: &PasswordHash,
        new: &PasswordHash,
        keep: Option<SessionId>,
        _at: Timestamp,
    ) -> Result<bool, StoreError> {
        let mut state = self.state()?;
        let Some(books) = state.present_mut(user) else {
            return Ok(false);
        };
        if books.password.as_ref() != Some(current) {
            return Ok(false);
        }
        books.password = Some(new.clone());
        books.sessions.retain(|id, _| Some(*id) == keep);
        Ok(true)
    }
}

impl Books {
    fn account(&self) -> Option<Account> {
        Some(Account {
            user: self.profile.clone()?,
            password: self.password.clone()?,
        })
    }
}
