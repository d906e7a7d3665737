use secrecy::SecretString;
use serde::de::Error;
use serde::{Deserialize, Deserializer, Serialize};
use tasklane_auth::{HookSecret, SmtpMailer, is_safe_key_url};
use url::Url;
use utoipa::ToSchema;
use validator::{Validate, ValidationError};

use super::{finding, secret};

/// `[mail]`: how links reach users. Without a way out there are no such links; in development, they
/// are in the log.
#[derive(Debug, Clone, Deserialize, Serialize, Validate, ToSchema)]
#[serde(expecting = "a table")]
#[expect(
    clippy::duplicated_attributes,
    reason = "every rule over the table needs the same option"
)]
#[validate(
    schema(function = "smtp_is_complete", skip_on_field_errors = false),
    schema(function = "sender_is_an_address", skip_on_field_errors = false),
    schema(function = "hook_is_complete", skip_on_field_errors = false),
    schema(function = "one_way_out", skip_on_field_errors = false)
)]
pub struct MailSettings {
    /// The mail server: `smtps://user:password@host` for TLS from the beginning (port 465), or
    /// `smtp://…` for TLS where the server offers it (port 587). A password is sent over TLS only,
    /// unless the server is on this machine. Special characters in it are percent-encoded.
    #[serde(
        default,
        serialize_with = "secret::serialize",
        skip_serializing_if = "Option::is_none"
    )]
    #[schema(value_type = String)]
    pub smtp_url: Option<SecretString>,
    /// The sender of mails by SMTP: an address, or `Name <address>`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(value_type = String)]
    pub from: Option<String>,
    /// Where to hand mails over instead, for those who send mail themselves.
    #[serde(
        default,
        deserialize_with = "hook",
        skip_serializing_if = "Option::is_none"
    )]
    #[schema(value_type = String)]
    pub hook_url: Option<Url>,
    /// What signs these requests (Standard Webhooks).
    #[serde(
        default,
        serialize_with = "secret::serialize",
        skip_serializing_if = "Option::is_none"
    )]
    #[schema(value_type = String)]
    pub hook_secret: Option<SecretString>,
}

fn hook<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Url>, D::Error> {
    let text = String::deserialize(deserializer)?;
    let is_hook =
        |url: &Url| is_safe_key_url(url) && url.username().is_empty() && url.password().is_none();
    let url = Url::parse(&text).ok().filter(is_hook);
    let rule = "must be an https URL, or http on a loopback address, without user and password";
    url.map(Some).ok_or_else(|| D::Error::custom(rule))
}

fn smtp_is_complete(mail: &MailSettings) -> Result<(), ValidationError> {
    let Some(url) = &mail.smtp_url else {
        return Ok(());
    };
    SmtpMailer::check_url(url).map_err(|error| finding::at("smtp_url", error.to_string()))?;
    if mail.from.is_none() {
        return Err(finding::at("from", "is required beside mail.smtp_url"));
    }
    Ok(())
}

fn sender_is_an_address(mail: &MailSettings) -> Result<(), ValidationError> {
    let checked = mail.from.as_deref().map(SmtpMailer::check_sender);
    let checked = checked.transpose();
    checked.map_err(|error| finding::at("from", error.to_string()))?;
    Ok(())
}

fn hook_is_complete(mail: &MailSettings) -> Result<(), ValidationError> {
    match (&mail.hook_url, &mail.hook_secret) {
        (None, None) => Ok(()),
        (Some(_), None) => Err(finding::at(
            "hook_secret",
            "is required beside mail.hook_url: whsec_ and 24 to 64 random bytes in base64",
        )),
        (url, Some(secret)) => {
            let secret = HookSecret::parse(secret);
            secret.map_err(|error| finding::at("hook_secret", error.to_string()))?;
            let rule = || finding::at("hook_secret", "can only be set beside mail.hook_url");
            url.as_ref().map(drop).ok_or_else(rule)
        }
    }
}

fn one_way_out(mail: &MailSettings) -> Result<(), ValidationError> {
    if mail.smtp_url.is_some() && mail.hook_url.is_some() {
        return Err(finding::at(
            "hook_url",
            "cannot be set beside mail.smtp_url",
        ));
    }
    Ok(())
}
