use std::fmt;

use crate::error::Violation;
use crate::search::fold_case;
use crate::text::{check_controls, check_length};

/// Longest email address, in characters (RFC 5321).
pub const MAX_EMAIL_LENGTH: usize = 254;

/// An email address: exactly one `@` with something on both sides, no white space and no control
/// character. Whether it reaches anybody, only a message can tell.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Email(String);

impl Email {
    /// Trims Unicode white space and checks the rest.
    ///
    /// # Errors
    /// `too_long`, `control_character` or `invalid_email`.
    pub fn parse(text: &str) -> Result<Self, Violation> {
        let trimmed = text.trim();
        check_length(trimmed, MAX_EMAIL_LENGTH)?;
        check_controls(trimmed, &[])?;
        let invalid = || {
            Violation::new(
                "invalid_email",
                "must be an email address: name@example.com",
            )
        };
        let (local, domain) = trimmed.split_once('@').ok_or_else(invalid)?;
        let broken = local.is_empty()
            || domain.is_empty()
            || domain.contains('@')
            || trimmed.contains(char::is_whitespace);
        if broken {
            Err(invalid())
        } else {
            Ok(Self(trimmed.to_owned()))
        }
    }

    /// The address as it was given.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The form by which addresses are the same: case is folded.
    #[must_use]
    pub fn key(&self) -> String {
        fold_case(&self.0)
    }
}

impl fmt::Display for Email {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_is_trimmed_and_compared_without_case() {
        let email = Email::parse("  Ada@Example.com\n").unwrap();
        assert_eq!(email.as_str(), "Ada@Example.com");
        assert_eq!(email.key(), Email::parse("aDA@example.COM").unwrap().key());
    }

    #[test]
    fn what_is_no_address_is_refused() {
        for bad in [
            "",
            "ada",
            "@",
            "ada@",
            "@example.com",
            "a@b@c",
            "a b@c",
            "a@b\u{2003}c",
        ] {
            assert_eq!(
                Email::parse(bad).unwrap_err().code,
                "invalid_email",
                "{bad:?}"
            );
        }
        assert_eq!(Email::parse("a@\0").unwrap_err().code, "control_character");
        let longest = format!("{}@b", "é".repeat(252));
        assert!(Email::parse(&longest).is_ok());
        assert_eq!(
            Email::parse(&format!("é{longest}")).unwrap_err().code,
            "too_long"
        );
    }
}
