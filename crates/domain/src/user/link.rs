//! Links that are sent to an account's address, and what they are good for.

use std::fmt;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use uuid::Uuid;

use super::{Secret, SecretHash};
use crate::clock::Timestamp;
use crate::id::UserId;

/// What a link lets its holder do.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum LinkPurpose {
    /// Set another password without the current one.
    PasswordReset,
    /// Show that the account's address reaches its user.
    EmailVerification,
}

impl LinkPurpose {
    /// Its name, as stores keep it and as those who send mail themselves get it.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::PasswordReset => "password_reset",
            Self::EmailVerification => "email_verification",
        }
    }
}

impl fmt::Display for LinkPurpose {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.as_str())
    }
}

/// What a link carries. It names its user so that a store finds the link by its owner.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LinkToken {
    /// Whose account.
    pub user: UserId,
    /// The proof.
    pub secret: Secret,
}

impl LinkToken {
    /// The text that the link carries: user and secret, as URL-safe base64 without padding. To be
    /// given to the user and nobody else.
    #[must_use]
    pub fn expose(&self) -> String {
        let user = self.user.as_uuid();
        let parts: [&[u8]; 2] = [user.as_bytes(), self.secret.expose()];
        URL_SAFE_NO_PAD.encode(parts.concat())
    }

    /// The token behind a text; `None` when it is not one.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let mut bytes = [0; 48];
        let length = URL_SAFE_NO_PAD.decode_slice(text, &mut bytes).ok()?;
        let (user, secret) = bytes.get(..length)?.split_at_checked(16)?;
        Some(Self {
            user: UserId::new(Uuid::from_slice(user).ok()?),
            secret: Secret::new(secret.try_into().ok()?),
        })
    }
}

/// A link that is to be kept until it is used.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct NewLink {
    /// What it is good for.
    pub purpose: LinkPurpose,
    /// What is kept of its secret.
    pub secret: SecretHash,
    /// From when on it is good for nothing.
    pub expires_at: Timestamp,
}

impl NewLink {
    /// Whether a secret that is presented is the link's, in time.
    #[must_use]
    pub fn admits(&self, attempt: &LinkUse) -> bool {
        self.secret == attempt.secret && attempt.at < self.expires_at
    }
}

/// A secret that is presented for what a link is good for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LinkUse {
    /// The secret's hash.
    pub secret: SecretHash,
    /// Now.
    pub at: Timestamp,
}

/// The pages that links lead to, as absolute URLs.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct LinkAddresses {
    /// Where a new password is chosen; `None` where no such link can be made.
    pub password_reset: Option<String>,
    /// Where an address is verified; `None` where no such link can be made.
    pub email_verification: Option<String>,
}

impl LinkAddresses {
    /// The link to the page for that purpose; `None` when there is no such page. The token is the
    /// parameter `token` of the query, or of the fragment if the page's URL ends in `#`.
    #[must_use]
    pub fn link(&self, purpose: LinkPurpose, token: &LinkToken) -> Option<String> {
        let page = self.page(purpose)?;
        // A page that a script chooses by the fragment has its query there.
        let last_part = page.rsplit('#').next().unwrap_or_default();
        let separator = match (page.ends_with('#'), last_part.contains('?')) {
            (true, _) => "",
            (false, true) => "&",
            (false, false) => "?",
        };
        Some(format!("{page}{separator}token={}", token.expose()))
    }

    /// The page for that purpose.
    #[must_use]
    pub fn page(&self, purpose: LinkPurpose) -> Option<&str> {
        match purpose {
            LinkPurpose::PasswordReset => self.password_reset.as_deref(),
            LinkPurpose::EmailVerification => self.email_verification.as_deref(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn token() -> LinkToken {
        LinkToken {
            user: UserId::new(Uuid::from_u128(1)),
            secret: Secret::new([0xab; 32]),
        }
    }

    #[test]
    fn a_token_reads_back_and_nothing_else_is_one() {
        let text = token().expose();
        assert_eq!(LinkToken::parse(&text), Some(token()));
        for bad in [
            "",
            "x",
            &text[1..],
            &format!("{text}A"),
            &text.replace('q', "+"),
            &"A".repeat(10_000),
        ] {
            assert_eq!(LinkToken::parse(bad), None, "{bad}");
        }
    }

    #[test]
    fn a_token_is_not_printed() {
        let debugged = format!("{:?}", token());
        assert!(!debugged.contains("171") && !debugged.contains(&token().expose()));
    }

    #[test]
    fn a_link_has_its_token_where_the_page_looks_for_it() {
        for (page, start) in [
            ("https://a.example/reset", "https://a.example/reset?token="),
            ("https://a.example/reset#", "https://a.example/reset#token="),
            ("https://a.example/?l=en", "https://a.example/?l=en&token="),
            (
                "https://a.example/#/reset",
                "https://a.example/#/reset?token=",
            ),
            (
                "https://a.example/?l=en#/reset",
                "https://a.example/?l=en#/reset?token=",
            ),
        ] {
            let addresses = LinkAddresses {
                password_reset: Some(page.to_owned()),
                email_verification: None,
            };
            let link = addresses.link(LinkPurpose::PasswordReset, &token());
            assert_eq!(link, Some(format!("{start}{}", token().expose())));
            let none = addresses.link(LinkPurpose::EmailVerification, &token());
            assert_eq!(none, None);
        }
    }
}
