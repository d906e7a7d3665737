use chrono::NaiveDate;

use super::{
    Count, CountedFrom, Frequency, Interval, Month, MonthDay, NDay, Recurrence, SetPosition, Skip,
    Weekday,
};
use crate::error::Violation;
use crate::task::InvalidMember;

/// Most items in `by_day`.
pub const MAX_BY_DAY: usize = 14;
/// Most items in each other `by_…`.
pub const MAX_BY: usize = 31;

/// A recurrence rule as a client states it: what is `None` or empty is left to its default.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct RecurrenceDraft {
    /// How long the periods are; required.
    pub frequency: Option<Frequency>,
    /// Every how many of them; 1 by default.
    pub interval: Option<Interval>,
    /// Which weekdays: at most [`MAX_BY_DAY`].
    pub by_day: Vec<NDay>,
    /// Which days of the month: at most [`MAX_BY`], as in the two that follow.
    pub by_month_day: Vec<MonthDay>,
    /// Which months.
    pub by_month: Vec<Month>,
    /// Which of the days that a period then has.
    pub by_set_position: Vec<SetPosition>,
    /// What stands for a day that a month does not have; its last day by default.
    pub skip: Option<Skip>,
    /// Where weeks begin; Monday by default.
    pub first_day_of_week: Option<Weekday>,
    /// From where the next day is counted; today by default.
    pub from: Option<CountedFrom>,
    /// Where counting begins; the due date by default.
    pub start: Option<NaiveDate>,
    /// The last day that may be.
    pub until: Option<NaiveDate>,
    /// How many times are left, the present one included.
    pub count: Option<Count>,
}

impl RecurrenceDraft {
    /// Checks the rule, which does not need the due date.
    ///
    /// # Errors
    /// As of [`Recurrence::new`].
    pub fn check(&self) -> Result<(), Vec<InvalidMember>> {
        let broken = broken_rules(self);
        if broken.is_empty() {
            Ok(())
        } else {
            Err(broken)
        }
    }
}

impl Recurrence {
    /// Checks a rule for a task that is due on the day `due`, and fills in what it leaves open.
    ///
    /// # Errors
    /// Every rule that is broken, with its member:
    /// - `required`, about `frequency`;
    /// - `too_many` or `duplicate` items, about a `by_…`;
    /// - `not_allowed` with this frequency, about `by_day`, `by_month_day` or `by_set_position`;
    /// - `mixed` weekdays with and without `nth`, about `by_day`;
    /// - `needs_days`, about `by_set_position` without another `by_…`;
    /// - `exclusive`, about `count` beside `until`.
    pub fn new(draft: RecurrenceDraft, due: NaiveDate) -> Result<Self, Vec<InvalidMember>> {
        let broken = broken_rules(&draft);
        let Some(frequency) = draft.frequency.filter(|_| broken.is_empty()) else {
            return Err(broken);
        };
        let mut rule = Self {
            frequency,
            interval: draft.interval.unwrap_or(Interval::ONE),
            by_day: draft.by_day,
            by_month_day: draft.by_month_day,
            by_month: draft.by_month,
            by_set_position: draft.by_set_position,
            skip: draft.skip.unwrap_or(Skip::Backward),
            first_day_of_week: draft.first_day_of_week.unwrap_or(Weekday::Monday),
            from: draft.from.unwrap_or(CountedFrom::Today),
            start: draft.start.unwrap_or(due),
            until: draft.until,
            count: draft.count,
        };
        if rule.from != CountedFrom::Completion {
            rule.fill_in();
        }
        Ok(rule)
    }

    /// The draft that makes this rule again, whatever the due date is.
    #[must_use]
    pub fn to_draft(&self) -> RecurrenceDraft {
        RecurrenceDraft {
            frequency: Some(self.frequency),
            interval: Some(self.interval),
            by_day: self.by_day.clone(),
            by_month_day: self.by_month_day.clone(),
            by_month: self.by_month.clone(),
            by_set_position: self.by_set_position.clone(),
            skip: Some(self.skip),
            first_day_of_week: Some(self.first_day_of_week),
            from: Some(self.from),
            start: Some(self.start),
            until: self.until,
            count: self.count,
        }
    }
}

fn broken_rules(draft: &RecurrenceDraft) -> Vec<InvalidMember> {
    let missing = draft.frequency.is_none().then(Violation::required);
    let frequency = missing.map(|violation| InvalidMember::new("frequency", violation));
    let both = draft.until.is_some() && draft.count.is_some();
    let count = both.then(|| {
        let message = "must not be given together with until";
        InvalidMember::new("count", Violation::new("exclusive", message))
    });
    frequency
        .into_iter()
        .chain(about("by_day", by_day(draft)))
        .chain(about("by_month_day", by_month_day(draft)))
        .chain(about("by_month", list(&draft.by_month, MAX_BY)))
        .chain(about("by_set_position", by_set_position(draft)))
        .chain(count)
        .collect()
}

