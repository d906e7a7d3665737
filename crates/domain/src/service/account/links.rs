//! What users do by links that are sent to their address.

use super::{AccountService, LinkError};
use crate::id::UserId;
use crate::user::{
    Client, Email, LinkPurpose, LinkToken, LinkUse, MailRequest, Password, Requester, User,
};

impl AccountService {
    /// Has a link sent by which the account's password can be reset, if there is such an account, its
    /// user is not disabled, and neither it nor the client has asked too often. The answer and the
    /// work are the same either way.
    ///
    /// # Errors
    /// No such links are sent at all.
    pub fn request_password_reset(
        &self,
        email: Email,
        client: Client<'_>,
    ) -> Result<(), LinkError> {
        self.require_way_to_send(LinkPurpose::PasswordReset)?;
        if self.may_ask(client) {
            self.send(LinkPurpose::PasswordReset, email);
        }
        Ok(())
    }

    /// Has the link sent again by which the user verifies their address, unless they have done so, or
    /// they or the client have asked too often.
    ///
    /// # Errors
    /// No such links are sent at all, the user has no local account, or the store cannot tell.
    pub async fn request_verification(
        &self,
        user: UserId,
        client: Client<'_>,
    ) -> Result<(), LinkError> {
        self.require_way_to_send(LinkPurpose::EmailVerification)?;
        let account = self.ports.accounts.account_of(user).await?;
        let email = account.and_then(|account| account.user.email);
        let email = email.ok_or(LinkError::NoAccount)?;
        if self.may_ask(client) {
            self.send(LinkPurpose::EmailVerification, email);
        }
        Ok(())
    }

    /// Whose password the link resets, which is not used up by that.
    ///
    /// # Errors
    /// The link is not accepted, or the store cannot tell.
    pub async fn user_of_reset_link(&self, token: &LinkToken) -> Result<User, LinkError> {
        let accounts = &self.ports.accounts;
        let account = accounts.account_by_reset_link(token.user, self.use_of(token));
        Ok(account.await?.ok_or(LinkError::InvalidToken)?.user)
    }

    /// Sets another password by a link, which is used up. All sessions end, and the address is
    /// verified.
    ///
    /// # Errors
    /// The link is not accepted, or the password cannot be hashed or kept.
    #[tracing::instrument(name = "account.reset_password", skip_all)]
    pub async fn reset_password(
        &self,
        token: &LinkToken,
        new: &Password,
        client: Client<'_>,
    ) -> Result<(), LinkError> {
        // Nobody has a password hashed without a link that is good.
        let email = self.user_of_reset_link(token).await?.email;
        let email = email.ok_or(LinkError::InvalidToken)?;
        let requester = Requester::new(&email, client);
        let new = self.ports.hasher.hash(new, &requester).await?;
        let accounts = &self.ports.accounts;
        let reset = accounts.reset_password(token.user, self.use_of(token), &new);
        let reset = reset.await?;
        self.ports.revocations.forget(token.user);
        reset.then_some(()).ok_or(LinkError::InvalidToken)
    }

    /// Verifies an address by a link, which is used up.
    ///
    /// # Errors
    /// The link is not accepted, or the store cannot do it.
    #[tracing::instrument(name = "account.verify_email", skip_all)]
    pub async fn verify_email(&self, token: &LinkToken) -> Result<(), LinkError> {
        let accounts = &self.ports.accounts;
        let verified = accounts
            .verify_email(token.user, self.use_of(token))
            .await?;
        verified.then_some(()).ok_or(LinkError::InvalidToken)
    }

    /// Has a link sent, where there is a way to.
    pub(super) fn send(&self, purpose: LinkPurpose, to: Email) {
        if self.ports.mail.serves(purpose) {
            self.ports.mail.push(MailRequest { purpose, to });
        }
    }

    fn require_way_to_send(&self, purpose: LinkPurpose) -> Result<(), LinkError> {
        let serves = self.ports.mail.serves(purpose);
        serves.then_some(()).ok_or(LinkError::NotServed)
    }

    /// Whether the client has not asked for too many links of late.
    fn may_ask(&self, client: Client<'_>) -> bool {
        let now = self.ports.clock.now();
        let network = client.network();
        network.is_none_or(|network| self.mail_requests.admit(&network, now))
    }

    fn use_of(&self, token: &LinkToken) -> LinkUse {
        LinkUse {
            secret: token.secret.hash(),
            at: self.ports.clock.now(),
        }
    }
}
