use super::{Email, Name, PasswordHash, User};
use crate::clock::Timestamp;
use crate::id::UserId;

/// A local account that is to be made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewAccount {
    /// The user's id.
    pub id: UserId,
    /// The email address, which no other account may have.
    pub email: Email,
    /// How they want to be called.
    pub name: Option<Name>,
    /// Their password.
    pub password: PasswordHash,
    /// Now.
    pub at: Timestamp,
}

impl NewAccount {
    /// The user that it becomes.
    #[must_use]
    pub fn to_user(&self) -> User {
        User {
            id: self.id,
            issuer: super::LOCAL_ISSUER.to_owned(),
            email: Some(self.email.clone()),
            email_verified: false,
            name: self.name.clone(),
            created_at: Some(self.at),
            updated_at: Some(self.at),
        }
    }
}

/// A local account as it is kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Account {
    /// Whose it is.
    pub user: User,
    /// Their password.
    pub password: PasswordHash,
}
