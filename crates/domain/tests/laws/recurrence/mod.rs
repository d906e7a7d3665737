//! Recurrence rules: laws of their days, a second implementation, and the days that another
//! project's makes.

mod naive;
mod oracle;

use std::collections::BTreeSet;

use chrono::{Days, NaiveDate};
use chrono_tz::Tz;
use proptest::collection::{btree_set, vec};
use proptest::option;
use proptest::prelude::*;
use proptest::sample::select;
use proptest::strategy::ValueTree;
use tasklane_domain::task::recurrence::{
    Count, CountedFrom, Frequency, Interval, Month, MonthDay, NDay, Nth, Recurrence,
    RecurrenceChanges, RecurrenceDraft, RecurrencePatch, SetPosition, Skip, Weekday,
};
use tasklane_domain::task::{Due, parse_date};
use tasklane_domain_testkit::builders::{due, instant};

fn word<T: Copy + std::fmt::Debug + 'static>(all: &'static [T]) -> impl Strategy<Value = T> {
    select(all)
}

/// Days near the ends of months and years more often than others.
fn date() -> impl Strategy<Value = NaiveDate> {
    let ends = vec![
        "2024-02-29",
        "2026-12-31",
        "2027-01-31",
        "2027-02-28",
        "2027-03-01",
    ];
    let any = (0_u64..3_000).prop_map(|days| parse_date("2024-01-01").unwrap() + Days::new(days));
    prop_oneof![select(ends).prop_map(|day| parse_date(day).unwrap()), any]
}

fn month_days() -> impl Strategy<Value = Vec<MonthDay>> {
    let number = prop_oneof![
        select(vec![1_i64, 28, 29, 30, 31, -1, -31]),
        1_i64..=31,
        -31_i64..=-1
    ];
    btree_set(number, 1..4).prop_map(|days| {
        days.into_iter()
            .map(|day| MonthDay::new(day).unwrap())
            .collect()
    })
}

fn months() -> impl Strategy<Value = Vec<Month>> {
    let months = prop_oneof![Just(BTreeSet::from([2])), btree_set(1_i64..=12, 1..5)];
    months.prop_map(|months| {
        months
            .into_iter()
            .map(|month| Month::new(month).unwrap())
            .collect()
    })
}

fn set_positions() -> impl Strategy<Value = Vec<SetPosition>> {
    let number = prop_oneof![1_i64..=4, -4_i64..=-1, select(vec![31_i64, -31])];
    btree_set(number, 1..3).prop_map(|set| {
        set.into_iter()
            .map(|number| SetPosition::new(number).unwrap())
            .collect()
    })
}

/// Weekdays, each with the same number of `nth` or without.
fn weekdays() -> impl Strategy<Value = Vec<NDay>> {
    let nth = (1_i64..=5, any::<bool>())
        .prop_map(|(nth, from_end)| Nth::new(if from_end { -nth } else { nth }).unwrap());
    let days = btree_set(0_usize..7, 1..6);
    (days, option::of(nth)).prop_map(|(days, nth)| {
        let day = |index| NDay {
            day: Weekday::ALL[index],
            nth,
        };
        days.into_iter().map(day).collect()
    })
}

fn by() -> impl Strategy<Value = RecurrenceDraft> {
    let lists = (
        option::of(weekdays()),
        option::of(month_days()),
        option::of(months()),
        option::of(set_positions()),
    );
    (word(Frequency::ALL), lists).prop_map(|(frequency, lists)| {
        let (mut by_day, by_month_day, by_month, by_set_position) = lists;
        let by_months = matches!(frequency, Frequency::Monthly | Frequency::Yearly);
        if frequency != Frequency::Monthly && (frequency != Frequency::Yearly || by_month.is_none())
        {
            by_day.iter_mut().flatten().for_each(|day| day.nth = None);
        }
        let by_month_day = by_month_day.filter(|_| frequency != Frequency::Weekly);
        let is_some = by_day.is_some() || by_month_day.is_some() || by_month.is_some();
        RecurrenceDraft {
            frequency: Some(frequency),
            by_set_position: by_set_position
                .filter(|_| by_months && is_some)
                .unwrap_or_default(),
            by_day: by_day.unwrap_or_default(),
            by_month_day: by_month_day.unwrap_or_default(),
            by_month: by_month.unwrap_or_default(),
            ..RecurrenceDraft::default()
        }
    })
}

