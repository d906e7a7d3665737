use super::{AccountService, RegistrationError, SignedIn};
use crate::id::UserId;
use crate::port::RegisterError;
use crate::user::{Client, Email, LinkPurpose, Name, NewAccount, Password, Requester};

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

impl AccountService {
    /// Makes an account and signs its user in. A link that verifies the address is sent, where there is
    /// a way to.
    ///
    /// # Errors
    /// Registration is disabled, or the address is taken.
    #[tracing::instrument(name = "account.register", skip_all)]
    pub async fn register(
        &self,
        registration: Registration,
        client: Client<'_>,
    ) -> Result<SignedIn, RegistrationError> {
        if !self.policy.registration_open {
            return Err(RegistrationError::Disabled);
        }
        let Registration {
            email,
            password,
            name,
        } = registration;
        let requester = Requester::new(&email, client);
        let password = self.ports.hasher.hash(&password, &requester).await?;
        let account = NewAccount {
            id: UserId::new(self.ports.ids.next_id()),
            email: email.clone(),
            name,
            password,
            at: self.ports.clock.now(),
        };
        let (session, signed_in) = self.new_session(account.to_user(), client, account.at);
        match self.ports.accounts.register(account, session).await {
            Ok(()) => {
                self.send(LinkPurpose::EmailVerification, email);
                Ok(signed_in)
            }
            Err(RegisterError::EmailTaken) => Err(RegistrationError::EmailTaken),
            Err(RegisterError::Store(error)) => Err(error.into()),
        }
    }
}
