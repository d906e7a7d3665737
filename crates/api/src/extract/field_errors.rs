//! Everything that is wrong with a body or a query string, gathered while it is read.

use std::ops::ControlFlow;

use deserr::{DeserializeError, ErrorKind, IntoValue, MergeWithError, ValueKind, ValuePointerRef};
use tasklane_domain::error::Violation;

use crate::problem::FieldError;
pub use crate::problem::FieldErrors;

impl FieldErrors {
    /// One field that breaks a rule.
    #[must_use]
    pub fn at(location: ValuePointerRef, violation: Violation) -> Self {
        Self::from(vec![FieldError::pointer(json_pointer(location), violation)])
    }

    /// One more of them.
    pub fn add(&mut self, location: ValuePointerRef, violation: Violation) {
        self.push(FieldError::pointer(json_pointer(location), violation));
    }

    /// A member that the object does not have.
    #[must_use]
    pub fn unknown_field() -> Violation {
        Violation::new("unknown_field", "is not a known field")
    }
}

impl MergeWithError<Self> for FieldErrors {
    fn merge(
        self_: Option<Self>,
        other: Self,
        _location: ValuePointerRef,
    ) -> ControlFlow<Self, Self> {
        let mut errors = self_.unwrap_or_default();
        errors.append(other);
        ControlFlow::Continue(errors)
    }
}

impl DeserializeError for FieldErrors {
    fn error<V: IntoValue>(
        self_: Option<Self>,
        error: ErrorKind<V>,
        location: ValuePointerRef,
    ) -> ControlFlow<Self, Self> {
        let found = match error {
            ErrorKind::MissingField { field } => {
                Self::at(location.push_key(field), Violation::required())
            }
            ErrorKind::UnknownKey { key, .. } => {
                Self::at(location.push_key(key), Self::unknown_field())
            }
            ErrorKind::IncorrectValueKind { accepted, .. } => {
                Self::at(location, wrong_type(accepted))
            }
            ErrorKind::UnknownValue { accepted, .. } => {
                let message = format!("must be one of {}", accepted.join(", "));
                Self::at(location, Violation::new("unknown_value", message))
            }
            ErrorKind::BadSequenceLen { expected, .. } => {
                let violation =
                    Violation::new("wrong_length", format!("must have {expected} items"));
                Self::at(location, violation)
            }
            ErrorKind::Unexpected { msg } => Self::at(location, Violation::new("invalid", msg)),
        };
        Self::merge(self_, found, location)
    }
}

fn wrong_type(accepted: &[ValueKind]) -> Violation {
    let name = match accepted.first() {
        Some(ValueKind::Boolean) => "true or false",
        Some(ValueKind::Integer | ValueKind::NegativeInteger) => "a whole number",
        Some(ValueKind::Float) => "a number",
        Some(ValueKind::String) => "a string",
        Some(ValueKind::Sequence) => "an array",
        Some(ValueKind::Map) => "an object",
        Some(ValueKind::Null) | None => "null",
    };
    Violation::new("wrong_type", format!("must be {name}"))
}

/// The location as a JSON Pointer (RFC 6901).
fn json_pointer(location: ValuePointerRef) -> String {
    match location {
        ValuePointerRef::Origin => String::new(),
        ValuePointerRef::Index { index, prev } => format!("{}/{index}", json_pointer(*prev)),
        ValuePointerRef::Key { key, prev } => {
            let escaped = key.replace('~', "~0").replace('/', "~1");
            format!("{}/{escaped}", json_pointer(*prev))
        }
    }
}
