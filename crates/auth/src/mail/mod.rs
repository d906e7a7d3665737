//! How links reach users: by SMTP, by a request to somebody who sends mail, or, in development, by
//! the log.
//!
//! Requests for links wait in a [`BackgroundMail`], so that no answer tells by its time whether there
//! is an account.

mod background;
mod log;
mod smtp;
mod text;
mod webhook;

pub use background::BackgroundMail;
pub use log::LogMailer;
pub use smtp::{SmtpError, SmtpMailer};
pub use webhook::{HookError, HookSecret, WebhookMailer};

use std::time::Duration;

/// How long handing one mail over may take.
const TIME_OUT: Duration = Duration::from_secs(15);
