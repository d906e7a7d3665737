//! Query parameters: a type has a member for each, and everything wrong is reported at once.

use std::future::{Ready, ready};

use actix_web::dev::Payload;
use actix_web::{FromRequest, HttpRequest};
use deserr::Deserr;
use percent_encoding::{NON_ALPHANUMERIC, percent_decode_str, utf8_percent_encode};
use serde_json::{Map, Value};
use tasklane_domain::error::Violation;
use utoipa::ToSchema;

use super::FieldErrors;
use crate::error::ApiError;
use crate::operation::{Describe, OperationDescription};
use crate::problem::{FieldError, Location};

/// The query string, read into `T`.
pub struct Query<T> {
    /// The parameters.
    pub value: T,
    pairs: Vec<(String, String)>,
}

impl<T> Query<T> {
    /// The query string again, with another value of one parameter.
    #[must_use]
    pub fn with(&self, name: &str, value: &str) -> String {
        let kept = self.pairs.iter().filter(|(other, _)| other != name);
        let pairs: Vec<_> = kept
            .map(|(name, value)| (name.as_str(), value.as_str()))
            .chain([(name, value)])
            .map(|(name, value)| format!("{name}={}", utf8_percent_encode(value, UNRESERVED_ONLY)))
            .collect();
        pairs.join("&")
    }
}

/// Everything but letters, digits and what needs no encoding anywhere (RFC 3986, section 2.3).
const UNRESERVED_ONLY: &percent_encoding::AsciiSet = &NON_ALPHANUMERIC
    .remove(b'-')
    .remove(b'_')
    .remove(b'.')
    .remove(b'~');

impl<T: Deserr<FieldErrors>> FromRequest for Query<T> {
    type Error = ApiError;
    type Future = Ready<Result<Self, ApiError>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        ready(read(request.query_string()))
    }
}

impl<T: ToSchema> Describe for Query<T> {
    fn describe(operation: &mut OperationDescription<'_>) {
        operation.query::<T>();
    }
}

fn read<T: Deserr<FieldErrors>>(query: &str) -> Result<Query<T>, ApiError> {
    let (pairs, mut errors) = split(query);
    let value = to_value(&pairs);
    match deserr::deserialize::<T, _, FieldErrors>(value.clone()) {
        Ok(parsed) if errors.is_empty() => {
            return Ok(Query {
                value: parsed,
                pairs,
            });
        }
        Ok(_) => {}
        Err(found) => {
            let found = found.into_listed().into_iter();
            errors.extend(found.map(|error| of_parameter(error, &value)));
        }
    }
    Err(ApiError::Parameters(errors))
}

fn split(query: &str) -> (Vec<(String, String)>, Vec<FieldError>) {
    let mut pairs = Vec::new();
    let mut errors = Vec::new();
    for part in query.split('&').filter(|part| !part.is_empty()) {
        let (name, value) = part.split_once('=').unwrap_or((part, ""));
        match (decode(name), decode(value)) {
            (Some(name), Some(value)) => pairs.push((name, value)),
            (decoded, _) => {
                let name = decoded.unwrap_or_else(|| name.to_owned());
                let message = "must be percent-encoded UTF-8 without NUL";
                errors.push(FieldError::parameter(
                    name,
                    Violation::new("malformed", message),
                ));
            }
        }
    }
    (pairs, errors)
}

/// The parameters as an object: one that is given several times is an array.
fn to_value(pairs: &[(String, String)]) -> Value {
    let mut members = Map::new();
    for (name, value) in pairs {
        let value = Value::String(value.clone());
        match members.get_mut(name) {
            None => drop(members.insert(name.clone(), value)),
            Some(Value::Array(values)) => values.push(value),
            Some(first) => *first = Value::Array(vec![first.take(), value]),
        }
    }
    Value::Object(members)
}

/// A finding about a member of the object, as one about a parameter.
fn of_parameter(error: FieldError, value: &Value) -> FieldError {
    let Location::Pointer(pointer) = &error.location else {
        return error;
    };
    let is_repeated = value.pointer(pointer).is_some_and(Value::is_array);
    let name = pointer.split('/').nth(1).unwrap_or_default();
    let name = name.replace("~1", "/").replace("~0", "~");
    let violation = match error.violation.code {
        "unknown_field" => Violation::new("unknown_parameter", "is not a known parameter"),
        "wrong_type" if is_repeated => Violation::new("duplicate", "must be given only once"),
        _ => error.violation,
    };
    FieldError::parameter(name, violation)
}

/// Form decoding (WHATWG URL, section 5.1), but strict: text that is not UTF-8 is refused.
fn decode(text: &str) -> Option<String> {
    let spaced = text.replace('+', " ");
    let decoded = percent_decode_str(&spaced).decode_utf8().ok()?;
    (!decoded.contains('\0')).then(|| decoded.into_owned())
}

#[cfg(test)]
mod tests {
    use super::*;
    use tasklane_domain::page::PageLimit;

    use crate::extract::Many;

    #[derive(Deserr)]
    #[deserr(error = FieldErrors, deny_unknown_fields)]
    struct Parameters {
        #[deserr(default)]
        limit: Option<PageLimit>,
        #[deserr(default)]
        q: Option<String>,
        #[deserr(default)]
        tag: Many<String>,
    }

    fn errors(query: &str) -> Vec<&'static str> {
        let Err(error) = read::<Parameters>(query) else {
            return vec![];
        };
        error
            .problem()
            .errors
            .iter()
            .map(|error| error.violation.code)
            .collect()
    }

    #[test]
    fn everything_wrong_is_reported_at_once() {
        assert_eq!(errors("limit=5&tag=a&tag=b&q="), [""; 0]);
        let mut found = errors("limit=0&q=%ff&x=1&q=a&q=b");
        found.sort_unstable();
        assert_eq!(
            found,
            [
                "duplicate",
                "malformed",
                "out_of_range",
                "unknown_parameter"
            ]
        );
    }

    #[test]
    fn plus_and_percent_are_decoded_and_nul_is_refused() {
        let parameters = read::<Parameters>("q=a+b%2B%C3%A4").unwrap().value;
        assert_eq!(parameters.q.as_deref(), Some("a b+ä"));
        assert_eq!(errors("q=%00"), ["malformed"]);
    }

    #[test]
    fn a_repeatable_parameter_is_given_any_number_of_times() {
        let tags = |query| read::<Parameters>(query).unwrap().value.tag.0;
        assert_eq!(tags(""), [""; 0]);
        assert_eq!(tags("tag=a"), ["a"]);
        assert_eq!(tags("tag=a&limit=3&tag=b"), ["a", "b"]);
    }

    #[test]
    fn a_limit_is_plain_digits_in_range() {
        for bad in [
            "",
            "0",
            "101",
            "+5",
            "-1",
            "5.0",
            "٣",
            "99999999999999999999",
        ] {
            assert_eq!(errors(&format!("limit={bad}")).len(), 1, "{bad}");
        }
        let limit = read::<Parameters>("limit=100").unwrap().value.limit;
        assert_eq!(limit.unwrap().get(), 100);
    }

    #[test]
    fn the_query_is_repeated_with_another_value() {
        let query = read::<Parameters>("q=a+b&tag=%C3%A4&limit=3").unwrap();
        assert_eq!(query.with("limit", "4"), "q=a%20b&tag=%C3%A4&limit=4");
    }
}
