//! Query parameters: nothing unknown, nothing twice, all findings at once.

use std::future::{Ready, ready};
use std::marker::PhantomData;

use actix_web::dev::Payload;
use actix_web::{FromRequest, HttpRequest};
use percent_encoding::{NON_ALPHANUMERIC, percent_decode_str, utf8_percent_encode};
use tasklane_domain::error::Violation;

use crate::error::ApiError;
use crate::problem::FieldError;

/// The parameters that an operation takes.
pub trait ParameterNames {
    /// Those that may be given once.
    const SINGLE: &'static [&'static str];
    /// Those that may be given again and again.
    const REPEATABLE: &'static [&'static str] = &[];
}

impl ParameterNames for () {
    const SINGLE: &'static [&'static str] = &[];
}

/// The query string, split and decoded, with what was found wrong with it so far.
pub struct Parameters<N> {
    pairs: Vec<(String, String)>,
    errors: Vec<FieldError>,
    names: PhantomData<N>,
}

impl<N: ParameterNames> FromRequest for Parameters<N> {
    type Error = ApiError;
    type Future = Ready<Result<Self, ApiError>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        ready(Ok(Self::read(request.query_string())))
    }
}

impl<N: ParameterNames> Parameters<N> {
    fn read(query: &str) -> Self {
        let mut parameters = Self {
            pairs: Vec::new(),
            errors: Vec::new(),
            names: PhantomData,
        };
        for part in query.split('&').filter(|part| !part.is_empty()) {
            let (name, value) = part.split_once('=').unwrap_or((part, ""));
            match (decode(name), decode(value)) {
                (Some(name), Some(value)) => parameters.add(name, value),
                (name, _) => parameters.refuse(
                    name.as_deref().unwrap_or(name_or_query(part)),
                    Violation::new("malformed", "must be percent-encoded UTF-8 without NUL"),
                ),
            }
        }
        parameters
    }

    fn add(&mut self, name: String, value: String) {
        let repeatable = N::REPEATABLE.contains(&name.as_str());
        if !repeatable && !N::SINGLE.contains(&name.as_str()) {
            self.refuse(
                &name,
                Violation::new("unknown_parameter", "is not a known parameter"),
            );
        } else if !repeatable && self.pairs.iter().any(|(other, _)| *other == name) {
            self.refuse(
                &name,
                Violation::new("duplicate", "must be given only once"),
            );
        } else {
            self.pairs.push((name, value));
        }
    }

    /// Notes that a parameter breaks a rule.
    pub fn refuse(&mut self, name: &str, violation: Violation) {
        self.errors.push(FieldError::parameter(name, violation));
    }

    /// A parameter's value, parsed; `None` when it is absent or invalid, which is noted.
    pub fn get<T>(
        &mut self,
        name: &str,
        parse: impl FnOnce(&str) -> Result<T, Violation>,
    ) -> Option<T> {
        let value = self
            .pairs
            .iter()
            .find(|(other, _)| other == name)
            .map(|(_, value)| value);
        match parse(value?) {
            Ok(value) => Some(value),
            Err(violation) => {
                self.refuse(name, violation);
                None
            }
        }
    }

    /// A repeatable parameter's values, parsed; invalid ones are noted.
    pub fn get_all<T>(
        &mut self,
        name: &str,
        parse: impl Fn(&str) -> Result<T, Violation>,
    ) -> Vec<T> {
        let values = self.pairs.iter().filter(|(other, _)| other == name);
        let parsed: Vec<_> = values.map(|(_, value)| parse(value)).collect();
        let mut accepted = Vec::with_capacity(parsed.len());
        for result in parsed {
            match result {
                Ok(value) => accepted.push(value),
                Err(violation) => self.refuse(name, violation),
            }
        }
        accepted
    }

    /// The query string again, without one parameter.
    #[must_use]
    pub fn repeat_without(&self, name: &str) -> String {
        let kept = self.pairs.iter().filter(|(other, _)| other != name);
        let encode = |text: &str| utf8_percent_encode(text, NON_ALPHANUMERIC).to_string();
        let pairs: Vec<_> = kept
            .map(|(name, value)| format!("{name}={}", encode(value)))
            .collect();
        pairs.join("&")
    }

    /// Ends the reading.
    ///
    /// # Errors
    /// Everything that was found wrong.
    pub fn finish(self) -> Result<(), ApiError> {
        if self.errors.is_empty() {
            Ok(())
        } else {
            Err(ApiError::Parameters(self.errors))
        }
    }
}

fn name_or_query(part: &str) -> &str {
    part.split_once('=').map_or(part, |(name, _)| name)
}

/// Form decoding (WHATWG URL, section 5.1), but strict: what is not UTF-8 is refused.
fn decode(text: &str) -> Option<String> {
    let spaced = text.replace('+', " ");
    let decoded = percent_decode_str(&spaced).decode_utf8().ok()?;
    (!decoded.contains('\0')).then(|| decoded.into_owned())
}

/// Reads `true` or `false`.
///
/// # Errors
/// It is something else.
pub fn parse_flag(text: &str) -> Result<bool, Violation> {
    text.parse()
        .map_err(|_| Violation::new("wrong_type", "must be true or false"))
}

#[cfg(test)]
mod tests {
    use tasklane_domain::page::PageLimit;

    use super::*;

    struct Names;

    impl ParameterNames for Names {
        const SINGLE: &'static [&'static str] = &["limit", "q"];
        const REPEATABLE: &'static [&'static str] = &["tag"];
    }

    fn errors(query: &str) -> Vec<&'static str> {
        let mut parameters = Parameters::<Names>::read(query);
        parameters.get("limit", str::parse::<PageLimit>);
        match parameters.finish() {
            Ok(()) => vec![],
            Err(error) => error
                .problem()
                .errors
                .iter()
                .map(|error| error.violation.code)
                .collect(),
        }
    }

    #[test]
    fn everything_wrong_is_reported_at_once() {
        assert_eq!(errors("limit=5&tag=a&tag=b&q="), [""; 0]);
        assert_eq!(
            errors("limit=0&q=%ff&x=1&q=a&q=b"),
            [
                "malformed",
                "unknown_parameter",
                "duplicate",
                "out_of_range"
            ]
        );
    }

    #[test]
    fn plus_and_percent_are_decoded_and_nul_is_refused() {
        let mut parameters = Parameters::<Names>::read("q=a+b%2B%C3%A4");
        assert_eq!(
            parameters.get("q", |text| Ok(text.to_owned())).as_deref(),
            Some("a b+ä")
        );
        assert_eq!(errors("q=%00"), ["malformed"]);
    }
}
