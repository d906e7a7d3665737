use async_trait::async_trait;

use tasklane_domain::port::{MailError, Mailer};
use tasklane_domain::user::Mail;

/// Writes each link to the log, for development: anybody who reads the log can use it.
#[derive(Debug, Clone, Copy, Default)]
pub struct LogMailer;

#[async_trait]
impl Mailer for LogMailer {
    async fn send(&self, mail: Mail) -> Result<(), MailError> {
        let Mail {
            template, to, link, ..
        } = mail;
        tracing::info!(%template, %to, link, "no mail is configured; the link is here instead");
        Ok(())
    }
}
