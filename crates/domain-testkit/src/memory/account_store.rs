use async_trait::async_trait;
use tasklane_domain::clock::Timestamp;
use tasklane_domain::error::StoreError;
use tasklane_domain::id::{SessionId, UserId};
use tasklane_domain::port::{AccountStore, RegisterError};
use tasklane_domain::user::{
    Account, Email, LinkPurpose, LinkUse, NewAccount, NewLink, NewSession, PasswordHash,
};

use super::{Books, MemoryStore, State};

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
        books.links.remove(&LinkPurpose::PasswordReset);
        books.sessions.retain(|id, _| Some(*id) == keep);
        Ok(true)
    }

    async fn keep_link(&self, user: UserId, link: NewLink) -> Result<bool, StoreError> {
        let mut state = self.state()?;
        let Some(books) = state.enabled_account(user) else {
            return Ok(false);
        };
        books.links.insert(link.purpose, link);
        Ok(true)
    }

    async fn account_by_reset_link(
        &self,
        user: UserId,
        attempt: LinkUse,
    ) -> Result<Option<Account>, StoreError> {
        let mut state = self.state()?;
        let books = state.enabled_account(user);
        let books = books.filter(|books| books.admits(LinkPurpose::PasswordReset, &attempt));
        Ok(books.and_then(|books| books.account()))
    }

    async fn reset_password(
        &self,
        user: UserId,
        attempt: LinkUse,
        new: &PasswordHash,
    ) -> Result<bool, StoreError> {
        let mut state = self.state()?;
        let books = state.enabled_account(user);
        let Some(books) = books.filter(|books| books.admits(LinkPurpose::PasswordReset, &attempt))
        else {
            return Ok(false);
        };
        books.links.remove(&LinkPurpose::PasswordReset);
        books.password = Some(new.clone());
        books.sessions.clear();
        books.verify_email(attempt.at);
        Ok(true)
    }

    async fn verify_email(&self, user: UserId, attempt: LinkUse) -> Result<bool, StoreError> {
        let mut state = self.state()?;
        let books = state.enabled_account(user);
        let Some(books) =
            books.filter(|books| books.admits(LinkPurpose::EmailVerification, &attempt))
        else {
            return Ok(false);
        };
        books.links.remove(&LinkPurpose::EmailVerification);
        books.verify_email(attempt.at);
        Ok(true)
    }
}

impl State {
    fn enabled_account(&mut self, user: UserId) -> Option<&mut Books> {
        self.present_mut(user)
            .filter(|books| books.password.is_some() && !books.disabled)
    }
}

impl Books {
    fn account(&self) -> Option<Account> {
        Some(Account {
            user: self.profile.clone()?,
            password: self.password.clone()?,
        })
    }

    fn admits(&self, purpose: LinkPurpose, attempt: &LinkUse) -> bool {
        let link = self.links.get(&purpose);
        link.is_some_and(|link| link.admits(attempt))
    }

    fn verify_email(&mut self, at: Timestamp) {
        if let Some(user) = &mut self.profile {
            *user = user.verified(at);
        }
    }
}
