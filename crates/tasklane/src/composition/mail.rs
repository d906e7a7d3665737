//! How links reach users.

use std::sync::Arc;

use tasklane_auth::{BackgroundMail, HookSecret, LogMailer, SmtpMailer, WebhookMailer};
use tasklane_domain::clock::Clock;
use tasklane_domain::port::{MailQueue, Mailer, NoMail};
use tasklane_domain::service::{LinkService, MailService};
use tasklane_domain::user::LinkAddresses;

use super::StartError;
use crate::config::{Profile, Settings, setting};

/// The queue of requests for links, which are looked after from now on.
pub(super) fn queue(
    settings: &Settings,
    links: LinkService,
    clock: Arc<dyn Clock>,
) -> Result<Arc<dyn MailQueue>, StartError> {
    Ok(match mailer(settings, clock)? {
        Some(mailer) => {
            let service = MailService::new(links, mailer);
            Arc::new(BackgroundMail::start(service, addresses(settings)))
        }
        None => Arc::new(NoMail),
    })
}

/// The pages that links lead to.
pub(super) fn addresses(settings: &Settings) -> LinkAddresses {
    let auth = &settings.auth;
    LinkAddresses {
        password_reset: auth.reset_url.as_ref().map(ToString::to_string),
        email_verification: auth.verify_url.as_ref().map(ToString::to_string),
    }
}

fn mailer(
    settings: &Settings,
    clock: Arc<dyn Clock>,
) -> Result<Option<Arc<dyn Mailer>>, StartError> {
    let mail = &settings.mail;
    Ok(match (&mail.smtp_url, &mail.hook_url, &mail.hook_secret) {
        (Some(url), _, _) => {
            let from = mail.from.as_deref().unwrap_or_default();
            let mailer = SmtpMailer::new(url, from);
            Some(Arc::new(
                mailer.map_err(|error| complaint("smtp_url", error))?,
            ))
        }
        (None, Some(url), Some(secret)) => {
            let secret = HookSecret::parse(secret);
            let secret = secret.map_err(|error| complaint("hook_secret", error))?;
            let mailer = WebhookMailer::new(url.as_str(), secret, clock);
            Some(Arc::new(
                mailer.map_err(|error| complaint("hook_url", error))?,
            ))
        }
        _ if settings.profile == Profile::Development => Some(Arc::new(LogMailer)),
        _ => None,
    })
}

fn complaint(key: &str, source: impl std::error::Error + Send + Sync + 'static) -> StartError {
    StartError::Mail {
        setting: setting(&format!("mail.{key}")),
        source: source.into(),
    }
}

/// What of the mail settings is of no use without others: findings, each with advice.
pub(crate) fn mail_gaps(settings: &Settings) -> Vec<(&'static str, &'static str)> {
    let (mail, auth) = (&settings.mail, &settings.auth);
    let sends = mail.smtp_url.is_some() || mail.hook_url.is_some();
    let mut gaps = Vec::new();
    if sends && auth.reset_url.is_none() && auth.verify_url.is_none() {
        gaps.push((
            "mail is configured, but no link can be made, so none is sent",
            "set auth.reset_url and auth.verify_url to the pages that links are to open",
        ));
    }
    let is_production = settings.profile == Profile::Production;
    if is_production && !sends && (auth.reset_url.is_some() || auth.verify_url.is_some()) {
        gaps.push((
            "pages for links are configured, but no mail, so no link is sent",
            "set mail.smtp_url, or mail.hook_url",
        ));
    }
    let can_verify = auth.verify_url.is_some() && (sends || !is_production);
    if auth.require_verified_email && !can_verify {
        gaps.push((
            "only verified email addresses may sign in, but no link that verifies one is sent",
            "set auth.verify_url and mail.smtp_url, or auth.require_verified_email = false; \
             `tasklane user reset-link` makes a link that verifies too",
        ));
    }
    gaps
}
