use chrono::{Days, Months, NaiveDate};
use chrono_tz::Tz;

use super::{CountedFrom, MAX_GAP_YEARS, Recurrence};
use crate::clock::Timestamp;
use crate::task::Due;

/// When a recurring task is due next, and by which rule it then recurs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Next {
    /// The next day, at the same time of day and in the same time zone.
    pub due: Due,
    /// The rule, with one time less left, and begun again where it is counted from completion.
    pub recurrence: Recurrence,
}

impl Recurrence {
    /// What follows a task that is due at `due` and is completed, or skipped, at the instant `at`.
    ///
    /// Days and floating times are those of the due date's time zone, or else of `home`, the user's.
    /// `None` when the series has ended: no time is left, or no day within [`MAX_GAP_YEARS`] of the
    /// due date and of `at`, whichever is later.
    #[must_use]
    pub fn next(&self, due: &Due, at: Timestamp, home: Tz) -> Option<Next> {
        let count = match self.count {
            Some(count) => Some(count.less_one()?),
            None => None,
        };
        let zone = due.timezone().unwrap_or(home);
        let today = at.as_datetime().with_timezone(&zone).date_naive();
        let mut recurrence = Self {
            count,
            ..self.clone()
        };
        let day = match self.from {
            CountedFrom::Today => self.day_after_now(due, at, zone, today),
            CountedFrom::Due => self.days_after(due.date()).next(),
            CountedFrom::Completion => {
                recurrence.start = today;
                recurrence.days_after(today).next()
            }
        };
        let years = Months::new(12 * MAX_GAP_YEARS);
        let last = due.date().max(today).checked_add_months(years);
        let is_near = |day: &NaiveDate| last.is_none_or(|last| *day <= last);
        Some(Next {
            due: Due::new(day.filter(is_near)?, due.time(), due.timezone()).ok()?,
            recurrence,
        })
    }

    /// The first day after the task's own that has not begun, or whose time has not passed.
    fn day_after_now(
        &self,
        due: &Due,
        at: Timestamp,
        zone: Tz,
        today: NaiveDate,
    ) -> Option<NaiveDate> {
        let Some(time) = due.time() else {
            return self.days_after(due.date().max(today)).next();
        };
        // Clocks that are set forward may move a time to the next day, never further.
        let earliest = today.checked_sub_days(Days::new(2)).unwrap_or(today);
        let is_ahead = |day: &NaiveDate| {
            let due = Due::new(*day, Some(time), Some(zone));
            due.is_ok_and(|due| due.instant() > at)
        };
        self.days_after(due.date().max(earliest)).find(is_ahead)
    }
}

#[cfg(test)]
mod tests {
    use super::super::samples::{
        count, date, due, every, instant, interval, month_days, months, rule, weekdays, zone,
    };
    use super::super::{Frequency, RecurrenceDraft, Skip};
    use super::*;

    const DAILY: Frequency = Frequency::Daily;
    const FROM: [CountedFrom; 3] = [
        CountedFrom::Today,
        CountedFrom::Due,
        CountedFrom::Completion,
    ];

    fn counted(frequency: Frequency, from: CountedFrom) -> RecurrenceDraft {
        RecurrenceDraft {
            from: Some(from),
            ..every(frequency)
        }
    }

    /// The next day after a task that is due then is completed then.
    fn day(draft: RecurrenceDraft, due_at: &str, completed: &str) -> Option<String> {
        day_at_home(draft, due_at, completed, "UTC")
    }

    fn day_at_home(
        draft: RecurrenceDraft,
        due_at: &str,
        completed: &str,
        home: &str,
    ) -> Option<String> {
        let due = due(due_at);
        let rule = Recurrence::new(draft, due.date()).unwrap();
        let next = rule.next(&due, instant(completed), zone(home))?;
        assert_eq!(
            (next.due.time(), next.due.timezone()),
            (due.time(), due.timezone())
        );
        Some(next.due.date().to_string())
    }

