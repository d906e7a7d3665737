//! The days, weeks, months or years that a rule counts, and which days of one fit it.

use std::ops::RangeInclusive;

use chrono::{Datelike, Days, NaiveDate};

use super::{Frequency, NDay, Recurrence, Skip, Weekday};

/// The number of a period: of days since the year 1, of weeks, of months or of years.
pub(super) type Number = i64;

/// A day that fits, and the month for which it does.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Fit {
    pub(super) day: NaiveDate,
    /// The month's first day. With [`Skip::Forward`] it may be the month before the day's own.
    pub(super) month: NaiveDate,
}

impl Recurrence {
    /// The period that a day is in.
    pub(super) fn period_of(&self, day: NaiveDate) -> Number {
        let number = i64::from(day.num_days_from_ce());
        match self.frequency {
            Frequency::Daily => number,
            Frequency::Weekly => (number - self.week_offset()).div_euclid(7),
            Frequency::Monthly => i64::from(day.year()) * 12 + i64::from(day.month0()),
            Frequency::Yearly => day.year().into(),
        }
    }

    /// The first day of a period; `None` beyond the range of dates.
    pub(super) fn first_day(&self, period: Number) -> Option<NaiveDate> {
        match self.frequency {
            Frequency::Daily => day_of_number(period),
            Frequency::Weekly => day_of_number(period * 7 + self.week_offset()),
            Frequency::Monthly => first_of_month(period.div_euclid(12), period.rem_euclid(12) + 1),
            Frequency::Yearly => first_of_month(period, 1),
        }
    }

    /// The number of a day on which a week begins, 0 to 6. Day 1 was a Monday.
    fn week_offset(&self) -> i64 {
        let first = self.first_day_of_week;
        let position = Weekday::ALL.iter().position(|day| *day == first);
        (1..8).nth(position.unwrap_or_default()).unwrap_or(1) % 7
    }

    /// The days of the period with this first day that fit the rule, in order.
    pub(super) fn fits(&self, first: NaiveDate) -> Vec<Fit> {
        let months = |range: RangeInclusive<u32>| {
            let of_month = |month| {
                first
                    .with_month(month)
                    .map(|first| self.fits_in_month(first))
            };
            range.filter_map(of_month).flatten().collect()
        };
        let fits = match self.frequency {
            Frequency::Daily => self.fits_among(first, 1),
            Frequency::Weekly => self.fits_among(first, 7),
            Frequency::Monthly => months(first.month()..=first.month()),
            Frequency::Yearly => months(1..=12),
        };
        self.at_set_positions(fits)
    }

    /// Which days of a row of them fit.
    fn fits_among(&self, first: NaiveDate, count: usize) -> Vec<Fit> {
        let is_month_day = |day: NaiveDate| {
            let from_end = from_end(day);
            let is_one = |number: i16| [from_begin(day), from_end].contains(&number);
            self.by_month_day.is_empty() || self.by_month_day.iter().any(|day| is_one(day.get()))
        };
        let is_fit =
            |day: &NaiveDate| self.is_in_month(*day) && is_month_day(*day) && self.is_on_day(*day);
        let fit = |day: NaiveDate| {
            Some(Fit {
                day,
                month: day.with_day(1)?,
            })
        };
        let days = first.iter_days().take(count);
        days.filter(is_fit).filter_map(fit).collect()
    }

    /// Which days of a month fit, and perhaps the first one after it.
    fn fits_in_month(&self, month: NaiveDate) -> Vec<Fit> {
        if !self.is_in_month(month) {
            return Vec::new();
        }
        let length = i16::from(month.num_days_in_month());
        let days: Vec<NaiveDate> = if self.by_month_day.is_empty() {
            month
                .iter_days()
                .take(month.num_days_in_month().into())
                .collect()
        } else {
            let numbers = self.by_month_day.iter().map(|day| day.get());
            let existing = numbers.filter_map(|number| self.existing_day(number, length));
            existing
                .filter_map(|day| month.checked_add_days(Days::new(day)))
                .collect()
        };
        let on_day = days.into_iter().filter(|day| self.is_on_day(*day));
        on_day.map(|day| Fit { day, month }).collect()
    }

    /// How many days after the first one of a month of this length a day of the month is.
    fn existing_day(&self, number: i16, length: i16) -> Option<u64> {
        let index = match number {
            ..0 => length + number,
            _ if number <= length => number - 1,
            _ => match self.skip {
                Skip::Backward => length - 1,
                Skip::Forward => length,
                Skip::Omit => return None,
            },
        };
        // What is counted from the end may lie before the begin.
        index.try_into().ok()
    }

    pub(super) fn is_in_month(&self, day: NaiveDate) -> bool {
        let is_it = |month: i16| i64::from(month) == i64::from(day.month());
        self.by_month.is_empty() || self.by_month.iter().any(|month| is_it(month.get()))
    }

    fn is_on_day(&self, day: NaiveDate) -> bool {
        let weekday = Weekday::of(day);
        let nth = || [from_begin(day), from_end(day)].map(week_of);
        let is_it = |by: &NDay| {
            by.day == weekday && by.nth.is_none_or(|number| nth().contains(&number.get()))
        };
        self.by_day.is_empty() || self.by_day.iter().any(is_it)
    }

    /// Puts the days in order, each once, and picks those that `by_set_position` names.
    fn at_set_positions(&self, mut fits: Vec<Fit>) -> Vec<Fit> {
        fits.sort_unstable();
        // A day that fits for its own month too does so for that one.
        fits.dedup_by(|later, kept| {
            let is_same = later.day == kept.day;
            if is_same {
                kept.month = later.month;
            }
            is_same
        });
        if self.by_set_position.is_empty() {
            return fits;
        }
        let length = fits.len();
        let is_named = |index: usize| {
            self.by_set_position.iter().any(|position| {
                let distance = usize::from(position.get().unsigned_abs());
                let counted = if position.get() > 0 {
                    index + 1
                } else {
                    length - index
                };
                counted == distance
            })
        };
        let numbered = fits.into_iter().enumerate();
        numbered
            .filter(|(index, _)| is_named(*index))
            .map(|(_, fit)| fit)
            .collect()
    }
}

/// The number of a day in its month: 1 for the first.
fn from_begin(day: NaiveDate) -> i16 {
    day.day().try_into().unwrap_or(i16::MAX)
}

/// The number of a day from the end of its month: -1 for the last.
fn from_end(day: NaiveDate) -> i16 {
    from_begin(day) - i16::from(day.num_days_in_month()) - 1
}

/// Which of its month's weekdays the day with this number is, from the same end.
fn week_of(number: i16) -> i16 {
    ((number.abs() - 1) / 7 + 1) * number.signum()
}

fn day_of_number(number: i64) -> Option<NaiveDate> {
    NaiveDate::from_num_days_from_ce_opt(number.try_into().ok()?)
}

fn first_of_month(year: i64, month: i64) -> Option<NaiveDate> {
    NaiveDate::from_ymd_opt(year.try_into().ok()?, month.try_into().ok()?, 1)
}
