//! How JSON values become domain values: each type says for itself what it accepts.

use std::str::FromStr;

use chrono::NaiveDate;
use chrono_tz::Tz;
use deserr::{
    DeserializeError, Deserr, ErrorKind, IntoValue, Sequence, Value, ValueKind, ValuePointerRef,
    take_cf_content,
};
use tasklane_domain::error::Violation;
use tasklane_domain::id::TaskId;
use tasklane_domain::task::{
    Description, Due, DueTime, Priority, Revision, Tag, Tags, Title, parse_date, parse_timezone,
};
use tasklane_domain::user::{Email, Name};

use super::BodyErrors;

/// A member of a merge patch (RFC 7396).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Field<T> {
    /// It is not there: what was is kept.
    #[default]
    Absent,
    /// It is null: what was is cleared.
    Null,
    /// It has a value.
    Value(T),
}

impl<T> Field<T> {
    /// Absent is `None`; null is the default.
    pub fn or_default(self) -> Option<T>
    where
        T: Default,
    {
        match self {
            Self::Absent => None,
            Self::Null => Some(T::default()),
            Self::Value(value) => Some(value),
        }
    }

    /// Absent is the outer `None`, null the inner.
    pub fn nullable(self) -> Option<Option<T>> {
        match self {
            Self::Absent => None,
            Self::Null => Some(None),
            Self::Value(value) => Some(Some(value)),
        }
    }
}

impl<T: Deserr<BodyErrors>> Deserr<BodyErrors> for Field<T> {
    fn deserialize_from_value<V: IntoValue>(
        value: Value<V>,
        location: ValuePointerRef,
    ) -> Result<Self, BodyErrors> {
        match value {
            Value::Null => Ok(Self::Null),
            value => T::deserialize_from_value(value, location).map(Self::Value),
        }
    }
}

/// Takes a string; `null`, where a string is required, counts as missing.
///
/// # Errors
/// It is something else.
pub fn text<V: IntoValue>(
    value: Value<V>,
    location: ValuePointerRef,
) -> Result<String, BodyErrors> {
    match value {
        Value::String(text) => Ok(text),
        Value::Null => Err(BodyErrors::at(location, Violation::required())),
        other => Err(wrong_kind(other, ValueKind::String, location)),
    }
}

fn wrong_kind<V: IntoValue>(
    actual: Value<V>,
    accepted: ValueKind,
    location: ValuePointerRef,
) -> BodyErrors {
    let error = ErrorKind::IncorrectValueKind {
        actual,
        accepted: &[accepted],
    };
    take_cf_content(BodyErrors::error(None, error, location))
}

macro_rules! from_text {
    ($($type:ty => $parse:expr),+ $(,)?) => {$(
        impl Deserr<BodyErrors> for $type {
            fn deserialize_from_value<V: IntoValue>(
                value: Value<V>,
                location: ValuePointerRef,
            ) -> Result<Self, BodyErrors> {
                let parse: fn(&str) -> Result<$type, Violation> = $parse;
                parse(&text(value, location)?).map_err(|violation| BodyErrors::at(location, violation))
            }
        }
    )+};
}

from_text! {
    Title => |text| Title::parse(text),
    Priority => Priority::from_str,
    Tag => Tag::parse,
    DueTime => DueTime::from_str,
    NaiveDate => parse_date,
    Tz => parse_timezone,
    Email => Email::parse,
    Name => Name::parse,
    TaskId => parse_task_id,
}

fn parse_task_id(text: &str) -> Result<TaskId, Violation> {
    text.parse()
        .map_err(|_| Violation::new("invalid_uuid", "must be a UUID"))
}

/// A description; blank is none.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct DescriptionField(pub(crate) Option<Description>);

impl Deserr<BodyErrors> for DescriptionField {
    fn deserialize_from_value<V: IntoValue>(
        value: Value<V>,
        location: ValuePointerRef,
    ) -> Result<Self, BodyErrors> {
        Description::parse(&text(value, location)?)
            .map(Self)
            .map_err(|violation| BodyErrors::at(location, violation))
    }
}

impl Deserr<BodyErrors> for Tags {
    fn deserialize_from_value<V: IntoValue>(
        value: Value<V>,
        location: ValuePointerRef,
    ) -> Result<Self, BodyErrors> {
        let Value::Sequence(items) = value else {
            return Err(wrong_kind(value, ValueKind::Sequence, location));
        };
        let mut tags = Vec::with_capacity(items.len().min(100));
        let mut errors = BodyErrors::default();
        for (index, item) in items.into_iter().enumerate() {
            match Tag::deserialize_from_value(item.into_value(), location.push_index(index)) {
                Ok(tag) => tags.push(tag),
                Err(error) => errors.0.extend(error.0),
            }
        }
        let tags = Self::new(tags).map_err(|violation| BodyErrors::at(location, violation));
        match (tags, errors.0.is_empty()) {
            (Ok(tags), true) => Ok(tags),
            (Err(mut too_many), _) => {
                too_many.0.extend(errors.0);
                Err(too_many)
            }
            (Ok(_), false) => Err(errors),
        }
    }
}

/// A number that is written with a fraction of zero: for JSON Schema, `42.0` is an integer.
fn whole<V: IntoValue>(value: &Value<V>) -> Option<i64> {
    match value {
        Value::Float(number) if number.fract() == 0.0 => format!("{number:.0}").parse().ok(),
        _ => None,
    }
}

impl Deserr<BodyErrors> for Revision {
    fn deserialize_from_value<V: IntoValue>(
        value: Value<V>,
        location: ValuePointerRef,
    ) -> Result<Self, BodyErrors> {
        let number = match whole(&value) {
            Some(number) => number,
            None => i64::deserialize_from_value(value, location)?,
        };
        Self::new(number).ok_or_else(|| {
            BodyErrors::at(
                location,
                Violation::new("too_small", "must be at least 0").with("min", 0),
            )
        })
    }
}

#[derive(Deserr)]
#[deserr(error = BodyErrors, deny_unknown_fields)]
struct DueFields {
    date: NaiveDate,
    #[deserr(default)]
    time: Option<DueTime>,
    #[deserr(default)]
    timezone: Option<Tz>,
}

impl Deserr<BodyErrors> for Due {
    fn deserialize_from_value<V: IntoValue>(
        value: Value<V>,
        location: ValuePointerRef,
    ) -> Result<Self, BodyErrors> {
        let DueFields {
            date,
            time,
            timezone,
        } = DueFields::deserialize_from_value(value, location)?;
        Self::new(date, time, timezone)
            .map_err(|violation| BodyErrors::at(location.push_key("timezone"), violation))
    }
}
