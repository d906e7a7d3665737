//! A table of rules and their first days, made by python-dateutil: see `oracle.py`.

use chrono::{Days, Months, NaiveDate};
use tasklane_domain::error::Violation;
use tasklane_domain::task::parse_date;
use tasklane_domain::task::recurrence::{
    Interval, Month, MonthDay, NDay, Nth, Recurrence, RecurrenceDraft, SetPosition, Skip,
};

const TABLE: &str = include_str!("oracle.txt");
/// How many days of each rule there are.
const DAYS: usize = 5;
/// How far they were looked for.
const YEARS: u32 = 100;

pub(super) fn compare() {
    assert_eq!(TABLE.lines().count(), 10_000);
    for line in TABLE.lines() {
        let mut parts = line.split(' ');
        let start = parse_date(parts.next().unwrap()).unwrap();
        let rule = Recurrence::new(parse(parts.next().unwrap()), start).unwrap();
        let expected: Vec<NaiveDate> = parts
            .scan(start, |day, gap| {
                *day = *day + Days::new(gap.parse().unwrap());
                Some(*day)
            })
            .collect();
        let end = start + Months::new(12 * YEARS);
        let days = rule.days().take_while(|day| *day <= end).take(DAYS);
        assert_eq!(days.collect::<Vec<_>>(), expected, "{line}");
    }
}

/// A rule in the words of RFC 5545.
fn parse(text: &str) -> RecurrenceDraft {
    let mut draft = RecurrenceDraft {
        skip: Some(Skip::Omit),
        ..RecurrenceDraft::default()
    };
    for part in text.to_lowercase().split(';') {
        let (name, value) = part.split_once('=').unwrap();
        match name {
            "freq" => draft.frequency = Some(value.parse().unwrap()),
            "interval" => draft.interval = Interval::new(value.parse().unwrap()).ok(),
            "wkst" => draft.first_day_of_week = Some(value.parse().unwrap()),
            "byday" => draft.by_day = value.split(',').map(weekday).collect(),
            "bymonth" => draft.by_month = numbers(value, Month::new),
            "bymonthday" => draft.by_month_day = numbers(value, MonthDay::new),
            "bysetpos" => draft.by_set_position = numbers(value, SetPosition::new),
            other => panic!("unknown part {other}"),
        }
    }
    draft
}

fn numbers<T>(text: &str, new: fn(i64) -> Result<T, Violation>) -> Vec<T> {
    text.split(',')
        .map(|number| new(number.parse().unwrap()).unwrap())
        .collect()
}

fn weekday(text: &str) -> NDay {
    let (nth, day) = text.split_at(text.len() - 2);
    let nth = (!nth.is_empty()).then(|| Nth::new(nth.parse().unwrap()).unwrap());
    NDay {
        day: day.parse().unwrap(),
        nth,
    }
}
