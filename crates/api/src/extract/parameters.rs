//! How texts of the query string become values.

use deserr::{Deserr, IntoValue, Sequence, Value, ValuePointerRef};
use tasklane_domain::error::Violation;

use super::FieldErrors;

/// The values of a parameter that may be given several times.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Many<T>(pub Vec<T>);

impl<T> Default for Many<T> {
    fn default() -> Self {
        Self(Vec::new())
    }
}

impl<T: Deserr<FieldErrors>> Deserr<FieldErrors> for Many<T> {
    fn deserialize_from_value<V: IntoValue>(
        value: Value<V>,
        location: ValuePointerRef,
    ) -> Result<Self, FieldErrors> {
        let Value::Sequence(items) = value else {
            return T::deserialize_from_value(value, location).map(|value| Self(vec![value]));
        };
        let mut values = Vec::with_capacity(items.len());
        let mut errors = FieldErrors::default();
        for (index, item) in items.into_iter().enumerate() {
            match T::deserialize_from_value(item.into_value(), location.push_index(index)) {
                Ok(value) => values.push(value),
                Err(found) => errors.append(found),
            }
        }
        if errors.is_empty() {
            Ok(Self(values))
        } else {
            Err(errors)
        }
    }
}

macro_rules! parsed_parameters {
    ($($(#[$doc:meta])* $name:ident($type:ty) = $parse:expr;)*) => {$(
        $(#[$doc])*
        #[derive(Debug, Clone, PartialEq, Eq)]
        pub(crate) struct $name(pub(crate) $type);

        impl deserr::Deserr<$crate::extract::FieldErrors> for $name {
            fn deserialize_from_value<V: deserr::IntoValue>(
                value: deserr::Value<V>,
                location: deserr::ValuePointerRef,
            ) -> Result<Self, $crate::extract::FieldErrors> {
                let parse: fn(&str) -> Result<$type, tasklane_domain::error::Violation> = $parse;
                parse(&$crate::extract::text(value, location)?)
                    .map(Self)
                    .map_err(|violation| $crate::extract::FieldErrors::at(location, violation))
            }
        }
    )*};
}
pub(crate) use parsed_parameters;

parsed_parameters! {
    /// `true` or `false`.
    Flag(bool) = |text| {
        text.parse().map_err(|_| Violation::new("wrong_type", "must be true or false"))
    };
}
