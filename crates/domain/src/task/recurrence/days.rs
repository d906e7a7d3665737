use std::vec;

use chrono::{Datelike, Months, NaiveDate};

use super::period::{Fit, Number};
use super::{Frequency, Recurrence};

/// How many years a rule may be without a day. It has none after a longer gap.
pub const MAX_GAP_YEARS: u32 = 100;
/// The last year that a due date may have.
const LAST_YEAR: i32 = 9999;

/// The days of a rule, in order. It looks at `until` but not at `count`, which counts from the due
/// date.
///
/// It ends with the year 9999, and before a gap of more than [`MAX_GAP_YEARS`]. So the work for each
/// day is bounded, whatever the rule is.
#[derive(Debug, Clone)]
pub struct Days {
    rule: Recurrence,
    period: Number,
    ready: vec::IntoIter<Fit>,
    after: Option<NaiveDate>,
    last: NaiveDate,
}

impl Recurrence {
    /// Its days from `start` on.
    #[must_use]
    pub fn days(&self) -> Days {
        Days::new(self, None)
    }

    /// Its days after a day. However far that is from `start`, they come as fast.
    #[must_use]
    pub fn days_after(&self, day: NaiveDate) -> Days {
        Days::new(self, Some(day))
    }

    /// The days that a calendar shows for a task that is due on the day `due`: those after `after`, as
    /// many as `count` leaves from `due` on.
    pub fn preview(
        &self,
        due: NaiveDate,
        after: Option<NaiveDate>,
    ) -> impl Iterator<Item = NaiveDate> + use<> {
        let later = match self.count {
            // The task itself is the first that is left, whether or not its day fits.
            Some(count) => self.days_after(due).take(count.after_this()),
            None => self
                .days_after(due.max(after.unwrap_or(due)))
                .take(usize::MAX),
        };
        Days::new(self, after)
            .take_while(move |day| *day <= due)
            .chain(later.filter(move |day| after.is_none_or(|after| *day > after)))
    }
}

impl Days {
    fn new(rule: &Recurrence, after: Option<NaiveDate>) -> Self {
        let mut rule = rule.clone();
        rule.fill_in();
        let begin = after.map_or(rule.start, |after| after.max(rule.start));
        let mut days = Self {
            period: 0,
            ready: Vec::new().into_iter(),
            after,
            last: begin,
            rule,
        };
        days.period = days.period_from(begin);
        days.look_ahead_from(begin);
        days
    }

    /// The period that contains a day, or the first one after it that counts.
    fn period_from(&self, day: NaiveDate) -> Number {
        let interval = i64::from(self.rule.interval.get());
        let first = self.rule.period_of(self.rule.start);
        let distance = (self.rule.period_of(day) - first).max(0);
        first + (distance + interval - 1) / interval * interval
    }

    fn look_ahead_from(&mut self, day: NaiveDate) {
        let years = Months::new(12 * MAX_GAP_YEARS);
        let last = day.checked_add_months(years).unwrap_or(NaiveDate::MAX);
        self.last = self.rule.until.map_or(last, |until| last.min(until));
    }

    /// Goes on to the next period; `None` when it begins too late.
    fn pass_period(&mut self) -> Option<()> {
        let first = self.rule.first_day(self.period)?;
        if first > self.last {
            return None;
        }
        self.ready = self.rule.fits(first).into_iter();
        self.period += i64::from(self.rule.interval.get());
        if self.rule.frequency == Frequency::Daily && !self.rule.is_in_month(first) {
            let next_month = first.with_day(1)?.checked_add_months(Months::new(1))?;
            self.period = self.period_from(next_month);
        }
        Some(())
    }

    /// Whether a day that fits is one to be shown: counting begins with `start`, and its month.
    fn counts(&self, fit: Fit) -> bool {
        let start = self.rule.start;
        let is_begun = start.with_day(1).is_none_or(|month| fit.month >= month);
        is_begun && fit.day >= start && self.after.is_none_or(|after| fit.day > after)
    }
}

impl Iterator for Days {
    type Item = NaiveDate;

