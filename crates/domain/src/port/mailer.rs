use async_trait::async_trait;

use crate::error::BoxError;
use crate::user::Mail;

/// Hands mails over for delivery.
#[cfg_attr(feature = "testing", mockall::automock)]
#[async_trait]
pub trait Mailer: Send + Sync {
    /// Hands a mail over. The link MUST reach nobody but the address, and no log of a server in
    /// production.
    ///
    /// # Errors
    /// Nobody took it.
    async fn send(&self, mail: Mail) -> Result<(), MailError>;
}

/// Why a mail was not handed over.
#[derive(Debug, thiserror::Error)]
#[error("the mail could not be handed over")]
pub struct MailError(#[source] pub BoxError);
