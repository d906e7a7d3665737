//! Users: who owns tasks, and how they prove who they are.

mod account;
mod actor;
mod email;
mod name;
mod password;
mod session;

use crate::clock::Timestamp;
use crate::id::UserId;

pub use account::{Account, NewAccount};
pub use actor::{
    Actor, Admission, FederatedProfile, LOCAL_ISSUER, Origin, Principal, TOKEN_LEEWAY, is_outdated,
};
pub use email::{Email, MAX_EMAIL_LENGTH};
pub use name::{MAX_NAME_LENGTH, Name};
pub use password::{
    MAX_PASSWORD_LENGTH, MIN_PASSWORD_LENGTH, Password, PasswordAttempt, PasswordHash,
};
pub use session::{
    AccessStatus, AccessToken, NewSession, RefreshSecret, RefreshToken, Rotation, SecretHash,
    Session,
};

/// Somebody who owns tasks.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct User {
    /// Made by the server for a local account, derived from the subject for an issuer's user.
    pub id: UserId,
    /// The alias of the issuer that vouches for them; [`LOCAL_ISSUER`] for a local account.
    pub issuer: String,
    /// Where to reach them; an issuer's user may have none.
    pub email: Option<Email>,
    /// How they want to be called.
    pub name: Option<Name>,
    /// When they came to be; `None` for an issuer's user who has written nothing yet.
    pub created_at: Option<Timestamp>,
    /// When their profile last changed; `None` as above.
    pub updated_at: Option<Timestamp>,
}
