use std::fmt;

use crate::error::Violation;
use crate::search;
use crate::text::parse_line;

/// Longest title, in characters.
pub const MAX_TITLE_LENGTH: usize = 200;

/// What is to be done: one line of 1 to [`MAX_TITLE_LENGTH`] characters, trimmed, without control
/// characters.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Title(String);

impl Title {
    /// Trims Unicode white space and checks the rest.
    ///
    /// # Errors
    /// `too_short` when nothing is left, `too_long`, or `control_character`.
    pub fn parse(text: impl AsRef<str> + Into<String>) -> Result<Self, Violation> {
        parse_line(text, MAX_TITLE_LENGTH).map(Self)
    }

    /// The text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The form by which titles are searched and sorted (by its bytes).
    #[must_use]
    pub fn key(&self) -> String {
        search::fold(&self.0)
    }
}

impl fmt::Display for Title {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn white_space_around_a_title_is_dropped() {
        assert_eq!(
            Title::parse("\u{3000} Buy milk\n").unwrap().as_str(),
            "Buy milk"
        );
    }

    #[test]
    fn a_title_has_1_to_200_characters() {
        assert_eq!(Title::parse(" \u{a0} ").unwrap_err().code, "too_short");
        assert!(Title::parse("𝒳".repeat(200)).is_ok());
        let error = Title::parse("𝒳".repeat(201)).unwrap_err();
        assert_eq!((error.code, error.params), ("too_long", vec![("max", 200)]));
    }

    #[test]
    fn control_characters_are_refused() {
        for bad in ["a\0b", "a\tb", "a\nb", "a\u{7f}b", "a\u{9b}b"] {
            assert_eq!(
                Title::parse(bad).unwrap_err().code,
                "control_character",
                "{bad:?}"
            );
        }
    }

    proptest::proptest! {
        #[test]
        fn a_parsed_title_parses_to_itself(text in ".*") {
            if let Ok(title) = Title::parse(&text) {
                proptest::prop_assert_eq!(Title::parse(title.as_str()).unwrap(), title);
            }
        }
    }
}
