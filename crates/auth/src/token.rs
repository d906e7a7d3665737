use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

use tasklane_domain::port::TokenError;

use crate::header::Header;

/// Longest token, in bytes; a longer one is refused unread.
pub const MAX_TOKEN_LENGTH: usize = 8 * 1024;

/// A token taken apart (JWS Compact Serialization, RFC 7515 §7.1). Nothing in it is verified yet.
pub(crate) struct Token<'t> {
    pub(crate) header: Header,
    /// The payload's bytes, not yet read as JSON.
    pub(crate) payload: Vec<u8>,
    /// What the signature covers: header and payload as they stand in the token.
    pub(crate) signed: &'t str,
    /// The signature.
    pub(crate) signature: Vec<u8>,
}

impl<'t> Token<'t> {
    /// Takes a token apart: three parts, none empty, each base64url without padding, without unused
    /// bits set and without a stray character, so that a token has one spelling only.
    pub(crate) fn parse(text: &'t str) -> Result<Self, TokenError> {
        if text.len() > MAX_TOKEN_LENGTH {
            return Err(TokenError::Invalid("the token is longer than 8 KiB"));
        }
        let (signed, signature) = text.rsplit_once('.').ok_or(TokenError::NotAToken)?;
        let (header, payload) = signed.split_once('.').ok_or(TokenError::NotAToken)?;
        if payload.contains('.') {
            return Err(TokenError::NotAToken);
        }
        Ok(Self {
            header: Header::parse(&decode(header)?)?,
            payload: decode(payload)?,
            signed,
            signature: decode(signature)?,
        })
    }
}

fn decode(part: &str) -> Result<Vec<u8>, TokenError> {
    if part.is_empty() {
        return Err(TokenError::Invalid("a part of the token is empty"));
    }
    URL_SAFE_NO_PAD
        .decode(part)
        .map_err(|_| TokenError::Invalid("a part of the token is not canonical base64url"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn error(text: &str) -> TokenError {
        Token::parse(text).err().unwrap()
    }

    #[test]
    fn what_has_not_three_parts_is_no_token() {
        for text in [
            "",
            "a",
            "a.b",
            "a.b.c.d",
            "a.b.c.d.e",
            "q3vN8rT2mK5wX9zB4cF7hJ1lP6sD0gA2",
        ] {
            assert_eq!(error(text), TokenError::NotAToken, "{text}");
        }
    }

    #[test]
    fn a_token_that_is_too_long_is_refused_unread() {
        let error = error(&"a".repeat(MAX_TOKEN_LENGTH + 1));
        assert_eq!(error, TokenError::Invalid("the token is longer than 8 KiB"));
    }

    #[test]
    fn a_part_has_one_spelling() {
        let (header, payload) = ("eyJhbGciOiJIUzI1NiJ9", "e30");
        assert!(Token::parse(&format!("{header}.{payload}.AA")).is_ok());
        for signature in [
            "", "A", "AB", "AA==", "AA=", " AA", "AA\n", "A A", "+/+/", "AA%3D", "é",
        ] {
            let text = format!("{header}.{payload}.{signature}");
            assert!(
                matches!(error(&text), TokenError::Invalid(_)),
                "{signature:?}"
            );
        }
        for text in [
            ".e30.AA",
            "eyJhbGciOiJIUzI1NiJ9..AA",
            "..",
            " eyJhbGciOiJIUzI1NiJ9.e30.AA",
        ] {
            assert!(matches!(error(text), TokenError::Invalid(_)), "{text:?}");
        }
    }
}
