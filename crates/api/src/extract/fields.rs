//! How JSON values become domain values.

use std::str::FromStr;

use chrono::NaiveDate;
use chrono_tz::Tz;
use deserr::{
    DeserializeError, Deserr, ErrorKind, IntoValue, Sequence, Value, ValueKind, ValuePointerRef,
    take_cf_content,
};
use tasklane_domain::error::Violation;
use tasklane_domain::id::TaskId;
use tasklane_domain::kind::Kind;
use tasklane_domain::page::{FeedLimit, PageLimit, Sort};
use tasklane_domain::search::SearchWords;
use tasklane_domain::task::recurrence::{CountedFrom, Frequency, Skip, Weekday};
use tasklane_domain::task::{
    Description, DueTime, OrderKey, Priority, Revision, Tag, Tags, Title, parse_date,
    parse_timezone,
};
use tasklane_domain::user::{Email, Name};

use super::FieldErrors;

/// A member of a merge patch (RFC 7396).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Field<T> {
    /// It is absent: the old value is kept.
    #[default]
    Absent,
    /// It is null: the old value is cleared.
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

impl<T: Deserr<FieldErrors>> Deserr<FieldErrors> for Field<T> {
    fn deserialize_from_value<V: IntoValue>(
        value: Value<V>,
        location: ValuePointerRef,
    ) -> Result<Self, FieldErrors> {
        match value {
            Value::Null => Ok(Self::Null),
            value => T::deserialize_from_value(value, location).map(Self::Value),
        }
    }
}

/// A member of a merge patch that may be absent but not null.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Kept<T>(pub(crate) Option<T>);

impl<T> Default for Kept<T> {
    fn default() -> Self {
        Self(None)
    }
}

impl<T: Deserr<FieldErrors>> Deserr<FieldErrors> for Kept<T> {
    fn deserialize_from_value<V: IntoValue>(
        value: Value<V>,
        location: ValuePointerRef,
    ) -> Result<Self, FieldErrors> {
        T::deserialize_from_value(value, location).map(|value| Self(Some(value)))
    }
}

/// Takes a string; `null`, where a string is required, counts as missing.
///
/// # Errors
/// It is something else.
pub fn text<V: IntoValue>(
    value: Value<V>,
    location: ValuePointerRef,
) -> Result<String, FieldErrors> {
    match value {
        Value::String(text) => Ok(text),
        Value::Null => Err(FieldErrors::at(location, Violation::required())),
        other => Err(wrong_kind(other, ValueKind::String, location)),
    }
}

pub(crate) fn wrong_kind<V: IntoValue>(
    actual: Value<V>,
    accepted: ValueKind,
    location: ValuePointerRef,
) -> FieldErrors {
    let error = ErrorKind::IncorrectValueKind {
        actual,
        accepted: &[accepted],
    };
    take_cf_content(FieldErrors::error(None, error, location))
}

macro_rules! from_text {
    ($($type:ty => $parse:expr),+ $(,)?) => {$(
        impl Deserr<FieldErrors> for $type {
            fn deserialize_from_value<V: IntoValue>(
                value: Value<V>,
                location: ValuePointerRef,
            ) -> Result<Self, FieldErrors> {
                let parse: fn(&str) -> Result<$type, Violation> = $parse;
                parse(&text(value, location)?).map_err(|violation| FieldErrors::at(location, violation))
            }
        }
    )+};
}

from_text! {
    Title => |text| Title::parse(text),
    Priority => Priority::from_str,
    Kind => Kind::from_str,
    Sort => Sort::from_str,
    Tag => Tag::parse,
    OrderKey => |text| OrderKey::parse(text),
    DueTime => DueTime::from_str,
    NaiveDate => parse_date,
    Tz => parse_timezone,
    Email => Email::parse,
    Name => Name::parse,
    TaskId => parse_task_id,
    PageLimit => PageLimit::from_str,
    FeedLimit => FeedLimit::from_str,
    SearchWords => SearchWords::parse,
    Frequency => Frequency::from_str,
    Skip => Skip::from_str,
    CountedFrom => CountedFrom::from_str,
    Weekday => Weekday::from_str,
}

fn parse_task_id(text: &str) -> Result<TaskId, Violation> {
    text.parse()
        .map_err(|_| Violation::new("invalid_uuid", "must be a UUID"))
}

/// A description; a blank one is `None`.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct DescriptionField(pub(crate) Option<Description>);

impl Deserr<FieldErrors> for DescriptionField {
    fn deserialize_from_value<V: IntoValue>(
        value: Value<V>,
        location: ValuePointerRef,
    ) -> Result<Self, FieldErrors> {
        Description::parse(&text(value, location)?)
            .map(Self)
            .map_err(|violation| FieldErrors::at(location, violation))
    }
}

impl Deserr<FieldErrors> for Tags {
    fn deserialize_from_value<V: IntoValue>(
        value: Value<V>,
        location: ValuePointerRef,
    ) -> Result<Self, FieldErrors> {
        let Value::Sequence(items) = value else {
            return Err(wrong_kind(value, ValueKind::Sequence, location));
        };
        let mut tags = Vec::with_capacity(items.len().min(100));
        let mut errors = FieldErrors::default();
        for (index, item) in items.into_iter().enumerate() {
            match Tag::deserialize_from_value(item.into_value(), location.push_index(index)) {
                Ok(tag) => tags.push(tag),
                Err(error) => errors.append(error),
            }
        }
        let tags = Self::new(tags).map_err(|violation| FieldErrors::at(location, violation));
        match (tags, errors.is_empty()) {
            (Ok(tags), true) => Ok(tags),
            (Err(mut too_many), _) => {
                too_many.append(errors);
                Err(too_many)
            }
            (Ok(_), false) => Err(errors),
        }
    }
}

/// Takes a whole number.
///
/// # Errors
/// It is something else.
pub(crate) fn integer<V: IntoValue>(
    value: Value<V>,
    location: ValuePointerRef,
) -> Result<i64, FieldErrors> {
    match whole(&value) {
        Some(number) => Ok(number),
        None => Deserr::<FieldErrors>::deserialize_from_value(value, location),
    }
}

/// A number that is written with a fraction of zero: for JSON Schema, `42.0` is an integer.
fn whole<V: IntoValue>(value: &Value<V>) -> Option<i64> {
    match value {
        Value::Float(number) if number.fract() == 0.0 => format!("{number:.0}").parse().ok(),
        _ => None,
    }
}

impl Deserr<FieldErrors> for Revision {
    fn deserialize_from_value<V: IntoValue>(
        value: Value<V>,
        location: ValuePointerRef,
    ) -> Result<Self, FieldErrors> {
        Self::new(integer(value, location)?).ok_or_else(|| {
            FieldErrors::at(
                location,
                Violation::new("too_small", "must be at least 0").with("min", 0),
            )
        })
    }
}
