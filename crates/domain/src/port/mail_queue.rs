use crate::user::{LinkPurpose, MailRequest};

/// Takes requests for mail, to be looked after in the background.
#[cfg_attr(feature = "testing", mockall::automock)]
pub trait MailQueue: Send + Sync {
    /// Whether there is a way to send such links at all.
    fn serves(&self, purpose: LinkPurpose) -> bool;

    /// Takes a request and MUST return at once, so that the time tells nothing about the account. One
    /// too many is dropped.
    fn push(&self, request: MailRequest);
}

/// Sends nothing.
#[derive(Debug, Clone, Copy, Default)]
pub struct NoMail;

impl MailQueue for NoMail {
    fn serves(&self, _: LinkPurpose) -> bool {
        false
    }

    fn push(&self, _: MailRequest) {}
}
