use std::collections::HashSet;
use std::fmt;
use std::sync::LazyLock;

use unicode_normalization::UnicodeNormalization;

use super::Email;
use crate::error::Violation;
use crate::search::fold_case;

/// Shortest password, in characters after normalisation.
pub const MIN_PASSWORD_LENGTH: usize = 8;
/// Longest password, in characters after normalisation.
pub const MAX_PASSWORD_LENGTH: usize = 128;

/// The thousand most common passwords of at least [`MIN_PASSWORD_LENGTH`] characters, one a line.
static COMMON: LazyLock<HashSet<&'static str>> =
    LazyLock::new(|| include_str!("common_passwords.txt").lines().collect());

/// A text that somebody offers as their password, normalised (NFC) and of a bounded length, so that
/// checking it costs a bounded time. Never printed.
#[derive(Clone, PartialEq, Eq)]
pub struct PasswordAttempt(String);

impl PasswordAttempt {
    /// Normalises a text; `None` when it is too long to be anybody's password.
    #[must_use]
    pub fn new(text: &str) -> Option<Self> {
        let normalised: String = text.nfc().take(MAX_PASSWORD_LENGTH + 1).collect();
        (normalised.chars().count() <= MAX_PASSWORD_LENGTH).then_some(Self(normalised))
    }

    /// A candidate for work that must be done though nobody's password can come of it.
    #[must_use]
    pub(crate) fn nobody() -> Self {
        Self(String::new())
    }

    /// The text, to be hashed and nothing else.
    #[must_use]
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for PasswordAttempt {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("PasswordAttempt(…)")
    }
}

/// A new password that is good enough: [`MIN_PASSWORD_LENGTH`] to [`MAX_PASSWORD_LENGTH`]
/// characters of any kind, not the email address and not among the thousand most common.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Password(PasswordAttempt);

impl Password {
    /// Normalises and checks a text.
    ///
    /// # Errors
    /// `too_short`, `too_long`, `equals_email` or `common_password`.
    pub fn parse(text: &str, email: Option<&Email>) -> Result<Self, Violation> {
        let candidate =
            PasswordAttempt::new(text).ok_or_else(|| Violation::too_long(MAX_PASSWORD_LENGTH))?;
        let text = candidate.expose();
        if text.chars().count() < MIN_PASSWORD_LENGTH {
            return Err(Violation::too_short(MIN_PASSWORD_LENGTH));
        }
        let folded = fold_case(text);
        if email.is_some_and(|email| email.key() == folded) {
            return Err(Violation::new(
                "equals_email",
                "must not be the email address",
            ));
        }
        if COMMON.contains(folded.as_str()) {
            let message = "must not be one of the thousand most common passwords";
            return Err(Violation::new("common_password", message));
        }
        Ok(Self(candidate))
    }

    /// The text as it is offered from then on.
    #[must_use]
    pub fn as_candidate(&self) -> &PasswordAttempt {
        &self.0
    }
}

/// What is kept of a password: a PHC string, which names its own algorithm and parameters.
#[derive(Clone, PartialEq, Eq)]
pub struct PasswordHash(String);

impl PasswordHash {
    /// Takes a PHC string.
    #[must_use]
    pub fn new(phc: String) -> Self {
        Self(phc)
    }

    /// The PHC string.
    #[must_use]
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for PasswordHash {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("PasswordHash(…)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn eight_to_128_characters_of_any_kind_are_a_password() {
        assert_eq!(
            Password::parse("1234567", None).unwrap_err().code,
            "too_short"
        );
        assert!(Password::parse("🦀🦀🦀🦀🦀🦀🦀🦀", None).is_ok());
        assert!(Password::parse(&"ä".repeat(128), None).is_ok());
        assert_eq!(
            Password::parse(&"ä".repeat(129), None).unwrap_err().code,
            "too_long"
        );
    }

    #[test]
    fn two_spellings_of_a_character_are_one() {
        let composed = Password::parse("péché mignon", None).unwrap();
        assert_eq!(
            composed,
            Password::parse("pe\u{301}che\u{301} mignon", None).unwrap()
        );
    }

    #[test]
    fn the_email_and_common_passwords_are_refused() {
        let email = Email::parse("ada@example.com").unwrap();
        let error = Password::parse("ADA@example.com", Some(&email)).unwrap_err();
        assert_eq!(error.code, "equals_email");
        assert_eq!(
            Password::parse("Password1", None).unwrap_err().code,
            "common_password"
        );
        assert_eq!(COMMON.len(), 1000);
        assert!(
            COMMON
                .iter()
                .all(|common| common.chars().count() >= MIN_PASSWORD_LENGTH)
        );
    }

    #[test]
    fn nothing_secret_is_printed() {
        let password = Password::parse("correct horse", None).unwrap();
        assert!(!format!("{password:?}").contains("horse"));
        assert!(!format!("{:?}", PasswordHash::new("$argon2id$".into())).contains("argon2id"));
    }
}