    #[test]
    fn what_was_missed_is_passed_over_unless_it_is_counted_from_the_due_date() {
        let days = FROM.map(|from| day(counted(DAILY, from), "2026-11-01", "2026-11-09 12:00"));
        assert_eq!(
            days.map(Option::unwrap),
            ["2026-11-10", "2026-11-02", "2026-11-10"]
        );
    }

    #[test]
    fn a_time_that_has_not_passed_today_is_next() {
        let at_eight = "2026-11-01 08:00 Europe/Rome";
        let after = |completed| day(every(DAILY), at_eight, completed).unwrap();
        assert_eq!(after("2026-11-09 07:45 Europe/Rome"), "2026-11-09");
        assert_eq!(after("2026-11-09 08:00 Europe/Rome"), "2026-11-10");
        assert_eq!(after("2026-11-09 08:15 Europe/Rome"), "2026-11-10");
    }

    #[test]
    fn what_is_done_early_is_not_due_again_at_once() {
        let weekly = || every(Frequency::Weekly);
        assert_eq!(
            day(weekly(), "2026-11-30", "2026-11-28 12:00").unwrap(),
            "2026-12-07"
        );
        let early = day(weekly(), "2026-11-30 09:00", "2026-11-28 12:00");
        assert_eq!(early.unwrap(), "2026-12-07");
    }

    #[test]
    fn a_task_without_a_time_zone_is_compared_at_home() {
        // It is the 10th in Auckland already.
        let completed = "2026-11-09 12:00 UTC";
        let day = |due_at, home| day_at_home(every(DAILY), due_at, completed, home).unwrap();
        assert_eq!(day("2026-11-01", "UTC"), "2026-11-10");
        assert_eq!(day("2026-11-01", "Pacific/Auckland"), "2026-11-11");
        assert_eq!(day("2026-11-01 00:30", "Pacific/Auckland"), "2026-11-11");
        assert_eq!(day("2026-11-01 01:30", "Pacific/Auckland"), "2026-11-10");
        assert_eq!(
            day("2026-11-01 01:30 UTC", "Pacific/Auckland"),
            "2026-11-10"
        );
    }

    #[test]
    fn a_day_moved_by_hand_does_not_move_the_rule() {
        let fortnightly = RecurrenceDraft {
            interval: interval(2),
            start: Some(date("2026-11-30")),
            ..every(Frequency::Weekly)
        };
        let next = day(fortnightly, "2026-12-02", "2026-12-02 12:00");
        // Every second Monday, though the task itself is due on a Wednesday.
        assert_eq!(next.unwrap(), "2026-12-14");
    }

    #[test]
    fn completion_begins_the_rule_again() {
        let three_days = RecurrenceDraft {
            interval: interval(3),
            ..counted(DAILY, CountedFrom::Completion)
        };
        let due = due("2026-11-30");
        let rule = Recurrence::new(three_days, due.date()).unwrap();
        let next = rule
            .next(&due, instant("2026-12-09 12:00"), zone("UTC"))
            .unwrap();
        assert_eq!(next.due.date(), date("2026-12-12"));
        assert_eq!(next.recurrence.start(), date("2026-12-09"));
        let early = rule
            .next(&due, instant("2026-11-20 12:00"), zone("UTC"))
            .unwrap();
        assert_eq!(early.due.date(), date("2026-11-23"));
        // The 31st of a month is followed by the 28th, and that one by the 28th.
        let monthly = counted(Frequency::Monthly, CountedFrom::Completion);
        assert_eq!(
            day(monthly.clone(), "2027-01-15", "2027-01-31 12:00").unwrap(),
            "2027-02-28"
        );
        assert_eq!(
            day(monthly, "2027-01-31", "2027-02-28 12:00").unwrap(),
            "2027-03-28"
        );
    }

    #[test]
    fn the_day_of_completion_is_the_one_at_the_task_or_at_home() {
        let rule = || counted(DAILY, CountedFrom::Completion);
        let completed = "2026-11-09 12:00 UTC";
        let day = |due_at| day_at_home(rule(), due_at, completed, "Pacific/Auckland").unwrap();
        assert_eq!(day("2026-11-01"), "2026-11-11");
        assert_eq!(day("2026-11-01 09:00"), "2026-11-11");
        assert_eq!(day("2026-11-01 09:00 Europe/Rome"), "2026-11-10");
    }

