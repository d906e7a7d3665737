use std::sync::Arc;
use std::time::Duration;

use super::hourly_limit::HourlyLimit;
use crate::clock::Clock;
use crate::error::StoreError;
use crate::id::UserId;
use crate::port::{AccountStore, MailError, Mailer, SecretGenerator};
use crate::user::{LinkAddresses, LinkPurpose, LinkToken, Mail, MailRequest, NewLink};

/// Makes links that let their holder act for an account.
#[derive(Clone)]
pub struct LinkService {
    accounts: Arc<dyn AccountStore>,
    secrets: Arc<dyn SecretGenerator>,
    clock: Arc<dyn Clock>,
    addresses: LinkAddresses,
    lifetime: Duration,
}

impl LinkService {
    /// Puts the service together. A link is good for the lifetime, if it is not used before.
    #[must_use]
    pub fn new(
        accounts: Arc<dyn AccountStore>,
        secrets: Arc<dyn SecretGenerator>,
        clock: Arc<dyn Clock>,
        addresses: LinkAddresses,
        lifetime: Duration,
    ) -> Self {
        Self {
            accounts,
            secrets,
            clock,
            addresses,
            lifetime,
        }
    }

    /// Makes a link in the place of the user's earlier one. `None` when the user has no local account
    /// or is disabled, or there is no page for that purpose.
    ///
    /// # Errors
    /// The store cannot do it.
    pub async fn make(
        &self,
        user: UserId,
        purpose: LinkPurpose,
    ) -> Result<Option<String>, StoreError> {
        let secret = self.secrets.next_secret();
        let kept = NewLink {
            purpose,
            secret: secret.hash(),
            expires_at: self.clock.now().after(self.lifetime),
        };
        let Some(link) = self.addresses.link(purpose, &LinkToken { user, secret }) else {
            return Ok(None);
        };
        Ok(self.accounts.keep_link(user, kept).await?.then_some(link))
    }
}

/// Sends links by mail, at most three an hour to one account.
pub struct MailService {
    links: LinkService,
    mailer: Arc<dyn Mailer>,
    sent: HourlyLimit,
}

impl MailService {
    /// Puts the service together.
    #[must_use]
    pub fn new(links: LinkService, mailer: Arc<dyn Mailer>) -> Self {
        Self {
            links,
            mailer,
            sent: HourlyLimit::default(),
        }
    }

    /// Does what was asked for; false when there was nothing to send.
    ///
    /// # Errors
    /// The store cannot tell, or nobody took the mail. The account's earlier link may be good for
    /// nothing all the same.
    #[tracing::instrument(name = "mail.send", skip_all, fields(template = %request.purpose))]
    pub async fn look_after(&self, request: MailRequest) -> Result<bool, SendError> {
        let MailRequest { purpose, to } = request;
        let account = self.links.accounts.account_by_email(&to).await?;
        let Some(user) = account.map(|account| account.user) else {
            return Ok(false);
        };
        let Some(to) = user.email else {
            return Ok(false);
        };
        let is_needless = purpose == LinkPurpose::EmailVerification && user.email_verified;
        // Before a link is made: one too many does not spoil the one that was sent.
        if is_needless || !self.sent.admit(&to.key(), self.links.clock.now()) {
            return Ok(false);
        }
        let Some(link) = self.links.make(user.id, purpose).await? else {
            return Ok(false);
        };
        let mail = Mail {
            template: purpose,
            to,
            link,
            lifetime: self.links.lifetime,
        };
        self.mailer.send(mail).await?;
        Ok(true)
    }
}

/// Why nothing was sent.
#[derive(Debug, thiserror::Error)]
pub enum SendError {
    /// The store cannot tell what to send.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// Nobody took the mail.
    #[error(transparent)]
    Mail(#[from] MailError),
}
