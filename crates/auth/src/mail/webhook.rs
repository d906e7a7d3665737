use std::sync::Arc;

use async_trait::async_trait;
use aws_lc_rs::hmac;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use reqwest::header::CONTENT_TYPE;
use reqwest::{StatusCode, Url, redirect};
use secrecy::{ExposeSecret, SecretString};
use serde_json::json;

use super::TIME_OUT;
use crate::secret::random_id;
use crate::settings::is_safe;
use tasklane_domain::clock::Clock;
use tasklane_domain::error::BoxError;
use tasklane_domain::port::{MailError, Mailer};
use tasklane_domain::user::Mail;

/// What begins a secret, so that it is known as one.
const PREFIX: &str = "whsec_";

/// How many bytes a secret may have.
const LENGTHS: std::ops::RangeInclusive<usize> = 24..=64;

/// What signs requests: the bytes behind `whsec_` in base64, as Standard Webhooks has it.
pub struct HookSecret(hmac::Key);

/// Why mails cannot be handed over by requests.
#[derive(Debug, thiserror::Error)]
pub enum HookError {
    /// Requests must not be sent there: they carry secrets.
    #[error("must be https, or http on a loopback address")]
    InsecureUrl,
    /// The secret is malformed, or can be guessed.
    #[error("must be whsec_ and 24 to 64 random bytes in base64")]
    Secret,
    /// No request can be sent at all.
    #[error("the HTTP client for mail cannot be set up")]
    HttpClient(#[source] BoxError),
}

impl HookSecret {
    /// Reads a secret.
    ///
    /// # Errors
    /// It is malformed.
    pub fn parse(text: &SecretString) -> Result<Self, HookError> {
        let encoded = text.expose_secret().strip_prefix(PREFIX);
        let bytes = encoded.and_then(|encoded| STANDARD.decode(encoded).ok());
        let bytes = bytes.filter(|bytes| LENGTHS.contains(&bytes.len()));
        let bytes = bytes.ok_or(HookError::Secret)?;
        Ok(Self(hmac::Key::new(hmac::HMAC_SHA256, &bytes)))
    }

    /// The header `webhook-signature` of a request.
    fn sign(&self, id: &str, timestamp: i64, body: &str) -> String {
        let signed = format!("{id}.{timestamp}.{body}");
        let signature = hmac::sign(&self.0, signed.as_bytes());
        format!("v1,{}", STANDARD.encode(signature))
    }
}

/// Hands mails over to a service that sends them, in requests signed by Standard Webhooks.
pub struct WebhookMailer {
    url: Url,
    secret: HookSecret,
    http: reqwest::Client,
    clock: Arc<dyn Clock>,
}

impl WebhookMailer {
    /// A mailer that sends requests to a URL.
    ///
    /// # Errors
    /// The URL is not safe, or requests cannot be sent at all.
    pub fn new(url: &str, secret: HookSecret, clock: Arc<dyn Clock>) -> Result<Self, HookError> {
        let url = Url::parse(url).ok().filter(is_safe);
        let url = url.ok_or(HookError::InsecureUrl)?;
        let builder = reqwest::Client::builder()
            .user_agent("tasklane")
            .redirect(redirect::Policy::none())
            .timeout(TIME_OUT);
        let builder = if url.scheme() == "https" {
            builder.https_only(true)
        } else {
            builder.no_proxy().tls_certs_only([])
        };
        let http = builder.build();
        let http = http.map_err(|error| HookError::HttpClient(error.into()))?;
        Ok(Self {
            url,
            secret,
            http,
            clock,
        })
    }

    async fn hand_over(&self, mail: &Mail) -> Result<(), BoxError> {
        let data = json!({
            "template": mail.template.as_str(),
            "to": mail.to.as_str(),
            "link": mail.link,
        });
        let body = json!({ "type": "mail", "data": data }).to_string();
        let id = random_id("msg_");
        let timestamp = self.clock.now().as_micros() / 1_000_000;
        let request = self
            .http
            .post(self.url.clone())
            .header(CONTENT_TYPE, "application/json")
            .header("webhook-id", &id)
            .header("webhook-timestamp", timestamp)
            .header("webhook-signature", self.secret.sign(&id, timestamp, &body))
            .body(body);
        let status = request.send().await?.status();
        if status.is_success() {
            Ok(())
        } else {
            Err(Refused(status).into())
        }
    }
}

/// The request was not taken.
#[derive(Debug, thiserror::Error)]
#[error("the answer's status is {0}")]
struct Refused(StatusCode);

#[async_trait]
impl Mailer for WebhookMailer {
    async fn send(&self, mail: Mail) -> Result<(), MailError> {
        self.hand_over(&mail).await.map_err(MailError)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use tasklane_domain::clock::Timestamp;

    struct NoClock;

    impl Clock for NoClock {
        fn now(&self) -> Timestamp {
            Timestamp::from_micros(0).unwrap()
        }
    }

    fn secret(text: &str) -> Result<HookSecret, HookError> {
        HookSecret::parse(&SecretString::from(text.to_owned()))
    }

    /// Computed with Python: `hmac.digest(bytes(range(24)), b"msg_1.1700000000.{}", "sha256")`.
    #[test]
    fn a_signature_is_that_of_standard_webhooks() {
        let secret = secret("whsec_AAECAwQFBgcICQoLDA0ODxAREhMUFRYX").unwrap();
        let signature = secret.sign("msg_1", 1_700_000_000, "{}");
        assert_eq!(signature, "v1,ehZEL34p4RtokJ76Mky/c6YT0NkxG/H/gdzahhXIyv0=");
    }

    #[test]
    fn a_secret_is_long_enough_and_in_base64() {
        for bad in [
            "",
            "whsec_",
            "AAECAwQFBgcICQoLDA0ODxAREhMUFRYX",
            "whsec_AAECAwQFBgcICQoLDA0ODxAREhMUFRY=",
            "whsec_not base64 at all, though long enough",
        ] {
            assert!(secret(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn requests_go_only_where_nobody_else_reads_them() {
        let mailer = |url| {
            let secret = secret("whsec_AAECAwQFBgcICQoLDA0ODxAREhMUFRYX").unwrap();
            WebhookMailer::new(url, secret, Arc::new(NoClock)).is_ok()
        };
        assert!(mailer("https://hooks.example.com/mail"));
        assert!(mailer("http://127.0.0.1:9000/mail"));
        assert!(!mailer("http://hooks.example.com/mail"));
        assert!(!mailer("hooks.example.com"));
    }
}
