use crate::error::Violation;
use crate::search;
use crate::text::{check_controls, check_length};

/// Longest description, in characters.
pub const MAX_DESCRIPTION_LENGTH: usize = 10_000;

/// More about a task: at most [`MAX_DESCRIPTION_LENGTH`] characters, kept to the byte; line feed,
/// carriage return and tab are its only control characters.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Description(String);

impl Description {
    /// Checks a text. `None` when it is blank.
    ///
    /// # Errors
    /// `too_long` or `control_character`.
    pub fn parse(text: impl AsRef<str> + Into<String>) -> Result<Option<Self>, Violation> {
        check_length(text.as_ref(), MAX_DESCRIPTION_LENGTH)?;
        check_controls(text.as_ref(), &['\n', '\r', '\t'])?;
        let is_blank = text.as_ref().trim().is_empty();
        Ok((!is_blank).then(|| Self(text.into())))
    }

    /// The text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The form in which it is searched.
    #[must_use]
    pub fn key(&self) -> String {
        search::fold(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_description_is_kept_to_the_byte() {
        let text = "  two\r\n\tlines  ";
        assert_eq!(Description::parse(text).unwrap().unwrap().as_str(), text);
    }

    #[test]
    fn a_blank_description_is_none() {
        assert_eq!(Description::parse("").unwrap(), None);
        assert_eq!(Description::parse(" \n\u{2003}\t").unwrap(), None);
    }

    #[test]
    fn length_and_control_characters_are_checked() {
        assert!(Description::parse("ü".repeat(10_000)).is_ok());
        assert_eq!(
            Description::parse("ü".repeat(10_001)).unwrap_err().code,
            "too_long"
        );
        for bad in ["a\0", "a\u{b}", "a\u{7f}", "a\u{85}b"] {
            assert_eq!(
                Description::parse(bad).unwrap_err().code,
                "control_character",
                "{bad:?}"
            );
        }
    }
}
