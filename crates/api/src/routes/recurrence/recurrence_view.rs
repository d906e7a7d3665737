//! Recurrence rules, as they are answered.

use chrono::NaiveDate;
use serde::Serialize;
use tasklane_domain::task::recurrence::{Count, MAX_BY, MAX_BY_DAY, NDay, Nth, Recurrence};
use utoipa::ToSchema;

use crate::routes::text::Text;
use crate::schema;

/// A recurrence rule: on which days a task is due again. Its members have the names and meanings of
/// JSCalendar (RFC 8984, section 4.3.3).
#[derive(Serialize, ToSchema)]
#[schema(as = Recurrence)]
pub(crate) struct RecurrenceView {
    /// How long the periods are.
    #[schema(value_type = schema::Frequency)]
    frequency: &'static str,
    /// Every how many of them.
    #[schema(value_type = schema::Interval)]
    interval: i16,
    /// Which weekdays; empty for each.
    #[schema(max_items = 14)]
    by_day: Vec<NDayView>,
    /// Which days of the month, from its begin or, negative, from its end; empty for each.
    #[schema(value_type = Vec<schema::MonthDay>, max_items = 31)]
    by_month_day: Vec<i16>,
    /// Which months; empty for each.
    #[schema(value_type = Vec<schema::Month>, max_items = 31)]
    by_month: Vec<i16>,
    /// Which of the days that a period then has, from the first or, negative, from the last; empty for
    /// each.
    #[schema(value_type = Vec<schema::SetPosition>, max_items = 31)]
    by_set_position: Vec<i16>,
    /// Where weeks begin.
    #[schema(value_type = schema::Weekday)]
    first_day_of_week: &'static str,
    /// What stands for a day that a month does not have.
    #[schema(value_type = schema::Skip)]
    skip: &'static str,
    /// From where the next day is counted.
    #[schema(value_type = schema::CountedFrom)]
    from: &'static str,
    /// The day on which counting begins.
    #[schema(value_type = schema::Day)]
    start: Text<NaiveDate>,
    /// The last day that may be.
    #[schema(value_type = Option<schema::Day>, required)]
    until: Option<Text<NaiveDate>>,
    /// How many times are left, the present one included.
    #[schema(value_type = Option<schema::TimesLeft>, required)]
    count: Option<i16>,
}

/// A weekday, or one of those that a month has.
#[derive(Serialize, ToSchema)]
#[schema(as = NDay)]
pub(crate) struct NDayView {
    /// Which weekday.
    #[schema(value_type = schema::Weekday)]
    day: &'static str,
    /// Which of the month's, from its begin or, negative, from its end; null for each.
    #[schema(value_type = Option<schema::Nth>, required)]
    nth: Option<i16>,
}

const _: () = assert!(MAX_BY_DAY == 14 && MAX_BY == 31, "as the schema says");

impl From<&Recurrence> for RecurrenceView {
    fn from(rule: &Recurrence) -> Self {
        Self {
            frequency: rule.frequency().as_str(),
            interval: rule.interval().get(),
            by_day: rule.by_day().iter().map(NDayView::from).collect(),
            by_month_day: rule.by_month_day().iter().map(|day| day.get()).collect(),
            by_month: rule.by_month().iter().map(|month| month.get()).collect(),
            by_set_position: rule
                .by_set_position()
                .iter()
                .map(|position| position.get())
                .collect(),
            first_day_of_week: rule.first_day_of_week().as_str(),
            skip: rule.skip().as_str(),
            from: rule.from().as_str(),
            start: Text(rule.start()),
            until: rule.until().map(Text),
            count: rule.count().map(Count::get),
        }
    }
}

impl From<&NDay> for NDayView {
    fn from(day: &NDay) -> Self {
        Self {
            day: day.day.as_str(),
            nth: day.nth.map(Nth::get),
        }
    }
}
