//! The id by which a request is found again.

use actix_web::http::header::{HeaderMap, HeaderName, HeaderValue};
use tasklane_domain::id::IdGenerator;

/// The header that carries it, both ways.
pub(super) const X_REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

const MAX_LENGTH: usize = 128;

/// A request's id: the client's, when it is 1 to 128 characters of `[A-Za-z0-9._-]`, else a new one.
#[derive(Debug, Clone)]
pub struct RequestId(HeaderValue);

impl RequestId {
    /// Takes the client's id or makes one.
    pub(super) fn from_headers(headers: &HeaderMap, ids: &dyn IdGenerator) -> Self {
        let mut given = headers.get_all(&X_REQUEST_ID);
        match (given.next(), given.next()) {
            (Some(value), None) if is_valid(value.as_bytes()) => Self(value.clone()),
            _ => Self::new(ids),
        }
    }

    fn new(ids: &dyn IdGenerator) -> Self {
        let id = ids.next_id().to_string();
        Self(HeaderValue::try_from(id).unwrap_or(HeaderValue::from_static("none")))
    }

    /// The id.
    #[must_use]
    pub fn as_str(&self) -> &str {
        self.0.to_str().unwrap_or_default()
    }

    /// The id as a header's value.
    pub(super) fn to_header(&self) -> HeaderValue {
        self.0.clone()
    }
}

fn is_valid(value: &[u8]) -> bool {
    (1..=MAX_LENGTH).contains(&value.len())
        && value
            .iter()
            .all(|byte| byte.is_ascii_alphanumeric() || b"._-".contains(byte))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_plain_short_ids_are_taken() {
        assert!(is_valid(b"abc.DEF_1-2") && is_valid(&[b'a'; 128]));
        for bad in [
            b"".as_slice(),
            b"a b",
            b"a\"b",
            "ä".as_bytes(),
            &[b'a'; 129],
        ] {
            assert!(!is_valid(bad));
        }
    }
}
