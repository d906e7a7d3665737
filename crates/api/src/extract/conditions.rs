//! Headers that change what a request means.

use std::convert::Infallible;
use std::future::{Ready, ready};

use actix_web::dev::Payload;
use actix_web::http::header;
use actix_web::{FromRequest, HttpRequest};
use tasklane_domain::error::Violation;
use tasklane_domain::task::IdempotencyKey;
use tasklane_domain::task::Precondition;

use crate::error::ApiError;
use crate::etag::Condition;

/// The precondition that `If-Match` makes.
pub struct IfMatch(pub Precondition);

impl FromRequest for IfMatch {
    type Error = ApiError;
    type Future = Ready<Result<Self, ApiError>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        let condition = Condition::from_headers(request.headers(), &header::IF_MATCH);
        ready(condition.map(|condition| {
            Self(condition.map_or(Precondition::None, |condition| condition.to_precondition()))
        }))
    }
}

/// What the client knows already, by `If-None-Match`.
pub struct IfNoneMatch(pub Option<Condition>);

impl FromRequest for IfNoneMatch {
    type Error = ApiError;
    type Future = Ready<Result<Self, ApiError>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        ready(Condition::from_headers(request.headers(), &header::IF_NONE_MATCH).map(Self))
    }
}

/// The key in `Idempotency-Key`, bare or as a structured-field string (RFC 9651, section 3.3.3).
pub struct KeyHeader(pub Option<IdempotencyKey>);

const IDEMPOTENCY_KEY: &str = "Idempotency-Key";

impl FromRequest for KeyHeader {
    type Error = ApiError;
    type Future = Ready<Result<Self, ApiError>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        let mut lines = request.headers().get_all(IDEMPOTENCY_KEY);
        let key = match (lines.next(), lines.next()) {
            (None, _) => Ok(None),
            (Some(line), None) => parse_key(line.as_bytes()).map(Some),
            (Some(_), Some(_)) => Err(Violation::new("duplicate", "must stand only once")),
        };
        let key = key.map_err(|violation| ApiError::parameter(IDEMPOTENCY_KEY, violation));
        ready(key.map(Self))
    }
}

fn parse_key(line: &[u8]) -> Result<IdempotencyKey, Violation> {
    let text = std::str::from_utf8(line.trim_ascii()).unwrap_or_default();
    match text.strip_prefix('"') {
        None => IdempotencyKey::parse(text),
        Some(rest) => IdempotencyKey::parse(&unquote(rest).ok_or_else(|| {
            Violation::new(
                "malformed",
                "must be a whole structured-field string when quoted",
            )
        })?),
    }
}

/// The content of a structured-field string whose opening quote is gone.
fn unquote(rest: &str) -> Option<String> {
    let inner = rest.strip_suffix('"')?;
    let mut content = String::with_capacity(inner.len());
    let mut escaped = false;
    for c in inner.chars() {
        match (escaped, c) {
            (true, '"' | '\\') => {
                content.push(c);
                escaped = false;
            }
            (true, _) | (false, '"') => return None,
            (false, '\\') => escaped = true,
            (false, c) => content.push(c),
        }
    }
    (!escaped).then_some(content)
}

/// What the client calls itself.
pub struct UserAgent(pub Option<String>);

impl FromRequest for UserAgent {
    type Error = Infallible;
    type Future = Ready<Result<Self, Infallible>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        let value = request.headers().get(header::USER_AGENT);
        let text = value
            .and_then(|value| value.to_str().ok())
            .map(ToOwned::to_owned);
        ready(Ok(Self(text)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key(line: &str) -> Option<String> {
        parse_key(line.as_bytes())
            .ok()
            .map(|key| key.as_str().to_owned())
    }

    #[test]
    fn a_key_is_bare_or_quoted() {
        assert_eq!(key("8e03978e-40d5").as_deref(), Some("8e03978e-40d5"));
        assert_eq!(key(r#""8e03978e-40d5""#).as_deref(), Some("8e03978e-40d5"));
        assert_eq!(key(r#""a\"b\\c""#).as_deref(), Some(r#"a"b\c"#));
    }

    #[test]
    fn what_is_neither_is_refused() {
        let long = "x".repeat(256);
        for bad in [
            "", r#"""#, r#""""#, r#""a"#, r#""a"b"#, r#""a\x""#, r#""a\""#, "a b", "ä", &long,
        ] {
            assert_eq!(key(bad), None, "{bad}");
        }
    }
}
