use crate::error::Violation;
use crate::text::parse_line;

/// Longest name, in characters.
pub const MAX_NAME_LENGTH: usize = 200;

/// How a user wants to be called: one line of 1 to [`MAX_NAME_LENGTH`] characters, trimmed, without
/// control characters.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Name(String);

impl Name {
    /// Trims Unicode white space and checks the rest.
    ///
    /// # Errors
    /// `too_short` when nothing is left, `too_long`, or `control_character`.
    pub fn parse(text: &str) -> Result<Self, Violation> {
        parse_line(text, MAX_NAME_LENGTH).map(Self)
    }

    /// The name.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}
