//! What people do with local accounts.

mod error;
mod guesses;
mod links;
mod passwords;
mod registration;
mod sessions;
mod sign_in;

use std::sync::Arc;
use std::time::Duration;

use crate::clock::Clock;
use crate::id::IdGenerator;
use crate::port::{
    AccountStore, KeyedHash, MailQueue, PasswordHasher, RevocationCheck, SecretGenerator,
    SessionStore, TokenIssuer,
};

pub use error::{LinkError, LoginError, PasswordError, RefreshError, RegistrationError};
pub use guesses::TooManyGuesses;
pub use registration::Registration;
pub use sign_in::SignedIn;

use guesses::GuessLimits;

use super::hourly_limit::HourlyLimit;

/// What is needed to manage local accounts.
#[derive(Clone)]
pub struct AccountPorts {
    /// Keeps accounts.
    pub accounts: Arc<dyn AccountStore>,
    /// Keeps sessions.
    pub sessions: Arc<dyn SessionStore>,
    /// Hashes passwords.
    pub hasher: Arc<dyn PasswordHasher>,
    /// Signs access tokens.
    pub tokens: Arc<dyn TokenIssuer>,
    /// Must forget those whose sessions end.
    pub revocations: Arc<dyn RevocationCheck>,
    /// Makes ids.
    pub ids: Arc<dyn IdGenerator>,
    /// Makes the first refresh secret of a session.
    pub secrets: Arc<dyn SecretGenerator>,
    /// Makes the successors of refresh secrets, and the hashes of addresses.
    pub keyed_hash: Arc<dyn KeyedHash>,
    /// Sends links to accounts' addresses.
    pub mail: Arc<dyn MailQueue>,
    /// Tells the time.
    pub clock: Arc<dyn Clock>,
}

/// How local accounts are handled.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct AccountPolicy {
    /// Whether anybody may make one.
    pub registration_open: bool,
    /// How long an access token is accepted.
    pub access_lifetime: Duration,
    /// How long a session lasts without being refreshed.
    pub session_lifetime: Duration,
    /// For how long the refresh token used last may be used again while its successor is unused.
    pub refresh_grace: Duration,
    /// Whether only those may sign in who have verified their address.
    pub verified_email_required: bool,
}

/// What people do with local accounts. Clones share their counts of wrong passwords and of
/// requests for mail.
#[derive(Clone)]
pub struct AccountService {
    ports: AccountPorts,
    policy: AccountPolicy,
    guesses: Arc<GuessLimits>,
    mail_requests: Arc<HourlyLimit>,
}

impl AccountService {
    /// Puts the service together.
    #[must_use]
    pub fn new(ports: AccountPorts, policy: AccountPolicy) -> Self {
        Self {
            ports,
            policy,
            guesses: Arc::default(),
            mail_requests: Arc::default(),
        }
    }
}
