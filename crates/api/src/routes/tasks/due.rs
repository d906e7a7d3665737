//! Due dates: as they are answered, and as clients send them.

use chrono::NaiveDate;
use chrono_tz::Tz;
use deserr::{Deserr, IntoValue, Value, ValuePointerRef};
use serde::Serialize;
use tasklane_domain::task::{Due, DuePatch, DueTime};
use utoipa::ToSchema;

use crate::extract::{Field, FieldErrors, Kept};
use crate::routes::text::Text;
use crate::schema;

/// When a task is due: all day (a date), floating (a date and a time) or zoned (a date, a time and
/// an IANA time zone).
#[derive(Serialize, ToSchema)]
#[schema(as = Due)]
pub(crate) struct DueView {
    /// The day.
    #[schema(value_type = schema::Day)]
    date: Text<NaiveDate>,
    /// The time of that day, `HH:MM` or `HH:MM:SS`; null for all day.
    #[schema(value_type = Option<schema::Time>, required, example = "09:00")]
    time: Option<Text<DueTime>>,
    /// An IANA time zone; null for all day and floating.
    #[schema(value_type = Option<schema::TimeZone>, required, example = "Europe/Rome")]
    timezone: Option<&'static str>,
}

impl From<&Due> for DueView {
    fn from(due: &Due) -> Self {
        Self {
            date: Text(due.date()),
            time: due.time().map(Text),
            timezone: due.timezone().map(Tz::name),
        }
    }
}

/// When a task is due, as a client says it. An absent member is null.
#[derive(Deserr, ToSchema)]
#[deserr(error = FieldErrors, deny_unknown_fields)]
#[serde(deny_unknown_fields)]
pub(crate) struct DueDraft {
    /// The day.
    #[schema(value_type = schema::Day)]
    date: NaiveDate,
    /// The time of that day, `HH:MM` or `HH:MM:SS`.
    #[deserr(default)]
    #[schema(value_type = Option<schema::Time>)]
    time: Option<DueTime>,
    /// An IANA time zone. It needs a time.
    #[deserr(default)]
    #[schema(value_type = Option<schema::TimeZone>)]
    timezone: Option<Tz>,
}

/// A due date that was read and checked.
pub(crate) struct DueBody(pub(crate) Due);

impl Deserr<FieldErrors> for DueBody {
    fn deserialize_from_value<V: IntoValue>(
        value: Value<V>,
        location: ValuePointerRef,
    ) -> Result<Self, FieldErrors> {
        let DueDraft {
            date,
            time,
            timezone,
        } = DueDraft::deserialize_from_value(value, location)?;
        Due::new(date, time, timezone)
            .map(Self)
            .map_err(|violation| FieldErrors::at(location.push_key("timezone"), violation))
    }
}

/// Parts of a due date, merged with what is there. The result needs a date, and a time zone needs a
/// time.
#[derive(Deserr, ToSchema)]
#[deserr(error = FieldErrors, deny_unknown_fields)]
#[schema(as = DuePatch, example = json!({ "time": "10:30" }))]
#[serde(deny_unknown_fields)]
pub(super) struct DuePatchFields {
    /// The day; required where there was no due date.
    #[deserr(default)]
    #[schema(value_type = Option<schema::Day>, nullable = false)]
    date: Kept<NaiveDate>,
    /// The time of that day.
    #[deserr(default)]
    #[schema(value_type = Option<schema::Time>)]
    time: Field<DueTime>,
    /// An IANA time zone. It needs a time.
    #[deserr(default)]
    #[schema(value_type = Option<schema::TimeZone>)]
    timezone: Field<Tz>,
}

/// A patch of a due date that was read, and checked as far as it can be before it is merged.
pub(super) struct DuePatchBody(pub(super) DuePatch);

impl Deserr<FieldErrors> for DuePatchBody {
    fn deserialize_from_value<V: IntoValue>(
        value: Value<V>,
        location: ValuePointerRef,
    ) -> Result<Self, FieldErrors> {
        let fields = DuePatchFields::deserialize_from_value(value, location)?;
        let (time, timezone) = (fields.time.nullable(), fields.timezone.nullable());
        match (fields.date.0, time, timezone) {
            // Nothing of what was there is kept, so the rules can be checked at once.
            (Some(date), Some(time), Some(timezone)) => Due::new(date, time, timezone)
                .map(|due| Self(DuePatch::Set(Some(due))))
                .map_err(|violation| FieldErrors::at(location.push_key("timezone"), violation)),
            (date, time, timezone) => Ok(Self(DuePatch::Merge {
                date,
                time,
                timezone,
            })),
        }
    }
}
