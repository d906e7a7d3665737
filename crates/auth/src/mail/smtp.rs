use async_trait::async_trait;
use lettre::message::Mailbox;
use lettre::message::header::ContentType;
use lettre::transport::smtp::authentication::Credentials;
use lettre::transport::smtp::client::{Tls, TlsParameters};
use lettre::{AsyncSmtpTransport, AsyncTransport, Message, Tokio1Executor};
use reqwest::Url;
use secrecy::{ExposeSecret, SecretString};

use super::{TIME_OUT, text};
use crate::settings::is_loopback;
use tasklane_domain::error::BoxError;
use tasklane_domain::port::{MailError, Mailer};
use tasklane_domain::user::Mail;

/// The port of `smtps://`, where TLS comes first (RFC 8314).
const TLS_PORT: u16 = 465;
/// The port of `smtp://`, where it may follow (RFC 6409).
const SUBMISSION_PORT: u16 = 587;

/// Hands mails to a server by SMTP, over a connection for each.
pub struct SmtpMailer {
    transport: AsyncSmtpTransport<Tokio1Executor>,
    from: Mailbox,
}

/// Why mails cannot be handed over by SMTP.
#[derive(Debug, thiserror::Error)]
pub enum SmtpError {
    /// The URL is not one of a mail server.
    #[error("must be smtps://host or smtp://host, with a user, a password and a port if need be")]
    Url,
    /// The sender is not an address.
    #[error("must be an address, such as no-reply@example.com or Tasklane <no-reply@example.com>")]
    Sender,
    /// TLS cannot be set up.
    #[error("TLS for mail cannot be set up")]
    Tls(#[source] BoxError),
}

impl SmtpMailer {
    /// A mailer for a server.
    ///
    /// - `smtps://`: TLS from the beginning.
    /// - `smtp://`: TLS where the server offers STARTTLS. A password goes over TLS only, unless the
    ///   server is on this machine.
    ///
    /// Certificates are verified as the system does.
    ///
    /// # Errors
    /// The URL or the sender is malformed, or TLS cannot be set up.
    pub fn new(url: &SecretString, from: &str) -> Result<Self, SmtpError> {
        let from = sender(from)?;
        let url = server(url.expose_secret())?;
        let host = url.host_str().unwrap_or_default();
        let host = host.trim_matches(['[', ']']);
        let credentials = credentials(&url)?;
        let tls =
            TlsParameters::new(host.to_owned()).map_err(|error| SmtpError::Tls(error.into()))?;
        let (tls, usual_port) = match url.scheme() {
            "smtps" => (Tls::Wrapper(tls), TLS_PORT),
            _ if credentials.is_some() && !is_loopback(host) => {
                (Tls::Required(tls), SUBMISSION_PORT)
            }
            _ => (Tls::Opportunistic(tls), SUBMISSION_PORT),
        };
        let builder = AsyncSmtpTransport::<Tokio1Executor>::builder_dangerous(host)
            .port(url.port().unwrap_or(usual_port))
            .tls(tls)
            .timeout(Some(TIME_OUT));
        let transport = match credentials {
            Some(credentials) => builder.credentials(credentials),
            None => builder,
        };
        Ok(Self {
            transport: transport.build(),
            from,
        })
    }

    /// Whether the URL is one of a mail server.
    ///
    /// # Errors
    /// It is not.
    pub fn check_url(url: &SecretString) -> Result<(), SmtpError> {
        credentials(&server(url.expose_secret())?).map(drop)
    }

    /// Whether the text names a sender.
    ///
    /// # Errors
    /// It does not.
    pub fn check_sender(from: &str) -> Result<(), SmtpError> {
        sender(from).map(drop)
    }

    fn message(&self, mail: &Mail) -> Result<Message, BoxError> {
        let to = Mailbox::new(None, mail.to.as_str().parse()?);
        let message = Message::builder()
            .from(self.from.clone())
            .to(to)
            .subject(text::subject(mail))
            .header(ContentType::TEXT_PLAIN)
            .body(text::body(mail))?;
        Ok(message)
    }
}

#[async_trait]
impl Mailer for SmtpMailer {
    async fn send(&self, mail: Mail) -> Result<(), MailError> {
        let message = self.message(&mail).map_err(MailError)?;
        let sent = self.transport.send(message).await;
        sent.map(drop).map_err(|error| MailError(error.into()))
    }
}

fn sender(text: &str) -> Result<Mailbox, SmtpError> {
    text.parse().map_err(|_| SmtpError::Sender)
}

fn server(text: &str) -> Result<Url, SmtpError> {
    let is_server = |url: &Url| {
        ["smtp", "smtps"].contains(&url.scheme())
            && url.host_str().is_some_and(|host| !host.is_empty())
            && ["", "/"].contains(&url.path())
            && url.query().is_none()
            && url.fragment().is_none()
    };
    Url::parse(text)
        .ok()
        .filter(is_server)
        .ok_or(SmtpError::Url)
}

/// User and password, without the escapes that a URL needs.
fn credentials(url: &Url) -> Result<Option<Credentials>, SmtpError> {
    let plain = |text: &str| {
        let plain = percent_encoding::percent_decode_str(text).decode_utf8();
        plain.map(String::from).map_err(|_| SmtpError::Url)
    };
    match (url.username(), url.password()) {
        ("", None) => Ok(None),
        ("", Some(_)) | (_, None) => Err(SmtpError::Url),
        (user, Some(password)) => Ok(Some(Credentials::new(plain(user)?, plain(password)?))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn is_accepted(url: &str) -> bool {
        let url = SecretString::from(url.to_owned());
        let checked = SmtpMailer::check_url(&url).is_ok();
        assert_eq!(checked, SmtpMailer::new(&url, "a@example.com").is_ok());
        checked
    }

    #[test]
    fn a_server_is_named_by_a_url_of_smtp() {
        for good in [
            "smtps://mail.example.com",
            "smtp://user:s%40cret@mail.example.com:2525",
            "smtp://[::1]:25/",
        ] {
            assert!(is_accepted(good), "{good}");
        }
        for bad in [
            "",
            "mail.example.com",
            "https://mail.example.com",
            "smtp://",
            "smtp://user@mail.example.com",
            "smtp://:secret@mail.example.com",
            "smtp://mail.example.com/inbox",
            "smtp://mail.example.com?tls=none",
        ] {
            assert!(!is_accepted(bad), "{bad}");
        }
    }

    #[test]
    fn a_sender_is_an_address_with_or_without_a_name() {
        for good in ["a@example.com", "Tasklane <no-reply@example.com>"] {
            assert!(SmtpMailer::check_sender(good).is_ok(), "{good}");
        }
        for bad in ["", "Tasklane", "a@", "a@b@c"] {
            assert!(SmtpMailer::check_sender(bad).is_err(), "{bad}");
        }
    }
}
