use super::{AccountService, LoginError, RefreshError};
use crate::clock::Timestamp;
use crate::error::StoreError;
use crate::id::{SessionId, UserId};
use crate::user::{
    AccessToken, Client, Email, NewSession, PasswordAttempt, PasswordHash, RefreshAttempt,
    RefreshToken, Requester, Rotation, Secret, User,
};

/// Longest client name that is kept with a session, in characters.
const MAX_USER_AGENT_LENGTH: usize = 255;

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

impl AccountService {
    /// Signs in with email and password. A password that is too long to be anybody's is `None`, and
    /// costs the same work.
    ///
    /// # Errors
    /// There is no such account, the password is wrong or was changed meanwhile, or the user is
    /// disabled: the error does not tell which. Or too many wrong passwords were tried, or the address
    /// has to be verified first.
    #[tracing::instrument(name = "account.login", skip_all)]
    pub async fn login(
        &self,
        email: &Email,
        attempt: Option<PasswordAttempt>,
        client: Client<'_>,
    ) -> Result<SignedIn, LoginError> {
        let account = self.ports.accounts.account_by_email(email).await?;
        let (user, hash) = account
            .map(|account| (account.user, account.password))
            .unzip();
        let id = user.as_ref().map(|user| user.id);
        let requester = Requester::new(email, client);
        let right = self
            .check_password::<LoginError>(id, attempt, hash.clone(), &requester)
            .await?;
        match user {
            Some(user) if right && self.policy.verified_email_required && !user.email_verified => {
                Err(LoginError::EmailNotVerified)
            }
            Some(user) if right => self.open_session(user, client, hash).await,
            _ => Err(LoginError::InvalidCredentials),
        }
    }

    /// Whose account has an address, for an operator; `None` when nobody's has.
    ///
    /// # Errors
    /// The store cannot tell.
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
        client: Client<'_>,
    ) -> Result<SignedIn, LoginError> {
        let account = self.ports.accounts.account_by_email(email).await?;
        let user = account.ok_or(LoginError::InvalidCredentials)?.user;
        self.open_session(user, client, None).await
    }

    /// Trades a refresh token for new tokens. The token used last may be traded again for a short
    /// while, and gives the same refresh token again: its answer may have been lost.
    ///
    /// # Errors
    /// The token is not accepted. One that was used before ends its session.
    #[tracing::instrument(name = "account.refresh", skip_all)]
    pub async fn refresh(&self, token: RefreshToken) -> Result<SignedIn, RefreshError> {
        let RefreshToken {
            user,
            session,
            secret,
        } = token;
        let at = self.ports.clock.now();
        let successor = secret.successor(&*self.ports.keyed_hash);
        let attempt = RefreshAttempt {
            presented: secret.hash(),
            successor: successor.hash(),
            at,
            expires_at: at.after(self.policy.session_lifetime),
            grace: self.policy.refresh_grace,
        };
        match self.ports.sessions.rotate(user, session, attempt).await? {
            Rotation::Rotated(user) | Rotation::Repeated(user) => {
                Ok(self.issue_tokens(user, session, successor, at))
            }
            Rotation::Reused => {
                tracing::warn!(%user, %session, "a spent refresh token was used; session ended");
                self.ports.revocations.forget(user);
                Err(RefreshError::InvalidToken)
            }
            Rotation::Unknown => Err(RefreshError::InvalidToken),
        }
    }

    /// Begins a session, unless the user was disabled or erased, or their password changed from
    /// `under`, since their account was read.
    async fn open_session(
        &self,
        user: User,
        client: Client<'_>,
        under: Option<PasswordHash>,
    ) -> Result<SignedIn, LoginError> {
        let (id, at) = (user.id, self.ports.clock.now());
        let (session, signed_in) = self.new_session(user, client, at);
        if self.ports.sessions.open(id, session, under).await? {
            Ok(signed_in)
        } else {
            Err(LoginError::InvalidCredentials)
        }
    }

    /// A session that is to be stored, and its tokens, which are good from then on.
    pub(super) fn new_session(
        &self,
        user: User,
        client: Client<'_>,
        at: Timestamp,
    ) -> (NewSession, SignedIn) {
        let secret = self.ports.secrets.next_secret();
        let keyed_hash = &*self.ports.keyed_hash;
        let session = NewSession {
            id: SessionId::new(self.ports.ids.next_id()),
            secret: secret.hash(),
            at,
            expires_at: at.after(self.policy.session_lifetime),
            user_agent: client
                .user_agent
                .map(|text| text.chars().take(MAX_USER_AGENT_LENGTH).collect()),
            address: client
                .network()
                .map(|network| network.hash(user.id, keyed_hash)),
        };
        let signed_in = self.issue_tokens(user, session.id, secret, at);
        (session, signed_in)
    }

    fn issue_tokens(
        &self,
        user: User,
        session: SessionId,
        secret: Secret,
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
