use std::sync::Arc;
use std::time::Duration;

use crate::clock::{Clock, Timestamp};
use crate::error::StoreError;
use crate::id::{IdGenerator, SessionId, UserId};
use crate::port::{
    AccountStore, HashError, PasswordHasher, RegisterError, RevocationCheck, SecretGenerator,
    SessionStore, TokenIssuer,
};
use crate::user::{
    AccessToken, Email, Name, NewAccount, NewSession, Password, PasswordAttempt, RefreshSecret,
    RefreshToken, Rotation, Session, User,
};

/// Longest client name that is kept with a session, in characters.
const MAX_USER_AGENT_LENGTH: usize = 255;

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
    pub gate: Arc<dyn RevocationCheck>,
    /// Makes ids.
    pub ids: Arc<dyn IdGenerator>,
    /// Makes refresh secrets.
    pub secrets: Arc<dyn SecretGenerator>,
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
}

/// What somebody says who wants an account.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Registration {
    /// Where to reach them.
    pub email: Email,
    /// Their password.
    pub password: Password,
    /// How they want to be called.
    pub name: Option<Name>,
}

/// A user with the tokens of a session that just began or was refreshed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SignedIn {
    /// Who.
    pub user: User,
    /// For API calls.
    pub access: AccessToken,
    /// For the next refresh.
    pub refresh: RefreshToken,
}

