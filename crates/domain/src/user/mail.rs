//! What is sent to users.

use std::fmt;
use std::time::Duration;

use super::{Email, LinkPurpose};

/// A request for a link. Whether such an account exists is looked up later, so that the answer to the
/// request cannot reveal it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MailRequest {
    /// What the link is to be good for.
    pub purpose: LinkPurpose,
    /// The address of the account.
    pub to: Email,
}

/// A mail with a link.
#[derive(Clone, PartialEq, Eq)]
pub struct Mail {
    /// What the link is good for, which decides the mail's text.
    pub template: LinkPurpose,
    /// The account's address.
    pub to: Email,
    /// The link, which is a secret of the account's user.
    pub link: String,
    /// How long the link is good.
    pub lifetime: Duration,
}

impl fmt::Debug for Mail {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("Mail")
            .field("template", &self.template)
            .field("to", &self.to)
            .finish_non_exhaustive()
    }
}
