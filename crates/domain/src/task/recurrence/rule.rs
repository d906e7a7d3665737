use chrono::{Datelike, NaiveDate};

use super::{
    Count, CountedFrom, Frequency, Interval, Month, MonthDay, Nth, SetPosition, Skip, Weekday,
};

/// A weekday, or one of those that a month has: the last Friday. JSCalendar calls it an `NDay`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct NDay {
    /// Which weekday.
    pub day: Weekday,
    /// Which of the month's; `None` for each.
    pub nth: Option<Nth>,
}

/// A recurrence rule. The days that fit it are [`Recurrence::days`].
///
/// What its members leave open is filled in from [`Recurrence::start`] when it is made, so that a
/// monthly rule keeps its 31st, however short a month was. Only when it is counted from completion is
/// it left open, because it then follows each new `start`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Recurrence {
    pub(super) frequency: Frequency,
    pub(super) interval: Interval,
    pub(super) by_day: Vec<NDay>,
    pub(super) by_month_day: Vec<MonthDay>,
    pub(super) by_month: Vec<Month>,
    pub(super) by_set_position: Vec<SetPosition>,
    pub(super) skip: Skip,
    pub(super) first_day_of_week: Weekday,
    pub(super) from: CountedFrom,
    pub(super) start: NaiveDate,
    pub(super) until: Option<NaiveDate>,
    pub(super) count: Option<Count>,
}

impl Recurrence {
    /// How long its periods are.
    #[must_use]
    pub fn frequency(&self) -> Frequency {
        self.frequency
    }

    /// Every how many of them.
    #[must_use]
    pub fn interval(&self) -> Interval {
        self.interval
    }

    /// Which weekdays; empty for each.
    #[must_use]
    pub fn by_day(&self) -> &[NDay] {
        &self.by_day
    }

    /// Which days of the month; empty for each.
    #[must_use]
    pub fn by_month_day(&self) -> &[MonthDay] {
        &self.by_month_day
    }

    /// Which months; empty for each.
    #[must_use]
    pub fn by_month(&self) -> &[Month] {
        &self.by_month
    }

    /// Which of the days that a period then has; empty for each.
    #[must_use]
    pub fn by_set_position(&self) -> &[SetPosition] {
        &self.by_set_position
    }

    /// What stands for a day that a month does not have.
    #[must_use]
    pub fn skip(&self) -> Skip {
        self.skip
    }

    /// Where weeks begin, which matters when only every second (or third) counts.
    #[must_use]
    pub fn first_day_of_week(&self) -> Weekday {
        self.first_day_of_week
    }

    /// From where the next day is counted.
    #[must_use]
    pub fn from(&self) -> CountedFrom {
        self.from
    }

    /// The day on which counting begins. It is a day of the rule only if it fits.
    #[must_use]
    pub fn start(&self) -> NaiveDate {
        self.start
    }

    /// The last day that may be.
    #[must_use]
    pub fn until(&self) -> Option<NaiveDate> {
        self.until
    }

    /// How many times are left, the present one included.
    #[must_use]
    pub fn count(&self) -> Option<Count> {
        self.count
    }

    /// Fills in from `start` what the rule leaves open (RFC 8984, section 4.3.3.1).
    pub(super) fn fill_in(&mut self) {
        match self.frequency {
            Frequency::Daily => {}
            Frequency::Weekly => {
                if self.by_day.is_empty() {
                    let day = Weekday::of(self.start);
                    self.by_day.push(NDay { day, nth: None });
                }
            }
            Frequency::Monthly => {
                if self.by_day.is_empty() {
                    self.fill_in_month_day();
                }
            }
            Frequency::Yearly => {
                let days_alone = self.by_month_day.is_empty() && !self.by_day.is_empty();
                if self.by_month.is_empty() && !days_alone {
                    self.by_month.extend(Month::of(self.start));
                }
                if self.by_day.is_empty() {
                    self.fill_in_month_day();
                }
            }
        }
    }

    fn fill_in_month_day(&mut self) {
        if self.by_month_day.is_empty() {
            self.by_month_day.extend(MonthDay::of(self.start));
        }
    }
}

impl Month {
    fn of(day: NaiveDate) -> Option<Self> {
        Self::new(day.month().into()).ok()
    }
}

impl MonthDay {
    fn of(day: NaiveDate) -> Option<Self> {
        Self::new(day.day().into()).ok()
    }
}
