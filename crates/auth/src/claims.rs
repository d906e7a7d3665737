use serde_json::Value;

use tasklane_domain::clock::Timestamp;
use tasklane_domain::port::TokenError;
use tasklane_domain::user::TOKEN_LEEWAY;

use crate::members::Members;

/// Longest `sub`, in characters.
const MAX_SUBJECT_LENGTH: usize = 255;

/// Last second of the year 9999, the last one that RFC 3339 can tell.
const MAX_SECONDS: i64 = 253_402_300_799;

const NO_OBJECT: TokenError =
    TokenError::Invalid("the token's payload is not a JSON object, or repeats a claim");

/// The `iss` of a payload that nobody has verified yet: good for finding the key to verify it with.
pub(crate) fn unverified_issuer(payload: &[u8]) -> Result<String, TokenError> {
    let members = Members::read(payload, &["iss"]).ok_or(NO_OBJECT)?;
    let issuer = members.get("iss").and_then(Value::as_str);
    issuer
        .map(str::to_owned)
        .ok_or(TokenError::Invalid("iss is missing, or is not text"))
}

const EMAIL_VERIFIED: [&str; 2] = ["email_verified", "emailVerified"];

/// The claims that are read of a token (RFC 7519 §4.1), each of the right type.
#[derive(Debug)]
pub(crate) struct Claims {
    /// `sub`: 1 to 255 characters without NUL, otherwise opaque.
    pub(crate) subject: String,
    /// `aud`, always as a list.
    pub(crate) audience: Option<Vec<String>>,
    /// `azp`, if it is text.
    pub(crate) authorized_party: Option<String>,
    /// `sid`, whatever it is: issuers use it for things of their own.
    pub(crate) session: Option<Value>,
    /// `exp`.
    pub(crate) expires_at: Timestamp,
    /// `nbf`.
    pub(crate) not_before: Option<Timestamp>,
    /// `iat`.
    pub(crate) issued_at: Option<Timestamp>,
    /// The claim with the email address, if it is text.
    pub(crate) email: Option<String>,
    /// Whether the issuer says that it has verified the claim `email`: `email_verified`, as in the
    /// standard claims of `OpenID` Connect (Core 1.0 §5.1), or Better Auth's `emailVerified`.
    pub(crate) email_verified: bool,
    /// The claim with the name, if it is text.
    pub(crate) name: Option<String>,
}

impl Claims {
    /// Reads a payload whose signature holds.
    pub(crate) fn parse(
        payload: &[u8],
        email_claim: &str,
        name_claim: &str,
    ) -> Result<Self, TokenError> {
        let names = [
            "iss",
            "sub",
            "aud",
            "exp",
            "nbf",
            "iat",
            "sid",
            "azp",
            EMAIL_VERIFIED[0],
            EMAIL_VERIFIED[1],
            email_claim,
            name_claim,
        ];
        let members = Members::read(payload, &names).ok_or(NO_OBJECT)?;
        let text = |name| members.get(name).and_then(Value::as_str).map(str::to_owned);
        Ok(Self {
            subject: text("sub").filter(|subject| is_subject(subject)).ok_or(
                TokenError::Invalid("sub is missing, or is not a text of 1 to 255 characters"),
            )?,
            audience: members.get("aud").map(audience).transpose()?,
            authorized_party: text("azp"),
            session: members.get("sid").cloned(),
            expires_at: time(&members, "exp", "exp is not a time")?
                .ok_or(TokenError::Invalid("exp is missing"))?,
            not_before: time(&members, "nbf", "nbf is not a time")?,
            issued_at: time(&members, "iat", "iat is not a time")?,
            email: text(email_claim),
            email_verified: email_claim == "email"
                && EMAIL_VERIFIED
                    .iter()
                    .any(|name| members.get(name) == Some(&Value::Bool(true))),
            name: text(name_claim),
        })
    }

    /// The instant from which on the token counts, leeway included.
    pub(crate) fn valid_from(&self) -> Option<Timestamp> {
        self.not_before
            .max(self.issued_at)
            .map(|start| start.before(TOKEN_LEEWAY))
    }

    /// The instant at which the token no longer counts, leeway included.
    pub(crate) fn valid_until(&self) -> Timestamp {
        self.expires_at.after(TOKEN_LEEWAY)
    }
}

fn is_subject(text: &str) -> bool {
    (1..=MAX_SUBJECT_LENGTH).contains(&text.chars().count()) && !text.contains('\0')
}

fn audience(value: &Value) -> Result<Vec<String>, TokenError> {
    let one = |value: &Value| value.as_str().map(str::to_owned);
    let audiences = match value {
        Value::Array(values) => values.iter().map(one).collect(),
        value => one(value).map(|audience| vec![audience]),
    };
    audiences.ok_or(TokenError::Invalid(
        "aud is neither text nor a list of texts",
    ))
}