fn about(member: &'static str, violations: Vec<Violation>) -> impl Iterator<Item = InvalidMember> {
    let at_member = move |violation| InvalidMember::new(member, violation);
    violations.into_iter().map(at_member)
}

fn by_day(draft: &RecurrenceDraft) -> Vec<Violation> {
    let mut broken = list(&draft.by_day, MAX_BY_DAY);
    let with_nth = draft.by_day.iter().filter(|day| day.nth.is_some()).count();
    if with_nth == 0 {
        return broken;
    }
    if with_nth < draft.by_day.len() {
        let message = "must have nth in all of its items or in none";
        broken.push(Violation::new("mixed", message));
    }
    let months = match draft.frequency {
        Some(Frequency::Daily | Frequency::Weekly) => false,
        Some(Frequency::Yearly) => !draft.by_month.is_empty(),
        Some(Frequency::Monthly) | None => true,
    };
    if !months {
        let message = "may have nth only in a monthly rule, or in a yearly one with by_month";
        broken.push(Violation::new("not_allowed", message));
    }
    broken
}

fn by_month_day(draft: &RecurrenceDraft) -> Vec<Violation> {
    let mut broken = list(&draft.by_month_day, MAX_BY);
    if draft.frequency == Some(Frequency::Weekly) && !draft.by_month_day.is_empty() {
        let message = "is not allowed in a weekly rule";
        broken.push(Violation::new("not_allowed", message));
    }
    broken
}

fn by_set_position(draft: &RecurrenceDraft) -> Vec<Violation> {
    let mut broken = list(&draft.by_set_position, MAX_BY);
    if draft.by_set_position.is_empty() {
        return broken;
    }
    if let Some(Frequency::Daily | Frequency::Weekly) = draft.frequency {
        let message = "is allowed only in a monthly or yearly rule";
        broken.push(Violation::new("not_allowed", message));
    }
    if draft.by_day.is_empty() && draft.by_month_day.is_empty() && draft.by_month.is_empty() {
        let message = "is allowed only together with by_day, by_month_day or by_month";
        broken.push(Violation::new("needs_days", message));
    }
    broken
}

fn list<T: PartialEq>(items: &[T], max: usize) -> Vec<Violation> {
    if items.len() > max {
        let message = format!("must have at most {max} items");
        return vec![Violation::new("too_many", message).with("max", max as u64)];
    }
    let is_double = |(index, item): (usize, &T)| items[..index].contains(item);
    if items.iter().enumerate().any(is_double) {
        let message = "must not have the same item more than once";
        return vec![Violation::new("duplicate", message)];
    }
    Vec::new()
}

#[cfg(test)]
mod tests {
    use super::super::samples::{
        count, date, every, month_days, months, rule, set_positions, weekdays,
    };
    use super::*;

    /// Members and codes of what is broken.
    fn broken(draft: RecurrenceDraft) -> Vec<(String, &'static str)> {
        let broken = Recurrence::new(draft, date("2026-11-30"))
            .err()
            .unwrap_or_default();
        let named = |broken: InvalidMember| (broken.member.into_owned(), broken.violation.code);
        broken.into_iter().map(named).collect()
    }

    fn one(member: &str, code: &'static str) -> Vec<(String, &'static str)> {
        vec![(member.to_owned(), code)]
    }

    #[test]
    fn a_frequency_is_enough_and_nothing_else_is() {
        let rule = rule(every(Frequency::Daily), "2026-11-30");
        assert_eq!(rule.interval(), Interval::ONE);
        assert_eq!(rule.skip(), Skip::Backward);
        assert_eq!(rule.first_day_of_week(), Weekday::Monday);
        assert_eq!(rule.from(), CountedFrom::Today);
        assert_eq!(rule.start(), date("2026-11-30"));
        assert_eq!((rule.until(), rule.count()), (None, None));
        assert_eq!(
            broken(RecurrenceDraft::default()),
            one("frequency", "required")
        );
    }

    #[test]
    fn everything_that_is_broken_is_told_together() {
        let draft = RecurrenceDraft {
            by_day: weekdays(&["1mo", "tu"]),
            by_month_day: month_days(&[1, 1]),
            by_set_position: set_positions(&[1]),
            until: Some(date("2026-12-01")),
            count: count(3),
            ..every(Frequency::Weekly)
        };
        let expected = [
            ("by_day", "mixed"),
            ("by_day", "not_allowed"),
            ("by_month_day", "duplicate"),
            ("by_month_day", "not_allowed"),
            ("by_set_position", "not_allowed"),
            ("count", "exclusive"),
        ];
        assert_eq!(
            broken(draft),
            expected.map(|(member, code)| (member.to_owned(), code))
        );
    }