    #[test]
    fn times_that_clocks_skip_or_repeat_count_as_everywhere() {
        // On 2026-03-29, 02:30 in Rome is skipped: it is 01:30 UTC.
        let skipped = "2026-03-28 02:30 Europe/Rome";
        let after = |due_at, completed| day(every(DAILY), due_at, completed).unwrap();
        assert_eq!(after(skipped, "2026-03-29 01:29 UTC"), "2026-03-29");
        assert_eq!(after(skipped, "2026-03-29 01:30 UTC"), "2026-03-30");
        // On 2026-10-25, 02:30 comes twice: it is 00:30 UTC, not 01:30.
        let repeated = "2026-10-24 02:30 Europe/Rome";
        assert_eq!(after(repeated, "2026-10-25 00:29 UTC"), "2026-10-25");
        assert_eq!(after(repeated, "2026-10-25 00:30 UTC"), "2026-10-26");
        // Apia had no 2011-12-30; its noon counts as that of the 31st.
        let apia = "2011-12-29 12:00 Pacific/Apia";
        assert_eq!(after(apia, "2011-12-31 11:59 Pacific/Apia"), "2011-12-30");
        assert_eq!(after(apia, "2011-12-31 12:00 Pacific/Apia"), "2012-01-01");
    }

    #[test]
    fn each_completion_takes_one_of_what_is_left() {
        let left = |number| RecurrenceDraft {
            count: count(number),
            ..every(DAILY)
        };
        let due = due("2026-11-30");
        let next = |draft| {
            let rule = Recurrence::new(draft, due.date()).unwrap();
            rule.next(&due, instant("2026-11-30 12:00"), zone("UTC"))
        };
        assert_eq!(next(left(3)).unwrap().recurrence.count(), count(2));
        assert_eq!(next(left(1)), None);
        assert_eq!(next(every(DAILY)).unwrap().recurrence.count(), None);
    }

    #[test]
    fn a_series_ends_when_no_day_is_left() {
        let until = |day| RecurrenceDraft {
            until: Some(date(day)),
            ..every(DAILY)
        };
        let after = |draft| day(draft, "2026-11-30", "2026-11-30 12:00");
        assert_eq!(after(until("2026-12-01")).unwrap(), "2026-12-01");
        assert_eq!(after(until("2026-11-30")), None);
        assert_eq!(after(until("2020-01-01")), None);
        let never = RecurrenceDraft {
            by_month: months(&[2]),
            by_month_day: month_days(&[30]),
            skip: Some(Skip::Omit),
            ..every(Frequency::Monthly)
        };
        assert_eq!(after(never), None);
    }

    #[test]
    fn a_day_is_looked_for_within_100_years() {
        let starting = |start| RecurrenceDraft {
            start: Some(date(start)),
            ..every(DAILY)
        };
        for (start, is_found) in [("2126-11-30", true), ("2126-12-01", false)] {
            let next = day(starting(start), "2026-11-30", "2020-01-01 12:00");
            assert_eq!(next.is_some(), is_found, "{start}");
            let next = day(starting(start), "2020-01-01", "2026-11-30 12:00");
            assert_eq!(next.is_some(), is_found, "{start}");
        }
        assert_eq!(day(every(DAILY), "9999-12-31", "2026-11-30 12:00"), None);
    }

    #[test]
    fn the_rule_stays_the_same_but_for_what_is_left() {
        let weekdays = RecurrenceDraft {
            by_day: weekdays(&["mo", "tu", "we", "th", "fr"]),
            ..every(Frequency::Weekly)
        };
        let due = due("2026-11-27");
        let rule = rule(weekdays, "2026-11-27");
        let next = rule
            .next(&due, instant("2026-11-27 12:00"), zone("UTC"))
            .unwrap();
        assert_eq!(next.due.date(), date("2026-11-30"));
        assert_eq!(next.recurrence, rule);
    }
}
