use std::sync::Arc;

use super::{AccountPorts, PasswordError, Registration, RegistrationError};
use crate::error::StoreError;
use crate::id::{SessionId, UserId};
use crate::port::{DirectoryEntry, RegisterError, UserDirectory};
use crate::user::{Account, Client, NewAccount, NewSession, Password, Requester, User};

/// What an operator does about local accounts, whether or not registration is open.
#[derive(Clone)]
pub struct OperatorService {
    ports: AccountPorts,
    directory: Arc<dyn UserDirectory>,
}

impl OperatorService {
    /// Puts the service together.
    #[must_use]
    pub fn new(ports: AccountPorts, directory: Arc<dyn UserDirectory>) -> Self {
        Self { ports, directory }
    }

    /// Makes an account. Nobody is signed in.
    ///
    /// # Errors
    /// The address is taken, or the store cannot do it.
    pub async fn add_account(&self, registration: Registration) -> Result<User, RegistrationError> {
        let Registration {
            email,
            password,
            name,
        } = registration;
        let requester = Requester::new(&email, Client::default());
        let password = self.ports.hasher.hash(&password, &requester).await?;
        let at = self.ports.clock.now();
        let account = NewAccount {
            id: UserId::new(self.ports.ids.next_id()),
            email,
            name,
            password,
            at,
        };
        let user = account.to_user();
        // An account begins with a session. This one has no tokens, and ends at once.
        let session = NewSession {
            id: SessionId::new(self.ports.ids.next_id()),
            secret: self.ports.secrets.next_secret().hash(),
            at,
            expires_at: at,
            user_agent: None,
            address: None,
        };
        match self.ports.accounts.register(account, session).await {
            Ok(()) => {}
            Err(RegisterError::EmailTaken) => return Err(RegistrationError::EmailTaken),
            Err(RegisterError::Store(error)) => return Err(error.into()),
        }
        self.ports.sessions.end_others(user.id, None).await?;
        Ok(user)
    }

    /// Sets another password and ends every session of the user.
    ///
    /// # Errors
    /// The user has no local account, or its password was changed in the meantime.
    pub async fn set_password(&self, id: UserId, new: &Password) -> Result<(), PasswordError> {
        let account = self.ports.accounts.account_of(id).await?;
        let Account {
            user,
            password: old,
        } = account.ok_or(PasswordError::NoAccount)?;
        let email = user.email.ok_or(PasswordError::NoAccount)?;
        let requester = Requester::new(&email, Client::default());
        let new = self.ports.hasher.hash(new, &requester).await?;
        let at = self.ports.clock.now();
        let accounts = &self.ports.accounts;
        let changed = accounts.change_password(id, &old, &new, None, at).await?;
        self.ports.revocations.forget(id);
        if changed {
            Ok(())
        } else {
            Err(PasswordError::Incorrect)
        }
    }

    /// See [`UserDirectory::users_after`].
    ///
    /// # Errors
    /// The store cannot do it.
    pub async fn users_after(
        &self,
        after: Option<UserId>,
        limit: u16,
    ) -> Result<Vec<DirectoryEntry>, StoreError> {
        self.directory.users_after(after, limit).await
    }

    /// See [`UserDirectory::entry`].
    ///
    /// # Errors
    /// The store cannot do it.
    pub async fn user(&self, id: UserId) -> Result<Option<DirectoryEntry>, StoreError> {
        self.directory.entry(id).await
    }

    /// See [`UserDirectory::has_account`].
    ///
    /// # Errors
    /// The store cannot do it.
    pub async fn has_account(&self) -> Result<bool, StoreError> {
        self.directory.has_account().await
    }
}
