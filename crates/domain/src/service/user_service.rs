use std::sync::Arc;

use crate::clock::Clock;
use crate::error::StoreError;
use crate::id::UserId;
use crate::port::{RevocationCheck, UserRepository};
use crate::service::{AccountService, PasswordError};
use crate::user::{Actor, Name, Origin, PasswordAttempt, User};

/// Why a user was not erased.
#[derive(Debug, thiserror::Error)]
pub enum EraseError {
    /// A local account must say its password.
    #[error(transparent)]
    Password(#[from] PasswordError),
    /// The store cannot do it.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// What users do with their own profile.
#[derive(Clone)]
pub struct UserService {
    users: Arc<dyn UserRepository>,
    accounts: AccountService,
    gate: Arc<dyn RevocationCheck>,
    clock: Arc<dyn Clock>,
}

impl UserService {
    /// Puts the service together.
    #[must_use]
    pub fn new(
        users: Arc<dyn UserRepository>,
        accounts: AccountService,
        gate: Arc<dyn RevocationCheck>,
        clock: Arc<dyn Clock>,
    ) -> Self {
        Self {
            users,
            accounts,
            gate,
            clock,
        }
    }

    /// The actor's profile. A federated user who has written nothing yet is shown from the token;
    /// a local user who does not exist (any more) is `None`.
    ///
    /// # Errors
    /// The store's.
    #[tracing::instrument(name = "user.profile", skip_all)]
    pub async fn profile(&self, actor: &Actor) -> Result<Option<User>, StoreError> {
        let user = self.users.find(actor.id).await?;
        Ok(user.or_else(|| from_token(actor)))
    }

    /// Gives the actor another name; `None` as above.
    ///
    /// # Errors
    /// The store's.
    #[tracing::instrument(name = "user.rename", skip_all)]
    pub async fn rename(
        &self,
        actor: &Actor,
        name: Option<Name>,
    ) -> Result<Option<User>, StoreError> {
        self.users.rename(actor, name, self.clock.now()).await
    }

    /// Erases the actor and everything that they own. A local account must say its password.
    ///
    /// # Errors
    /// The password is wrong or missing.
    #[tracing::instrument(name = "user.erase", skip_all)]
    pub async fn erase(
        &self,
        actor: &Actor,
        password: Option<PasswordAttempt>,
    ) -> Result<(), EraseError> {
        if actor.origin == Origin::Local {
            self.accounts.confirm_password(actor.id, password).await?;
        }
        self.users.erase(actor, self.clock.now()).await?;
        self.gate.forget(actor.id);
        Ok(())
    }

    /// Shuts a user out until they are enabled, for an operator: their tokens are refused, at once by
    /// this process and within 5 seconds by others, their sessions end, and a local account cannot
    /// sign in. Nothing that they own is touched. False when nothing is known of the user.
    ///
    /// # Errors
    /// The store's.
    #[tracing::instrument(name = "user.disable", skip_all)]
    pub async fn disable(&self, id: UserId) -> Result<bool, StoreError> {
        let known = self.users.disable(id, self.clock.now()).await?;
        self.gate.forget(id);
        Ok(known)
    }

    /// Lets a disabled user in again, with tokens that were issued after they were disabled. False
    /// when nothing is known of the user.
    ///
    /// # Errors
    /// The store's.
    #[tracing::instrument(name = "user.enable", skip_all)]
    pub async fn enable(&self, id: UserId) -> Result<bool, StoreError> {
        let known = self.users.enable(id).await?;
        self.gate.forget(id);
        Ok(known)
    }
}

fn from_token(actor: &Actor) -> Option<User> {
    let Origin::Federated(profile) = &actor.origin else {
        return None;
    };
    Some(User {
        id: actor.id,
        issuer: profile.alias.clone(),
        email: profile.email.clone(),
        name: profile.name.clone(),
        created_at: None,
        updated_at: None,
    })
}