fn draft() -> impl Strategy<Value = RecurrenceDraft> {
    let interval = prop_oneof![Just(1_i64), 1_i64..4, 1_i64..=999];
    let ends = prop_oneof![
        Just((None, None)),
        date().prop_map(|until| (Some(until), None)),
        (1_i64..5).prop_map(|count| (None, Count::new(count).ok())),
    ];
    let words = (
        option::of(word(Skip::ALL)),
        option::of(word(Weekday::ALL)),
        option::of(word(CountedFrom::ALL)),
    );
    (by(), interval, words, option::of(date()), ends).prop_map(
        |(by, interval, (skip, first_day_of_week, from), start, (until, count))| RecurrenceDraft {
            interval: Interval::new(interval).ok(),
            skip,
            first_day_of_week,
            from,
            start,
            until,
            count,
            ..by
        },
    )
}

fn rule() -> impl Strategy<Value = Recurrence> {
    (draft(), date()).prop_map(|(draft, due)| Recurrence::new(draft, due).unwrap())
}

fn due_date() -> impl Strategy<Value = Due> {
    let zone = select(vec!["UTC", "Europe/Rome", "Pacific/Apia"]);
    let time = option::of((select(vec!["00:00", "02:30", "23:59:59"]), option::of(zone)));
    (date(), time).prop_map(|(date, time)| {
        let (time, zone) = (time.map(|(time, _)| time), time.and_then(|(_, zone)| zone));
        due(&date.to_string(), time, zone)
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1_000))]

    #[test]
    fn a_rule_makes_itself_again(rule in rule(), other in date()) {
        prop_assert_eq!(Recurrence::new(rule.to_draft(), other), Ok(rule.clone()));
        let kept = RecurrencePatch::Merge(RecurrenceChanges::default());
        prop_assert_eq!(kept.apply(Some(&rule), other), Ok(Some(rule)));
    }

    #[test]
    fn days_rise_from_start_to_until(rule in rule()) {
        let days: Vec<NaiveDate> = rule.days().take(30).collect();
        prop_assert!(days.is_sorted_by(|one, next| one < next));
        prop_assert!(days.iter().all(|day| *day >= rule.start()));
        prop_assert!(days.iter().all(|day| rule.until().is_none_or(|until| *day <= until)));
    }

    #[test]
    fn the_days_after_a_day_are_those_of_the_rule(rule in rule(), skipped in 0_usize..20, more in 0_u64..40) {
        let Some(day) = rule.days().nth(skipped) else { return Ok(()) };
        let after: Vec<NaiveDate> = rule.days_after(day).take(10).collect();
        let expected: Vec<NaiveDate> = rule.days().skip(skipped + 1).take(10).collect();
        prop_assert_eq!(after, expected);
        let between = day + Days::new(more);
        let expected = rule.days().skip(skipped).find(|day| *day > between);
        prop_assert_eq!(rule.days_after(between).next(), expected);
    }

    #[test]
    fn the_next_day_is_after_the_task_and_after_now(
        rule in rule(), due in due_date(), seconds in 0_i64..100_000_000
    ) {
        let at = instant(seconds);
        let Some(next) = rule.next(&due, at, Tz::Europe__Rome) else { return Ok(()) };
        let zone = due.timezone().unwrap_or(Tz::Europe__Rome);
        let today = at.as_datetime().with_timezone(&zone).date_naive();
        prop_assert_eq!((next.due.time(), next.due.timezone()), (due.time(), due.timezone()));
        let day = next.due.date();
        let day_before = day.pred_opt().unwrap();
        prop_assert_eq!(next.recurrence.days_after(day_before).next(), Some(day));
        match rule.from() {
            CountedFrom::Due => prop_assert!(day > due.date()),
            CountedFrom::Completion => {
                prop_assert!(day > today);
                prop_assert_eq!(next.recurrence.start(), today);
            }
            CountedFrom::Today if due.time().is_none() => prop_assert!(day > due.date().max(today)),
            CountedFrom::Today => {
                let at_task = Due::new(day, due.time(), Some(zone)).unwrap();
                prop_assert!(day > due.date() && at_task.instant() > at);
            }
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300))]

    #[test]
    fn a_naive_implementation_finds_the_same_days(draft in draft(), due in date()) {
        let rule = Recurrence::new(draft, due).unwrap();
        let end = rule.start() + Days::new(1_500);
        let days: Vec<NaiveDate> = rule.days().take_while(|day| *day <= end).collect();
        prop_assert_eq!(days, naive::days(&rule, end));
    }
}

#[test]
fn ten_thousand_rules_agree_with_another_implementation() {
    oracle::compare();
}

/// So that the strategies are known to reach what they are for.
#[test]
fn rules_of_every_kind_are_tried() {
    let mut runner = proptest::test_runner::TestRunner::deterministic();
    let rules = vec(rule(), 500).new_tree(&mut runner).unwrap().current();
    for skip in Skip::ALL {
        let has_long_month = |rule: &&Recurrence| {
            rule.skip() == *skip && rule.by_month_day().iter().any(|day| day.get() > 28)
        };
        assert!(rules.iter().filter(has_long_month).count() > 10, "{skip:?}");
    }
}
