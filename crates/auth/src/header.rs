use jsonwebtoken::Algorithm;
use serde_json::Value;

use tasklane_domain::port::TokenError;

use crate::members::Members;

/// What counts of a token's header (JOSE header, RFC 7515 §4). Keys and addresses of keys in a
/// header (`jwk`, `jku`, `x5c`, `x5u`) are never looked at: a token cannot vouch for itself.
#[derive(Debug)]
pub(crate) struct Header {
    /// How it claims to be signed.
    pub(crate) algorithm: Algorithm,
    /// Which of the issuer's keys signed it.
    pub(crate) key_id: Option<String>,
}

impl Header {
    /// Reads a header. What would change the meaning of the rest (`crit`, `b64`, `zip`) is refused.
    pub(crate) fn parse(json: &[u8]) -> Result<Self, TokenError> {
        let members = Members::read(json, &["alg", "kid", "typ", "crit", "b64", "zip"]).ok_or(
            TokenError::Invalid("the token's header is not a JSON object, or repeats a member"),
        )?;
        if ["crit", "b64", "zip"]
            .iter()
            .any(|name| members.get(name).is_some())
        {
            return Err(TokenError::Invalid(
                "the token's header asks for an extension",
            ));
        }
        if !members.get("typ").is_none_or(is_accepted_type) {
            return Err(TokenError::Invalid(
                "the token's typ is neither JWT nor at+jwt",
            ));
        }
        let algorithm = members
            .get("alg")
            .and_then(Value::as_str)
            .and_then(|name| name.parse().ok())
            .ok_or(TokenError::Invalid("the token's algorithm is not accepted"))?;
        let key_id = match members.get("kid") {
            None => None,
            Some(Value::String(id)) => Some(id.clone()),
            Some(_) => return Err(TokenError::Invalid("the token's kid is not text")),
        };
        Ok(Self { algorithm, key_id })
    }
}

/// Media types are compared without case, and may leave out `application/` (RFC 7515 §4.1.9).
fn is_accepted_type(value: &Value) -> bool {
    let Some(text) = value.as_str().map(str::to_ascii_lowercase) else {
        return false;
    };
    matches!(
        text.strip_prefix("application/").unwrap_or(&text),
        "jwt" | "at+jwt"
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_header_is_read_and_embedded_keys_are_ignored() {
        let json = br#"{"alg": "ES256", "kid": "k1", "typ": "JWT", "cty": "x", "jku": 1, "jwk": {},
            "x5u": "https://example.com", "x5c": []}"#;
        let header = Header::parse(json).unwrap();
        assert_eq!(header.algorithm, Algorithm::ES256);
        assert_eq!(header.key_id.as_deref(), Some("k1"));
    }

    #[test]
    fn types_are_compared_without_case_and_without_their_tree() {
        for typ in [
            "JWT",
            "jwt",
            "at+jwt",
            "AT+JWT",
            "application/at+jwt",
            "Application/JWT",
        ] {
            let json = format!(r#"{{"alg": "HS256", "typ": "{typ}"}}"#);
            assert!(Header::parse(json.as_bytes()).is_ok(), "{typ}");
        }
        for typ in [
            "\"JOSE\"",
            "\"dpop+jwt\"",
            "\"\"",
            "\"jwt \"",
            "null",
            "1",
            "[\"JWT\"]",
        ] {
            let json = format!(r#"{{"alg": "HS256", "typ": {typ}}}"#);
            assert!(Header::parse(json.as_bytes()).is_err(), "{typ}");
        }
    }

    #[test]
    fn algorithms_are_compared_to_the_letter() {
        for alg in [
            "\"none\"",
            "\"hs256\"",
            "\"HS256 \"",
            "\"ES256K\"",
            "\"dir\"",
            "null",
            "256",
        ] {
            assert!(
                Header::parse(format!(r#"{{"alg": {alg}}}"#).as_bytes()).is_err(),
                "{alg}"
            );
        }
        assert!(Header::parse(b"{}").is_err());
    }
}