/// A `NumericDate`: seconds since 1970, whole or not, up to the year 9999.
fn time(
    members: &Members<'_>,
    name: &str,
    problem: &'static str,
) -> Result<Option<Timestamp>, TokenError> {
    let Some(value) = members.get(name) else {
        return Ok(None);
    };
    let micros = match (value.as_i64(), value.as_f64()) {
        (Some(seconds), _) if (0..=MAX_SECONDS).contains(&seconds) => Some(seconds * 1_000_000),
        (None, Some(seconds)) => fraction_to_micros(seconds),
        _ => None,
    };
    let instant = micros.and_then(Timestamp::from_micros);
    instant.map(Some).ok_or(TokenError::Invalid(problem))
}

#[expect(
    clippy::cast_possible_truncation,
    reason = "the range is checked, NaN is in none"
)]
#[expect(clippy::cast_precision_loss, reason = "the limit is far below 2^53")]
fn fraction_to_micros(seconds: f64) -> Option<i64> {
    let in_range = (0.0..=MAX_SECONDS as f64).contains(&seconds);
    in_range.then(|| (seconds * 1e6).floor() as i64)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(json: &str) -> Result<Claims, TokenError> {
        Claims::parse(json.as_bytes(), "email", "name")
    }

    #[test]
    fn times_may_be_whole_or_fractional() {
        let cases = [
            ("0", 0),
            ("1700000000", 1_700_000_000_000_000),
            ("1700000000.5", 1_700_000_000_500_000),
            ("1.7e9", 1_700_000_000_000_000),
            ("253402300799", 253_402_300_799_000_000),
        ];
        for (text, micros) in cases {
            let claims = parse(&format!(r#"{{"sub": "x", "exp": {text}}}"#)).unwrap();
            assert_eq!(claims.expires_at.as_micros(), micros, "{text}");
        }
    }

    #[test]
    fn what_is_no_time_is_refused() {
        for name in ["exp", "nbf", "iat"] {
            for text in [
                "\"1700000000\"",
                "null",
                "true",
                "[1700000000]",
                "{}",
                "-1",
                "-0.5",
                "253402300800",
                "9223372036854775807",
                "9223372036854775808",
                "18446744073709551616",
                "1e300",
                "1e400",
                "-1e300",
                "NaN",
                "Infinity",
                "0x10",
                "1_000",
                "01",
                ".5",
            ] {
                let others = if name == "exp" { "" } else { "\"exp\": 1, " };
                let json = format!(r#"{{"sub": "x", {others} "{name}": {text}}}"#);
                assert!(parse(&json).is_err(), "{json}");
            }
        }
    }

    #[test]
    fn a_subject_is_opaque_text_of_1_to_255_characters() {
        let of_length = |length| format!(r#"{{"sub": "{}", "exp": 1}}"#, "é".repeat(length));
        assert!(parse(&of_length(1)).is_ok());
        assert!(parse(&of_length(255)).is_ok());
        for json in [
            of_length(0),
            of_length(256),
            r#"{"exp": 1}"#.to_owned(),
            r#"{"exp": 1, "sub": 42}"#.to_owned(),
            r#"{"exp": 1, "sub": null}"#.to_owned(),
            r#"{"exp": 1, "sub": ["x"]}"#.to_owned(),
            r#"{"exp": 1, "sub": "a\u0000b"}"#.to_owned(),
        ] {
            assert!(parse(&json).is_err(), "{json}");
        }
    }

    #[test]
    fn an_audience_is_text_or_a_list_of_texts() {
        let of = |aud| parse(&format!(r#"{{"sub": "x", "exp": 1, "aud": {aud}}}"#));
        assert_eq!(of("\"a\"").unwrap().audience, Some(vec!["a".to_owned()]));
        assert_eq!(of("[\"a\", \"b\"]").unwrap().audience.unwrap().len(), 2);
        assert_eq!(of("[]").unwrap().audience, Some(Vec::new()));
        for aud in ["null", "1", "{}", "[\"a\", 1]", "[[\"a\"]]"] {
            assert!(of(aud).is_err(), "{aud}");
        }
    }

    #[test]
    fn mapped_claims_may_have_any_name_and_any_shape() {
        let json = br#"{"sub": "x", "exp": 1, "https://a/e": "ada@example.com", "nick": 7}"#;
        let claims = Claims::parse(json, "https://a/e", "nick").unwrap();
        assert_eq!(claims.email.as_deref(), Some("ada@example.com"));
        assert_eq!(claims.name, None);
        let claims = Claims::parse(json, "https://a/e", "sub").unwrap();
        assert_eq!(claims.name.as_deref(), Some("x"));
    }
}
