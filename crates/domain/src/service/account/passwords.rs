use super::{AccountService, PasswordError, TooManyGuesses};
use crate::clock::Timestamp;
use crate::error::StoreError;
use crate::id::{SessionId, UserId};
use crate::port::HashError;
use crate::user::{
    Account, Client, Email, KnownAddress, Password, PasswordAttempt, PasswordHash, Requester,
};

impl AccountService {
    /// Sets another password and ends every session but `keep`.
    ///
    /// # Errors
    /// `current` is not the account's password, there is no account, or too many wrong passwords
    /// were tried.
    #[tracing::instrument(name = "account.change_password", skip_all)]
    pub async fn change_password(
        &self,
        user: UserId,
        current: Option<PasswordAttempt>,
        new: &Password,
        keep: Option<SessionId>,
        client: Client<'_>,
    ) -> Result<(), PasswordError> {
        let (requester, old) = self.confirmed(user, current, client).await?;
        let new = self.ports.hasher.hash(new, &requester).await?;
        let at = self.ports.clock.now();
        let changed = self
            .ports
            .accounts
            .change_password(user, &old, &new, keep, at)
            .await?;
        self.ports.revocations.forget(user);
        if changed {
            Ok(())
        } else {
            Err(PasswordError::Incorrect)
        }
    }

    /// Makes sure that it is the account's user who asks.
    ///
    /// # Errors
    /// The attempt is not the account's password, there is no account, or too many wrong passwords
    /// were tried.
    pub async fn confirm_password(
        &self,
        user: UserId,
        attempt: Option<PasswordAttempt>,
        client: Client<'_>,
    ) -> Result<(), PasswordError> {
        self.confirmed(user, attempt, client).await.map(drop)
    }

    /// The hash that the attempt was right for, and who asked.
    async fn confirmed(
        &self,
        user: UserId,
        attempt: Option<PasswordAttempt>,
        client: Client<'_>,
    ) -> Result<(Requester, PasswordHash), PasswordError> {
        let account = self.ports.accounts.account_of(user).await?;
        let Account { user, password } = account.ok_or(PasswordError::NoAccount)?;
        let attempt = attempt.ok_or(PasswordError::Incorrect)?;
        let requester = Requester {
            account: user
                .email
                .as_ref()
                .map_or_else(|| user.id.to_string(), Email::key),
            network: client.network(),
        };
        let hash = Some(password.clone());
        let right = self
            .check_password::<PasswordError>(Some(user.id), Some(attempt), hash, &requester)
            .await?;
        if right {
            Ok((requester, password))
        } else {
            Err(PasswordError::Incorrect)
        }
    }

    /// Whether a password is the account's. Wrong ones are counted; without an account, or a
    /// password that could be anybody's, the same work is done.
    pub(super) async fn check_password<E>(
        &self,
        user: Option<UserId>,
        attempt: Option<PasswordAttempt>,
        hash: Option<PasswordHash>,
        requester: &Requester,
    ) -> Result<bool, E>
    where
        E: From<TooManyGuesses> + From<HashError> + From<StoreError>,
    {
        let now = self.ports.clock.now();
        let is_known = self.is_known(user, requester, now).await?;
        let guess = self.guesses.count(requester, is_known, now)?;
        let hash = hash.filter(|_| attempt.is_some());
        let attempt = attempt.unwrap_or_else(PasswordAttempt::nobody);
        let checked = self.ports.hasher.verify(&attempt, hash, requester).await;
        if matches!(checked, Ok(true) | Err(_)) {
            guess.forgive();
        }
        Ok(checked?)
    }

    /// Whether the user has signed in from that network of late. The store is asked about an unknown
    /// user as well, so that the answer takes as long.
    async fn is_known(
        &self,
        user: Option<UserId>,
        requester: &Requester,
        now: Timestamp,
    ) -> Result<bool, StoreError> {
        let Some(network) = requester.network else {
            return Ok(false);
        };
        let user = user.unwrap_or(UserId::new(uuid::Uuid::nil()));
        let hash = network.hash(user, &*self.ports.keyed_hash);
        let seen_at = self.ports.sessions.last_seen(user, hash).await?;
        Ok(seen_at.is_some_and(|seen_at| KnownAddress { hash, seen_at }.counts(now)))
    }
}
