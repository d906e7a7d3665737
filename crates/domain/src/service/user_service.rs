use std::sync::Arc;

use crate::clock::Clock;
use crate::error::StoreError;
use crate::id::UserId;
use crate::port::{RevocationCheck, UserRepository};
use crate::service::{AccountService, PasswordError};
use crate::user::{Actor, Client, Name, Origin, PasswordAttempt, User};

/// Why a user was not erased.
#[derive(Debug, thiserror::Error)]
pub enum EraseError {
    /// The password of a local account was not accepted.
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
    revocations: Arc<dyn RevocationCheck>,
    clock: Arc<dyn Clock>,
}

impl UserService {
    /// Puts the service together.
    #[must_use]
    pub fn new(
        users: Arc<dyn UserRepository>,
        accounts: AccountService,
        revocations: Arc<dyn RevocationCheck>,
        clock: Arc<dyn Clock>,
    ) -> Self {
        Self {
            users,
            accounts,
            revocations,
            clock,
        }
    }

    /// The actor's profile. A federated user who has written nothing yet is shown from the token;
    /// a local user who does not exist (any more) is `None`.
    ///
    /// # Errors
    /// The store cannot do it.
    #[tracing::instrument(name = "user.profile", skip_all)]
    pub async fn profile(&self, actor: &Actor) -> Result<Option<User>, StoreError> {
        let user = self.users.find(actor.id).await?;
        Ok(user.or_else(|| from_token(actor)))
    }

    /// Gives the actor another name; `None` as above.
    ///
    /// # Errors
    /// The store cannot do it.
    #[tracing::instrument(name = "user.rename", skip_all)]
    pub async fn rename(
        &self,
        actor: &Actor,
        name: Option<Name>,
    ) -> Result<Option<User>, StoreError> {
        self.users.rename(actor, name, self.clock.now()).await
    }

    /// Erases the actor and everything that they own. A local account must give its password.
    ///
    /// # Errors
    /// The password is wrong or missing, or too many wrong ones were tried.
    #[tracing::instrument(name = "user.erase", skip_all)]
    pub async fn erase(
        &self,
        actor: &Actor,
        password: Option<PasswordAttempt>,
        client: Client<'_>,
    ) -> Result<(), EraseError> {
        if actor.origin == Origin::Local {
            self.accounts
                .confirm_password(actor.id, password, client)
                .await?;
        }
        self.users.erase(actor, self.clock.now()).await?;
        self.revocations.forget(actor.id);
        Ok(())
    }

    /// Shuts a user out until they are enabled, for an operator: their tokens are refused, at once by
    /// this process and within 5 seconds by others, their sessions end, and a local account cannot
    /// sign in. Nothing that they own is touched. False when nothing is known of the user.
    ///
    /// # Errors
    /// The store cannot do it.
    #[tracing::instrument(name = "user.disable", skip_all)]
    pub async fn disable(&self, id: UserId) -> Result<bool, StoreError> {
        let known = self.users.disable(id, self.clock.now()).await?;
        self.revocations.forget(id);
        Ok(known)
    }

    /// Lets a disabled user in again, with tokens that were issued after they were disabled. False
    /// when nothing is known of the user.
    ///
    /// # Errors
    /// The store cannot do it.
    #[tracing::instrument(name = "user.enable", skip_all)]
    pub async fn enable(&self, id: UserId) -> Result<bool, StoreError> {
        let known = self.users.enable(id).await?;
        self.revocations.forget(id);
        Ok(known)
    }
}

fn from_token(actor: &Actor) -> Option<User> {
    match &actor.origin {
        Origin::Local => None,
        Origin::Federated(profile) => Some(User::of_token(actor.id, profile)),
    }
}