    fn next(&mut self) -> Option<NaiveDate> {
        loop {
            let Some(fit) = self.ready.next() else {
                self.pass_period()?;
                continue;
            };
            if fit.day > self.last || fit.day.year() > LAST_YEAR {
                return None;
            }
            if self.counts(fit) {
                self.after = Some(fit.day);
                self.look_ahead_from(fit.day);
                return Some(fit.day);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::samples::{
        count, date, every, first_days, interval, month_days, months, rule, set_positions, weekdays,
    };
    use super::super::{CountedFrom, RecurrenceDraft, Skip, Weekday};
    use super::*;

    fn skipping(frequency: Frequency, skip: Skip) -> RecurrenceDraft {
        RecurrenceDraft {
            skip: Some(skip),
            ..every(frequency)
        }
    }

    #[test]
    fn the_31st_of_each_month_is_its_last_day_the_next_one_or_none() {
        let days = |skip| first_days(&rule(skipping(Frequency::Monthly, skip), "2027-01-31"), 4);
        assert_eq!(
            days(Skip::Backward),
            ["2027-01-31", "2027-02-28", "2027-03-31", "2027-04-30"]
        );
        assert_eq!(
            days(Skip::Forward),
            ["2027-01-31", "2027-03-01", "2027-03-31", "2027-05-01"]
        );
        assert_eq!(
            days(Skip::Omit),
            ["2027-01-31", "2027-03-31", "2027-05-31", "2027-07-31"]
        );
        let leap = rule(every(Frequency::Monthly), "2028-01-31");
        assert_eq!(
            first_days(&leap, 3),
            ["2028-01-31", "2028-02-29", "2028-03-31"]
        );
    }

    #[test]
    fn the_29th_of_february_is_its_last_day_the_next_one_or_none() {
        let days = |skip| first_days(&rule(skipping(Frequency::Yearly, skip), "2024-02-29"), 3);
        assert_eq!(
            days(Skip::Backward),
            ["2024-02-29", "2025-02-28", "2026-02-28"]
        );
        assert_eq!(
            days(Skip::Forward),
            ["2024-02-29", "2025-03-01", "2026-03-01"]
        );
        assert_eq!(days(Skip::Omit), ["2024-02-29", "2028-02-29", "2032-02-29"]);
    }

    #[test]
    fn the_first_of_a_month_never_stands_for_the_month_before_the_start() {
        let draft = |frequency| RecurrenceDraft {
            by_month_day: month_days(&[30]),
            by_month: months(&[2]),
            ..skipping(frequency, Skip::Forward)
        };
        for frequency in [Frequency::Monthly, Frequency::Yearly] {
            let from_march = rule(draft(frequency), "2026-03-01");
            assert_eq!(first_days(&from_march, 1), ["2027-03-01"], "{frequency:?}");
            let from_february = rule(draft(frequency), "2026-02-28");
            assert_eq!(
                first_days(&from_february, 1),
                ["2026-03-01"],
                "{frequency:?}"
            );
        }
    }

    #[test]
    fn a_day_that_fits_twice_comes_once() {
        let both = |days: &[i64], skip| RecurrenceDraft {
            by_month_day: month_days(days),
            ..skipping(Frequency::Monthly, skip)
        };
        let backward = rule(both(&[29, 30, 31, -1], Skip::Backward), "2027-02-01");
        assert_eq!(first_days(&backward, 2), ["2027-02-28", "2027-03-29"]);
        let forward = rule(both(&[1, 31], Skip::Forward), "2027-04-02");
        assert_eq!(
            first_days(&forward, 3),
            ["2027-05-01", "2027-05-31", "2027-06-01"]
        );
        let of_set = RecurrenceDraft {
            by_set_position: set_positions(&[2]),
            ..both(&[28, 29, 30], Skip::Backward)
        };
        assert_eq!(
            first_days(&rule(of_set, "2027-01-01"), 2),
            ["2027-01-29", "2027-03-29"]
        );
    }

    #[test]
    fn a_forward_day_fits_for_its_own_month_too() {
        let draft = RecurrenceDraft {
            by_month_day: month_days(&[1, 29]),
            by_month: months(&[2, 3]),
            ..skipping(Frequency::Yearly, Skip::Forward)
        };
        assert_eq!(
            first_days(&rule(draft, "2027-03-01"), 2),
            ["2027-03-01", "2027-03-29"]
        );
    }

    #[test]
    fn negative_days_and_fifth_weekdays_that_a_month_lacks_are_left_out() {
        let from_end = RecurrenceDraft {
            by_month_day: month_days(&[-31]),
            ..every(Frequency::Monthly)
        };
        assert_eq!(
            first_days(&rule(from_end, "2027-01-01"), 2),
            ["2027-01-01", "2027-03-01"]
        );
        let fifth = RecurrenceDraft {
            by_day: weekdays(&["5fr"]),
            ..every(Frequency::Monthly)
        };
        assert_eq!(
            first_days(&rule(fifth, "2026-11-30"), 2),
            ["2027-01-29", "2027-04-30"]
        );
    }

    #[test]
    fn the_last_weekday_of_the_month_is_a_set_position() {
        let draft = RecurrenceDraft {
            by_day: weekdays(&["mo", "tu", "we", "th", "fr"]),
            by_set_position: set_positions(&[-1]),
            ..every(Frequency::Monthly)
        };
        assert_eq!(
            first_days(&rule(draft, "2027-01-01"), 3),
            ["2027-01-29", "2027-02-26", "2027-03-31"]
        );
    }

    #[test]
    fn only_days_that_fit_are_days_and_a_start_is_no_exception() {
        let friday_13th = RecurrenceDraft {
            by_day: weekdays(&["fr"]),
            by_month_day: month_days(&[13]),
            ..every(Frequency::Monthly)
        };
        assert_eq!(
            first_days(&rule(friday_13th, "2026-11-30"), 2),
            ["2027-08-13", "2028-10-13"]
        );
        let moved = RecurrenceDraft {
            start: Some(date("2026-12-02")),
            by_day: weekdays(&["mo"]),
            ..every(Frequency::Weekly)
        };
        assert_eq!(first_days(&rule(moved, "2026-11-30"), 1), ["2026-12-07"]);
    }

    #[test]
    fn every_second_week_depends_on_where_weeks_begin() {
        // 2026-11-29 is a Sunday.
        let days = |first_day_of_week| {
            let draft = RecurrenceDraft {
                interval: interval(2),
                by_day: weekdays(&["su", "mo"]),
                first_day_of_week,
                ..every(Frequency::Weekly)
            };
            first_days(&rule(draft, "2026-11-29"), 3)
        };
        assert_eq!(days(None), ["2026-11-29", "2026-12-07", "2026-12-13"]);
        assert_eq!(
            days(Some(Weekday::Sunday)),
            ["2026-11-29", "2026-11-30", "2026-12-13"]
        );
    }

    #[test]
    fn a_yearly_rule_with_weekdays_alone_has_each_of_them() {
        let draft = RecurrenceDraft {
            by_day: weekdays(&["mo"]),
            by_set_position: set_positions(&[1, -1]),
            ..every(Frequency::Yearly)
        };
        assert_eq!(
            first_days(&rule(draft, "2026-06-01"), 3),
            ["2026-12-28", "2027-01-04", "2027-12-27"]
        );
    }

    #[test]
    fn no_day_comes_after_until_or_after_the_year_9999() {
        let until = |day| RecurrenceDraft {
            until: Some(date(day)),
            ..every(Frequency::Daily)
        };
        assert_eq!(
            first_days(&rule(until("2026-12-01"), "2026-11-30"), 9).len(),
            2
        );
        assert_eq!(
            first_days(&rule(until("2026-11-29"), "2026-11-30"), 9).len(),
            0
        );
        for frequency in Frequency::ALL {
            let mut last = rule(every(*frequency), "9999-12-31").days();
            assert_eq!(last.next(), Some(date("9999-12-31")), "{frequency:?}");
            assert_eq!((last.next(), last.next()), (None, None), "{frequency:?}");
        }
    }

    #[test]
    fn a_rule_without_a_day_in_100_years_has_none() {
        let february_30th = |frequency, every_so_many| RecurrenceDraft {
            by_month_day: month_days(&[30]),
            by_month: months(&[2]),
            interval: interval(every_so_many),
            ..skipping(frequency, Skip::Omit)
        };
        for frequency in [Frequency::Daily, Frequency::Monthly, Frequency::Yearly] {
            for every_so_many in [1, 2, 999] {
                let mut days = rule(february_30th(frequency, every_so_many), "2026-01-01").days();
                assert_eq!(days.next(), None, "{frequency:?} {every_so_many}");
            }
        }
        let after_years = |years| RecurrenceDraft {
            interval: interval(years),
            ..every(Frequency::Yearly)
        };
        assert_eq!(
            first_days(&rule(after_years(100), "2026-01-01"), 2),
            ["2026-01-01", "2126-01-01"]
        );
        assert_eq!(
            first_days(&rule(after_years(101), "2026-01-01"), 2),
            ["2026-01-01"]
        );
    }

    #[test]
    fn what_is_left_open_follows_the_start_of_a_rule_that_counts_from_completion() {
        let draft = RecurrenceDraft {
            from: Some(CountedFrom::Completion),
            ..every(Frequency::Weekly)
        };
        let rule = rule(draft, "2026-11-30");
        assert!(rule.by_day().is_empty());
        assert_eq!(first_days(&rule, 2), ["2026-11-30", "2026-12-07"]);
    }

    #[test]
    fn a_preview_shows_as_many_days_as_are_left_from_the_due_date_on() {
        let preview = |left, due: &str, after: Option<&str>| {
            let draft = RecurrenceDraft {
                count: count(left),
                start: Some(date("2026-11-30")),
                ..every(Frequency::Weekly)
            };
            let days = rule(draft, due).preview(date(due), after.map(date)).take(4);
            days.map(|day| day.to_string()).collect::<Vec<_>>()
        };
        // The Monday itself is one of the two; a Wednesday to which the task was moved is, too.
        assert_eq!(preview(2, "2026-11-30", None), ["2026-11-30", "2026-12-07"]);
        assert_eq!(
            preview(2, "2026-12-09", None),
            ["2026-11-30", "2026-12-07", "2026-12-14"]
        );
        assert_eq!(
            preview(2, "2026-12-07", Some("2026-11-30")),
            ["2026-12-07", "2026-12-14"]
        );
        assert_eq!(preview(3, "2026-12-07", Some("2026-12-14")), ["2026-12-21"]);
        assert_eq!(
            preview(0, "2026-12-07", Some("2027-01-01"))[..1],
            ["2027-01-04"]
        );
    }
}
