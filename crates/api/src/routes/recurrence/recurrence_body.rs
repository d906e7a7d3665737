//! Recurrence rules, as clients send them.

use chrono::NaiveDate;
use deserr::{Deserr, IntoValue, Value, ValuePointerRef};
use tasklane_domain::task::InvalidMember;
use tasklane_domain::task::recurrence::{
    Count, CountedFrom, Frequency, Interval, Month, MonthDay, NDay, Nth, RecurrenceDraft,
    SetPosition, Skip, Weekday,
};
use utoipa::ToSchema;

use crate::extract::{FieldErrors, integer};
use crate::schema;

macro_rules! from_integer {
    ($($type:ty),+) => {$(
        impl Deserr<FieldErrors> for $type {
            fn deserialize_from_value<V: IntoValue>(
                value: Value<V>,
                location: ValuePointerRef,
            ) -> Result<Self, FieldErrors> {
                let number = integer(value, location)?;
                Self::new(number).map_err(|violation| FieldErrors::at(location, violation))
            }
        }
    )+};
}

from_integer!(Interval, Nth, MonthDay, Month, SetPosition, Count);

/// On which days a task is due again. Its members have the names and meanings of JSCalendar (RFC
/// 8984, section 4.3.3). Absent and null members take their default, and an empty list is as absent.
#[derive(Deserr, ToSchema)]
#[deserr(error = FieldErrors, deny_unknown_fields)]
#[schema(as = RecurrenceDraft, example = json!({ "frequency": "monthly", "by_month_day": [31] }))]
#[serde(deny_unknown_fields)]
pub(crate) struct RecurrenceFields {
    /// How long the periods are.
    #[schema(value_type = schema::Frequency)]
    frequency: Frequency,
    /// Every how many of them; 1 by default.
    #[deserr(default)]
    #[schema(value_type = Option<schema::Interval>)]
    interval: Option<Interval>,
    /// Which weekdays. By default, in a weekly rule, that of `start`.
    #[deserr(default)]
    #[schema(value_type = Option<Vec<ByDay>>, max_items = 14)]
    by_day: Option<Vec<ByDayBody>>,
    /// Which days of the month, from its begin or, negative, from its end; not in a weekly rule. By
    /// default that of `start`, in a monthly or yearly rule without `by_day`.
    #[deserr(default)]
    #[schema(value_type = Option<Vec<schema::MonthDay>>, max_items = 31)]
    by_month_day: Option<Vec<MonthDay>>,
    /// Which months. By default that of `start`, in a yearly rule that does not have `by_day` alone.
    #[deserr(default)]
    #[schema(value_type = Option<Vec<schema::Month>>, max_items = 31)]
    by_month: Option<Vec<Month>>,
    /// Which of the days that a month or year then has, from the first or, negative, from the last. It
    /// needs another `by_…`, and a monthly or yearly rule.
    #[deserr(default)]
    #[schema(value_type = Option<Vec<schema::SetPosition>>, max_items = 31)]
    by_set_position: Option<Vec<SetPosition>>,
    /// Where weeks begin; `mo` by default.
    #[deserr(default)]
    #[schema(value_type = Option<schema::Weekday>)]
    first_day_of_week: Option<Weekday>,
    /// What stands for a day that a month does not have: its last day (`backward`, the default), the
    /// next day (`forward`), or none (`omit`).
    #[deserr(default)]
    #[schema(value_type = Option<schema::Skip>)]
    skip: Option<Skip>,
    /// From where the next day is counted: from the due date and now (`today`, the default), from the
    /// due date (`due`), or from the day of completion, on which the rule then begins again
    /// (`completion`).
    #[deserr(default)]
    #[schema(value_type = Option<schema::CountedFrom>)]
    from: Option<CountedFrom>,
    /// The day on which counting begins; the due date by default. It is a day of the rule only if it
    /// fits.
    #[deserr(default)]
    #[schema(value_type = Option<schema::Day>)]
    start: Option<NaiveDate>,
    /// The last day that may be.
    #[deserr(default)]
    #[schema(value_type = Option<schema::Day>)]
    until: Option<NaiveDate>,
    /// How many times are left, the present one included; not together with `until`.
    #[deserr(default)]
    #[schema(value_type = Option<schema::TimesLeft>)]
    count: Option<Count>,
}

impl From<RecurrenceFields> for RecurrenceDraft {
    fn from(fields: RecurrenceFields) -> Self {
        let by_day = fields.by_day.unwrap_or_default().into_iter();
        Self {
            frequency: Some(fields.frequency),
            interval: fields.interval,
            by_day: by_day.map(|day| day.0).collect(),
            by_month_day: fields.by_month_day.unwrap_or_default(),
            by_month: fields.by_month.unwrap_or_default(),
            by_set_position: fields.by_set_position.unwrap_or_default(),
            skip: fields.skip,
            first_day_of_week: fields.first_day_of_week,
            from: fields.from,
            start: fields.start,
            until: fields.until,
            count: fields.count,
        }
    }
}

/// A whole rule that was read and checked.
pub(crate) struct RecurrenceBody(pub(crate) RecurrenceDraft);

impl Deserr<FieldErrors> for RecurrenceBody {
    fn deserialize_from_value<V: IntoValue>(
        value: Value<V>,
        location: ValuePointerRef,
    ) -> Result<Self, FieldErrors> {
        let draft = RecurrenceFields::deserialize_from_value(value, location)?.into();
        match RecurrenceDraft::check(&draft) {
            Ok(()) => Ok(Self(draft)),
            Err(broken) => Err(at_members(location, broken)),
        }
    }
}

/// What is broken of the rule at a location.
pub(crate) fn at_members(location: ValuePointerRef, broken: Vec<InvalidMember>) -> FieldErrors {
    let mut errors = FieldErrors::default();
    for InvalidMember { member, violation } in broken {
        errors.add(location.push_key(&member), violation);
    }
    errors
}

/// A weekday, or one of those that a month has. The name of a weekday alone stands for each of them.
#[derive(ToSchema)]
#[serde(untagged)]
#[expect(dead_code, reason = "it only documents what ByDayBody reads")]
enum ByDay {
    /// Each of them.
    Each(schema::Weekday),
    /// Each of them, or one of a month.
    OfMonth(NDayFields),
}

/// A weekday, or one of those that a month has.
#[derive(Deserr, ToSchema)]
#[deserr(error = FieldErrors, deny_unknown_fields)]
#[schema(as = NDayDraft, example = json!({ "day": "fr", "nth": -1 }))]
#[serde(deny_unknown_fields)]
struct NDayFields {
    /// Which weekday.
    #[schema(value_type = schema::Weekday)]
    day: Weekday,
    /// Which of the month's, from its begin or, negative, from its end; null for each. Only in a
    /// monthly rule, or in a yearly one with `by_month`; in all items or in none.
    #[deserr(default)]
    #[schema(value_type = Option<schema::Nth>)]
    nth: Option<Nth>,
}

struct ByDayBody(NDay);

impl Deserr<FieldErrors> for ByDayBody {
    fn deserialize_from_value<V: IntoValue>(
        value: Value<V>,
        location: ValuePointerRef,
    ) -> Result<Self, FieldErrors> {
        if let Value::String(_) = value {
            let day = Weekday::deserialize_from_value(value, location)?;
            return Ok(Self(NDay { day, nth: None }));
        }
        let NDayFields { day, nth } = NDayFields::deserialize_from_value(value, location)?;
        Ok(Self(NDay { day, nth }))
    }
}
