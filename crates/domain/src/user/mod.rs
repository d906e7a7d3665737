//! Users: who owns tasks, and how they prove who they are.

mod access;
mod account;
mod actor;
mod client;
mod email;
mod link;
mod mail;
mod name;
mod password;
mod refresh_token;
mod secret;
mod session;

use crate::clock::Timestamp;
use crate::id::UserId;

pub use access::{AccessStatus, AccessToken};
pub use account::{Account, NewAccount};
pub use actor::{
    Actor, Admission, FederatedProfile, LOCAL_ISSUER, Origin, Principal, TOKEN_LEEWAY, is_outdated,
};
pub use client::{
    AddressHash, Client, KNOWN_ADDRESS_LIFETIME, KnownAddress, MAX_KNOWN_ADDRESSES, Network,
    Requester,
};
pub use email::{Email, MAX_EMAIL_LENGTH};
pub use link::{LinkAddresses, LinkPurpose, LinkToken, LinkUse, NewLink};
pub use mail::{Mail, MailRequest};
pub use name::{MAX_NAME_LENGTH, Name};
pub use password::{
    MAX_PASSWORD_LENGTH, MIN_PASSWORD_LENGTH, Password, PasswordAttempt, PasswordHash,
};
pub use refresh_token::RefreshToken;
pub use secret::{Secret, SecretHash};
pub use session::{
    Displaced, MAX_SESSIONS, NewSession, Refresh, RefreshAttempt, Renewal, Rotation, Session,
    StoredSession,
};

/// Somebody who owns tasks.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct User {
    /// Made by the server for a local account, derived from the subject for a federated user.
    pub id: UserId,
    /// The alias of the issuer that vouches for them; [`LOCAL_ISSUER`] for a local account.
    pub issuer: String,
    /// Where to reach them; a federated user may have none.
    pub email: Option<Email>,
    /// Whether they have shown that the address reaches them, or their issuer says so.
    pub email_verified: bool,
    /// How they want to be called.
    pub name: Option<Name>,
    /// When they came to be; `None` for a federated user who has written nothing yet.
    pub created_at: Option<Timestamp>,
    /// When their profile last changed; `None` as above.
    pub updated_at: Option<Timestamp>,
}

impl User {
    /// A federated user who does not exist yet, as their token shows them.
    #[must_use]
    pub fn of_token(id: UserId, profile: &FederatedProfile) -> Self {
        Self {
            id,
            issuer: profile.alias.clone(),
            email: profile.email.clone(),
            email_verified: profile.email_verified,
            name: profile.name.clone(),
            created_at: None,
            updated_at: None,
        }
    }

    /// The user with an address that is verified, changed at `at` unless it was before.
    #[must_use]
    pub fn verified(&self, at: Timestamp) -> Self {
        if self.email_verified {
            return self.clone();
        }
        Self {
            email_verified: true,
            updated_at: Some(at),
            ..self.clone()
        }
    }

    /// The user under another name, changed at `at`; `None` when that is their name already.
    #[must_use]
    pub fn renamed(&self, name: Option<&Name>, at: Timestamp) -> Option<Self> {
        (self.name.as_ref() != name).then(|| Self {
            name: name.cloned(),
            updated_at: Some(at),
            ..self.clone()
        })
    }
}
