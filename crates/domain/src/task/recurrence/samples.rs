//! Values that the tests of this module share.

use chrono::NaiveDate;
use chrono_tz::Tz;

use super::{
    Count, Frequency, Interval, Month, MonthDay, NDay, Nth, Recurrence, RecurrenceDraft,
    SetPosition, Weekday,
};
use crate::clock::Timestamp;
use crate::task::{Due, parse_date, parse_timezone};

pub(super) fn date(text: &str) -> NaiveDate {
    parse_date(text).unwrap()
}

pub(super) fn zone(name: &str) -> Tz {
    parse_timezone(name).unwrap()
}

/// `2026-11-30`, `2026-11-30 08:00` or `2026-11-30 08:00 Europe/Rome`.
pub(super) fn due(text: &str) -> Due {
    let mut parts = text.split(' ');
    let date = date(parts.next().unwrap());
    let time = parts.next().map(|time| time.parse().unwrap());
    Due::new(date, time, parts.next().map(zone)).unwrap()
}

/// When the clocks of a place show a time.
pub(super) fn instant(text: &str) -> Timestamp {
    due(text).instant()
}

pub(super) fn every(frequency: Frequency) -> RecurrenceDraft {
    RecurrenceDraft {
        frequency: Some(frequency),
        ..RecurrenceDraft::default()
    }
}

pub(super) fn interval(number: i64) -> Option<Interval> {
    Interval::new(number).ok()
}

pub(super) fn count(number: i64) -> Option<Count> {
    Count::new(number).ok()
}

pub(super) fn month_days(numbers: &[i64]) -> Vec<MonthDay> {
    numbers
        .iter()
        .map(|day| MonthDay::new(*day).unwrap())
        .collect()
}

pub(super) fn months(numbers: &[i64]) -> Vec<Month> {
    numbers
        .iter()
        .map(|month| Month::new(*month).unwrap())
        .collect()
}

pub(super) fn set_positions(numbers: &[i64]) -> Vec<SetPosition> {
    numbers
        .iter()
        .map(|number| SetPosition::new(*number).unwrap())
        .collect()
}

/// Weekdays as RFC 5545 writes them, in lower case: `mo`, `-1fr`.
pub(super) fn weekdays(texts: &[&str]) -> Vec<NDay> {
    let parse = |text: &&str| {
        let (nth, day) = text.split_at(text.len() - 2);
        let nth = (!nth.is_empty()).then(|| Nth::new(nth.parse().unwrap()).unwrap());
        NDay {
            day: day.parse::<Weekday>().unwrap(),
            nth,
        }
    };
    texts.iter().map(parse).collect()
}

pub(super) fn rule(draft: RecurrenceDraft, due: &str) -> Recurrence {
    Recurrence::new(draft, date(due)).unwrap()
}

pub(super) fn first_days(rule: &Recurrence, count: usize) -> Vec<String> {
    rule.days().take(count).map(|day| day.to_string()).collect()
}