/// Why no account was made.
#[derive(Debug, thiserror::Error)]
pub enum RegistrationError {
    /// Accounts are not for anybody to make.
    #[error("registration is disabled")]
    Disabled,
    /// Another account has the address.
    #[error("the email address is taken")]
    EmailTaken,
    /// The password could not be hashed.
    #[error(transparent)]
    Hash(#[from] HashError),
    /// The store cannot do it.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// Why nobody was signed in.
#[derive(Debug, thiserror::Error)]
pub enum LoginError {
    /// There is no such account, the password is another, or the user is disabled.
    #[error("email or password is wrong")]
    InvalidCredentials,
    /// The password could not be checked.
    #[error(transparent)]
    Hash(#[from] HashError),
    /// The store cannot do it.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// Why a session was not refreshed.
#[derive(Debug, thiserror::Error)]
pub enum RefreshError {
    /// The token is none, was used before, or its session has ended.
    #[error("the refresh token is not accepted")]
    InvalidToken,
    /// The store cannot do it.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// Why a password was not accepted as the account's own.
#[derive(Debug, thiserror::Error)]
pub enum PasswordError {
    /// It is another.
    #[error("the password is wrong")]
    Incorrect,
    /// The user has no local account.
    #[error("the user has no local account")]
    NoAccount,
    /// It could not be checked.
    #[error(transparent)]
    Hash(#[from] HashError),
    /// The store cannot do it.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// What people do with local accounts.
#[derive(Clone)]
pub struct AccountService {
    ports: AccountPorts,
    policy: AccountPolicy,
}

impl AccountService {
    /// Puts the service together.
    #[must_use]
    pub fn new(ports: AccountPorts, policy: AccountPolicy) -> Self {
        Self { ports, policy }
    }

    /// Makes an account and signs its user in.
    ///
    /// # Errors
    /// Registration is disabled, or the address is taken.
    #[tracing::instrument(name = "account.register", skip_all)]
    pub async fn register(
        &self,
        registration: Registration,
        user_agent: Option<&str>,
    ) -> Result<SignedIn, RegistrationError> {
        if !self.policy.registration_open {
            return Err(RegistrationError::Disabled);
        }
        let Registration {
            email,
            password,
            name,
        } = registration;
        let password = self.ports.hasher.hash(&password).await?;
        let at = self.ports.clock.now();
        let id = UserId::new(self.ports.ids.next_id());
        let account = NewAccount {
            id,
            email,
            name,
            password,
            at,
        };
        let user = account.to_user();
        let (session, secret) = self.new_session(user_agent, at);
        let signed_in = self.sign_in(user, session.id, secret, at);
        match self.ports.accounts.register(account, session).await {
            Ok(()) => Ok(signed_in),
            Err(RegisterError::EmailTaken) => Err(RegistrationError::EmailTaken),
            Err(RegisterError::Store(error)) => Err(error.into()),
        }
    }

    /// Signs in with email and password. A password that is too long to be anybody's is `None`, and
    /// costs the same work.
    ///
    /// # Errors
    /// There is no such account, the password is another, or the user is disabled: which of them is
    /// not told.
    #[tracing::instrument(name = "account.login", skip_all)]
    pub async fn login(
        &self,
        email: &Email,
        candidate: Option<PasswordAttempt>,
        user_agent: Option<&str>,
    ) -> Result<SignedIn, LoginError> {
        let account = self.ports.accounts.account_by_email(email).await?;
        let (user, hash) = account
            .map(|account| (account.user, account.password))
            .unzip();
        let hash = hash.filter(|_| candidate.is_some());
        let candidate = candidate.unwrap_or_else(PasswordAttempt::nobody);
        let right = self.ports.hasher.verify(&candidate, hash).await?;
        let Some(user) = user.filter(|_| right) else {
            return Err(LoginError::InvalidCredentials);
        };
        let at = self.ports.clock.now();
        let (session, secret) = self.new_session(user_agent, at);
        let signed_in = self.sign_in(user, session.id, secret, at);
        self.open(signed_in, session).await
    }

    /// Whose account has an address, for an operator; `None` when nobody's has.
    ///
    /// # Errors
    /// The store's.
    pub async fn user_by_email(&self, email: &Email) -> Result<Option<UserId>, StoreError> {
        let account = self.ports.accounts.account_by_email(email).await?;
        Ok(account.map(|account| account.user.id))
    }

    /// Begins a session for an account without its password: for an operator at the console.
    ///
    /// # Errors
    /// There is no such account, or its user is disabled.
    pub async fn sign_in_as(
        &self,
        email: &Email,
        user_agent: &str,
    ) -> Result<SignedIn, LoginError> {
        let account = self.ports.accounts.account_by_email(email).await?;
        let user = account.ok_or(LoginError::InvalidCredentials)?.user;
        let at = self.ports.clock.now();
        let (session, secret) = self.new_session(Some(user_agent), at);
        let signed_in = self.sign_in(user, session.id, secret, at);
        self.open(signed_in, session).await
    }

    /// Trades a refresh token for new tokens.
    ///
    /// # Errors
    /// The token is not accepted. One that was used before ends its session.
    #[tracing::instrument(name = "account.refresh", skip_all)]
    pub async fn refresh(&self, token: &str) -> Result<SignedIn, RefreshError> {
        let token: RefreshToken = token.parse().map_err(|_| RefreshError::InvalidToken)?;
        let RefreshToken {
            user,
            session,
            secret,
        } = token;
        let at = self.ports.clock.now();
        let next = self.ports.secrets.next_secret();
        let expires_at = at.after(self.policy.session_lifetime);
        let rotation = self
            .ports
            .sessions
            .rotate(user, session, secret.hash(), next.hash(), at, expires_at)
            .await?;
        match rotation {
            Rotation::Rotated(user) => Ok(self.sign_in(user, session, next, at)),
            Rotation::Reused => {
                tracing::warn!(%user, %session, "a spent refresh token was used; session ended");
                self.ports.gate.forget(user);
                Err(RefreshError::InvalidToken)
            }
            Rotation::Unknown => Err(RefreshError::InvalidToken),
        }
    }

    /// The user's live sessions, newest first.
    ///
    /// # Errors
    /// The store's.
    pub async fn sessions(&self, user: UserId) -> Result<Vec<Session>, StoreError> {
        self.ports.sessions.list(user, self.ports.clock.now()).await
    }

    /// Ends a session; false when the user has no such live one.
    ///
    /// # Errors
    /// The store's.
    pub async fn end_session(&self, user: UserId, session: SessionId) -> Result<bool, StoreError> {
        let ended = self
            .ports
            .sessions
            .end(user, session, self.ports.clock.now())
            .await?;
        self.ports.gate.forget(user);
        Ok(ended)
    }

    /// Ends every session of the user but `keep`.
    ///
    /// # Errors
    /// The store's.
    pub async fn end_other_sessions(
        &self,
        user: UserId,
        keep: Option<SessionId>,
    ) -> Result<(), StoreError> {
        self.ports.sessions.end_others(user, keep).await?;
        self.ports.gate.forget(user);
        Ok(())
    }

    /// Sets another password and ends every session but `keep`.
    ///
    /// # Errors
    /// `current` is not the account's password, or there is no account.
    #[tracing::instrument(name = "account.change_password", skip_all)]
    pub async fn change_password(
        &self,
        user: UserId,
        current: Option<PasswordAttempt>,
        new: &Password,
        keep: Option<SessionId>,
    ) -> Result<(), PasswordError> {
        let account = self.ports.accounts.account_of(user).await?;
        let old = account.ok_or(PasswordError::NoAccount)?.password;
        self.check(current, old.clone()).await?;
        let new = self.ports.hasher.hash(new).await?;
        let at = self.ports.clock.now();
        let changed = self
            .ports
            .accounts
            .change_password(user, &old, &new, keep, at)
            .await?;
        self.ports.gate.forget(user);
        if changed {
            Ok(())
        } else {
            Err(PasswordError::Incorrect)
        }
    }

    /// Makes sure that it is the account's user who asks.
    ///
    /// # Errors
    /// The candidate is not the account's password, or there is no account.
    pub async fn confirm_password(
        &self,
        user: UserId,
        candidate: Option<PasswordAttempt>,
    ) -> Result<(), PasswordError> {
        let account = self.ports.accounts.account_of(user).await?;
        self.check(candidate, account.ok_or(PasswordError::NoAccount)?.password)
            .await
    }

    /// Stores a new session; its user may be disabled, or erased since their account was read.
    async fn open(&self, signed_in: SignedIn, session: NewSession) -> Result<SignedIn, LoginError> {
        if self.ports.sessions.open(signed_in.user.id, session).await? {
            Ok(signed_in)
        } else {
            Err(LoginError::InvalidCredentials)
        }
    }

    async fn check(
        &self,
        candidate: Option<PasswordAttempt>,
        hash: crate::user::PasswordHash,
    ) -> Result<(), PasswordError> {
        let candidate = candidate.ok_or(PasswordError::Incorrect)?;
        let right = self.ports.hasher.verify(&candidate, Some(hash)).await?;
        if right {
            Ok(())
        } else {
            Err(PasswordError::Incorrect)
        }
    }

    fn new_session(&self, user_agent: Option<&str>, at: Timestamp) -> (NewSession, RefreshSecret) {
        let secret = self.ports.secrets.next_secret();
        let session = NewSession {
            id: SessionId::new(self.ports.ids.next_id()),
            secret: secret.hash(),
            at,
            expires_at: at.after(self.policy.session_lifetime),
            user_agent: user_agent.map(|text| text.chars().take(MAX_USER_AGENT_LENGTH).collect()),
        };
        (session, secret)
    }

    fn sign_in(
        &self,
        user: User,
        session: SessionId,
        secret: RefreshSecret,
        at: Timestamp,
    ) -> SignedIn {
        let access = self
            .ports
            .tokens
            .issue(user.id, session, at, self.policy.access_lifetime);
        let refresh = RefreshToken {
            user: user.id,
            session,
            secret,
        };
        SignedIn {
            user,
            access,
            refresh,
        }
    }
}
