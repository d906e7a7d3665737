use crate::error::Violation;

/// Longest idempotency key, in characters.
pub const MAX_KEY_LENGTH: usize = 255;

/// What a client calls one creation, so that it can ask for it twice and get one task: 1 to
/// [`MAX_KEY_LENGTH`] visible ASCII characters.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct IdempotencyKey(String);

impl IdempotencyKey {
    /// Checks a key.
    ///
    /// # Errors
    /// `invalid_key`.
    pub fn parse(text: &str) -> Result<Self, Violation> {
        let fits = (1..=MAX_KEY_LENGTH).contains(&text.len());
        if fits && text.bytes().all(|byte| byte.is_ascii_graphic()) {
            return Ok(Self(text.to_owned()));
        }
        let message = format!("must be 1 to {MAX_KEY_LENGTH} visible ASCII characters");
        Err(Violation::new("invalid_key", message).with("max", MAX_KEY_LENGTH as u64))
    }

    /// The key.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_idempotency_key_is_visible_ascii_of_1_to_255_characters() {
        for good in ["a", "~!\"'\\", &"k".repeat(255)] {
            assert_eq!(IdempotencyKey::parse(good).unwrap().as_str(), good);
        }
        for bad in ["", " ", "a b", "a\n", "é", "\u{7f}", &"k".repeat(256)] {
            assert_eq!(
                IdempotencyKey::parse(bad).unwrap_err().code,
                "invalid_key",
                "{bad:?}"
            );
        }
    }
}
