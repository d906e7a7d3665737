//! Access tokens, and whether they still count.

use std::fmt;
use std::time::Duration;

use super::{Origin, Principal, TOKEN_LEEWAY, is_outdated};
use crate::clock::Timestamp;

/// A token for API calls.
#[derive(Clone, PartialEq, Eq)]
pub struct AccessToken {
    /// The signed text.
    pub text: String,
    /// How long it is accepted, whole seconds.
    pub lifetime: Duration,
}

impl fmt::Debug for AccessToken {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("AccessToken")
            .field("lifetime", &self.lifetime)
            .finish_non_exhaustive()
    }
}

/// Whether a user's tokens still count, beside what the tokens say themselves.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct AccessStatus {
    /// Whether the user exists and is not erased.
    pub exists: bool,
    /// Tokens issued at this instant or earlier are refused.
    pub not_before: Option<Timestamp>,
    /// Whether an operator has shut the user out for the time being: every token is refused.
    pub disabled: bool,
    /// Whether the session that was asked for is live; false when none was asked for.
    pub session_live: bool,
}

impl AccessStatus {
    /// Whether a token that was accepted still counts.
    #[must_use]
    pub fn admits(&self, principal: &Principal) -> bool {
        let is_local = principal.actor.origin == Origin::Local;
        let user_ended = is_local && !self.exists;
        let session_ended = principal.session.is_some() && !self.session_live;
        !(user_ended || session_ended || self.disabled || self.outdates(principal))
    }

    /// Whether the token may be from before the user was erased or disabled. One that does not say
    /// when it was issued cannot be shown to be newer. The clock of a trusted issuer may be ahead of
    /// ours by the leeway, and its token then says a later time than that of its issue.
    fn outdates(&self, principal: &Principal) -> bool {
        let Some(not_before) = self.not_before else {
            return false;
        };
        let last = match principal.actor.origin {
            Origin::Local => not_before,
            Origin::Federated(_) => not_before.after(TOKEN_LEEWAY),
        };
        let issued_at = principal.actor.issued_at;
        issued_at.is_none_or(|issued_at| is_outdated(issued_at, Some(last)))
    }
}
