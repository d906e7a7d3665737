//! The days of a rule in the most obvious way: each day is looked at on its own.

use std::collections::BTreeSet;

use chrono::{Datelike, Days, Months, NaiveDate};
use tasklane_domain::task::recurrence::{
    CountedFrom, Frequency, NDay, Recurrence, RecurrenceDraft, Skip, Weekday,
};

pub(super) fn days(rule: &Recurrence, end: NaiveDate) -> Vec<NaiveDate> {
    let rule = filled_in(rule);
    let end = rule.until().map_or(end, |until| end.min(until));
    let days = rule.start().iter_days().take_while(|day| *day <= end);
    days.filter(|day| is_day(&rule, *day)).collect()
}

/// The same rule as if it were not counted from completion.
fn filled_in(rule: &Recurrence) -> Recurrence {
    let draft = RecurrenceDraft {
        from: Some(CountedFrom::Today),
        ..rule.to_draft()
    };
    Recurrence::new(draft, rule.start()).unwrap()
}

fn is_day(rule: &Recurrence, day: NaiveDate) -> bool {
    let own = first_of_month(day);
    let before = own - Months::new(1);
    let mut months = [own, before]
        .into_iter()
        .filter(|month| *month >= first_of_month(rule.start()));
    months.any(|month| {
        is_counted(rule, day, month) && fits(rule, day, month) && is_at_position(rule, day, month)
    })
}

/// Whether the period of a day, which fits for this month, is one that the rule counts.
fn is_counted(rule: &Recurrence, day: NaiveDate, month: NaiveDate) -> bool {
    let (start, interval) = (rule.start(), i64::from(rule.interval().get()));
    let week = |day: NaiveDate| {
        let begins = |day: &NaiveDate| Weekday::of(*day) == rule.first_day_of_week();
        (0..7)
            .map(|back| day - Days::new(back))
            .find(begins)
            .unwrap()
    };
    let distance = match rule.frequency() {
        Frequency::Daily => (day - start).num_days(),
        Frequency::Weekly => (week(day) - week(start)).num_days() / 7,
        Frequency::Monthly => {
            let months = |day: NaiveDate| i64::from(day.year()) * 12 + i64::from(day.month());
            months(month) - months(start)
        }
        Frequency::Yearly => i64::from(month.year() - start.year()),
    };
    distance % interval == 0
}

fn fits(rule: &Recurrence, day: NaiveDate, month: NaiveDate) -> bool {
    let by_month = rule
        .by_month()
        .iter()
        .any(|number| i64::from(number.get()) == i64::from(month.month()));
    let by_month_day = rule
        .by_month_day()
        .iter()
        .any(|number| stands_for(rule, day, month, number.get().into()));
    (rule.by_month().is_empty() || by_month)
        && (if rule.by_month_day().is_empty() {
            is_in(day, month)
        } else {
            by_month_day
        })
        && (rule.by_day().is_empty() || rule.by_day().iter().any(|by| is_weekday(day, *by)))
}

/// Whether a day is the one with this number in the month, or stands for it.
fn stands_for(rule: &Recurrence, day: NaiveDate, month: NaiveDate, number: i64) -> bool {
    let days: Vec<NaiveDate> = month
        .iter_days()
        .take_while(|day| is_in(*day, month))
        .collect();
    let count = i64::try_from(days.len()).unwrap();
    let at = |index: i64| {
        usize::try_from(index)
            .ok()
            .and_then(|index| days.get(index).copied())
    };
    if number < 0 {
        return at(count + number) == Some(day);
    }
    if number <= count {
        return at(number - 1) == Some(day);
    }
    match rule.skip() {
        _ if rule.frequency() == Frequency::Daily => false,
        Skip::Backward => at(count - 1) == Some(day),
        Skip::Forward => month + Months::new(1) == day,
        Skip::Omit => false,
    }
}

/// The first Friday has a Friday of its month neither a week before nor, the last, a week after.
fn is_weekday(day: NaiveDate, by: NDay) -> bool {
    let weeks = |number: i16| Days::new(7 * u64::from(number.unsigned_abs()));
    let is_nth = |nth: i16| {
        let (nearest, further) = (nth.signum() * (nth.abs() - 1), nth);
        let other = |number: i16| {
            if nth > 0 {
                day - weeks(number)
            } else {
                day + weeks(number)
            }
        };
        is_in(other(nearest), first_of_month(day)) && !is_in(other(further), first_of_month(day))
    };
    by.day == Weekday::of(day) && by.nth.is_none_or(|nth| is_nth(nth.get()))
}

fn is_at_position(rule: &Recurrence, day: NaiveDate, month: NaiveDate) -> bool {
    if rule.by_set_position().is_empty() {
        return true;
    }
    let months: Vec<NaiveDate> = match rule.frequency() {
        Frequency::Yearly => (1..=12)
            .map(|number| month.with_month(number).unwrap())
            .collect(),
        _ => vec![month],
    };
    let of_month = |month: NaiveDate| {
        month
            .iter_days()
            .take(32)
            .filter(move |day| fits(rule, *day, month))
    };
    let set: BTreeSet<NaiveDate> = months.into_iter().flat_map(of_month).collect();
    rule.by_set_position().iter().any(|position| {
        let index = usize::from(position.get().unsigned_abs()) - 1;
        let at = if position.get() > 0 {
            set.iter().nth(index)
        } else {
            set.iter().nth_back(index)
        };
        at == Some(&day)
    })
}

fn is_in(day: NaiveDate, month: NaiveDate) -> bool {
    first_of_month(day) == month
}

fn first_of_month(day: NaiveDate) -> NaiveDate {
    day.with_day(1).unwrap()
}
