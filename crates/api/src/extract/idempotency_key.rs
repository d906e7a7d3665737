//! The header `Idempotency-Key`.

use std::future::{Ready, ready};

use actix_web::dev::Payload;
use actix_web::{FromRequest, HttpRequest};
use serde_json::json;
use tasklane_domain::error::Violation;
use tasklane_domain::task::{IdempotencyKey, MAX_KEY_LENGTH};

use crate::error::ApiError;
use crate::operation::{Describe, OperationDescription, Parameter, ParameterPlace};
use crate::problem::ProblemCode;

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
            (Some(_), Some(_)) => Err(Violation::new("duplicate", "must be sent only once")),
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

impl Describe for KeyHeader {
    fn describe(operation: &mut OperationDescription<'_>) {
        let (bare, quoted) = (MAX_KEY_LENGTH - 1, MAX_KEY_LENGTH);
        let pattern =
            format!(r#"^([!#-~][!-~]{{0,{bare}}}|"([!#-\[\]-~]|\\["\\]){{1,{quoted}}}")$"#);
        operation.parameter(&Parameter {
            place: ParameterPlace::Header,
            name: IDEMPOTENCY_KEY,
            meaning: "The client's name for this request: 1 to 255 visible ASCII characters, bare or \
                      as a structured-field string",
            schema: json!({
                "type": "string", "pattern": pattern, "maxLength": 2 * MAX_KEY_LENGTH + 2,
                "examples": ["8e03978e-40d5-43dd-bc93-6894a57f9324"],
            }),
        });
        operation.refuse(&[
            ProblemCode::InvalidParameter,
            ProblemCode::IdempotencyKeyReused,
        ]);
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
    fn a_malformed_key_is_refused() {
        let long = "x".repeat(256);
        for bad in [
            "", r#"""#, r#""""#, r#""a"#, r#""a"b"#, r#""a\x""#, r#""a\""#, "a b", "ä", &long,
        ] {
            assert_eq!(key(bad), None, "{bad}");
        }
    }
}