    #[test]
    fn nth_is_for_months_only() {
        let draft = |frequency, by_month: &[i64]| RecurrenceDraft {
            by_day: weekdays(&["-1fr"]),
            by_month: months(by_month),
            by_month_day: Vec::new(),
            ..every(frequency)
        };
        for (frequency, by_month, is_allowed) in [
            (Frequency::Daily, &[11][..], false),
            (Frequency::Weekly, &[11], false),
            (Frequency::Monthly, &[], true),
            (Frequency::Yearly, &[], false),
            (Frequency::Yearly, &[11], true),
        ] {
            let found = broken(draft(frequency, by_month));
            let expected = if is_allowed {
                Vec::new()
            } else {
                one("by_day", "not_allowed")
            };
            assert_eq!(found, expected, "{frequency:?} {by_month:?}");
        }
        // That the month would be filled in does not make it "beside by_month".
        let filled = RecurrenceDraft {
            by_month_day: month_days(&[1]),
            ..draft(Frequency::Yearly, &[])
        };
        assert_eq!(broken(filled), one("by_day", "not_allowed"));
    }

    #[test]
    fn set_positions_need_months_or_years_and_another_by() {
        let draft = |frequency| RecurrenceDraft {
            by_set_position: set_positions(&[-1]),
            ..every(frequency)
        };
        assert_eq!(
            broken(draft(Frequency::Monthly)),
            one("by_set_position", "needs_days")
        );
        let of_months = RecurrenceDraft {
            by_month: months(&[1]),
            ..draft(Frequency::Yearly)
        };
        assert_eq!(broken(of_months), []);
        let daily = RecurrenceDraft {
            by_month: months(&[1]),
            ..draft(Frequency::Daily)
        };
        assert_eq!(broken(daily), one("by_set_position", "not_allowed"));
    }

    #[test]
    fn lists_are_bounded_and_have_no_doubles() {
        let all: Vec<String> = (-5..=5)
            .filter(|nth| *nth != 0)
            .flat_map(|nth| ["mo", "tu"].map(|day| format!("{nth}{day}")))
            .collect();
        let all: Vec<&str> = all.iter().map(String::as_str).collect();
        let days = |count: usize| RecurrenceDraft {
            by_day: weekdays(&all[..count]),
            ..every(Frequency::Monthly)
        };
        assert_eq!(broken(days(14)), []);
        assert_eq!(broken(days(15)), one("by_day", "too_many"));
        let numbers: Vec<i64> = (1..=31).chain([-1]).collect();
        let month_days = |count: usize| RecurrenceDraft {
            by_month_day: month_days(&numbers[..count]),
            ..every(Frequency::Monthly)
        };
        assert_eq!(broken(month_days(31)), []);
        assert_eq!(broken(month_days(32)), one("by_month_day", "too_many"));
        let twice = RecurrenceDraft {
            by_day: weekdays(&["mo", "tu", "mo"]),
            ..every(Frequency::Weekly)
        };
        assert_eq!(broken(twice), one("by_day", "duplicate"));
    }

    #[test]
    fn what_is_left_open_is_filled_in_from_the_start() {
        // 2026-11-30 is a Monday.
        let filled = |draft| rule(draft, "2026-11-30").to_draft();
        let none: [i64; 0] = [];
        for (draft, by_day, by_month_day, by_month) in [
            (every(Frequency::Daily), &[][..], &none[..], &none[..]),
            (every(Frequency::Weekly), &["mo"], &none, &none),
            (every(Frequency::Monthly), &[], &[30], &none),
            (every(Frequency::Yearly), &[], &[30], &[11]),
        ] {
            let filled = filled(draft);
            assert_eq!(filled.by_day, weekdays(by_day));
            assert_eq!(filled.by_month_day, month_days(by_month_day));
            assert_eq!(filled.by_month, months(by_month));
        }
        let yearly = |by_day: &[&str], by_month_day: &[i64], by_month: &[i64]| {
            let filled = filled(RecurrenceDraft {
                by_day: weekdays(by_day),
                by_month_day: month_days(by_month_day),
                by_month: months(by_month),
                ..every(Frequency::Yearly)
            });
            (filled.by_month_day, filled.by_month)
        };
        assert_eq!(yearly(&["mo"], &[], &[]), (Vec::new(), Vec::new()));
        assert_eq!(yearly(&["mo"], &[], &[5]), (Vec::new(), months(&[5])));
        assert_eq!(
            yearly(&["mo"], &[1], &[]),
            (month_days(&[1]), months(&[11]))
        );
        assert_eq!(yearly(&[], &[1], &[]), (month_days(&[1]), months(&[11])));
        assert_eq!(yearly(&[], &[], &[5]), (month_days(&[30]), months(&[5])));
    }

    #[test]
    fn from_completion_everything_stays_open() {
        for frequency in Frequency::ALL {
            let draft = RecurrenceDraft {
                from: Some(CountedFrom::Completion),
                ..every(*frequency)
            };
            let rule = rule(draft, "2026-11-30");
            assert!(rule.by_day().is_empty() && rule.by_month_day().is_empty());
            assert!(rule.by_month().is_empty());
        }
    }
}
