use chrono::NaiveDate;

use super::{
    Count, CountedFrom, Frequency, Interval, Month, MonthDay, NDay, Recurrence, RecurrenceDraft,
    SetPosition, Skip, Weekday,
};
use crate::task::InvalidMember;

/// What happens to a task's recurrence.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum RecurrencePatch {
    /// It becomes exactly this.
    Set(Option<RecurrenceDraft>),
    /// Its members are merged with what is there (RFC 7396).
    Merge(RecurrenceChanges),
}

/// New members of a rule: outer `None` keeps; inner `None`, and an empty list, set the default.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct RecurrenceChanges {
    /// How long the periods are. Another than before takes every `by_…` and `start` back to their
    /// defaults, but for those that are set here.
    pub frequency: Option<Frequency>,
    /// Every how many of them. Another than before takes `start` back to its default.
    pub interval: Option<Option<Interval>>,
    /// Which weekdays.
    pub by_day: Option<Vec<NDay>>,
    /// Which days of the month.
    pub by_month_day: Option<Vec<MonthDay>>,
    /// Which months.
    pub by_month: Option<Vec<Month>>,
    /// Which of the days that a period then has.
    pub by_set_position: Option<Vec<SetPosition>>,
    /// What stands for a day that a month does not have.
    pub skip: Option<Option<Skip>>,
    /// Where weeks begin.
    pub first_day_of_week: Option<Option<Weekday>>,
    /// From where the next day is counted.
    pub from: Option<Option<CountedFrom>>,
    /// Where counting begins. What was filled in from the old one stays.
    pub start: Option<Option<NaiveDate>>,
    /// The last day that may be.
    pub until: Option<Option<NaiveDate>>,
    /// How many times are left.
    pub count: Option<Option<Count>>,
}

impl RecurrencePatch {
    /// The rule that follows from `current` for a task that is now due on the day `due`.
    ///
    /// # Errors
    /// As of [`Recurrence::new`], about the merged rule.
    pub fn apply(
        &self,
        current: Option<&Recurrence>,
        due: NaiveDate,
    ) -> Result<Option<Recurrence>, Vec<InvalidMember>> {
        let draft = match self {
            Self::Set(draft) => draft.clone(),
            Self::Merge(changes) => Some(changes.merged(current)),
        };
        draft.map(|draft| Recurrence::new(draft, due)).transpose()
    }
}

impl RecurrenceChanges {
    fn merged(&self, current: Option<&Recurrence>) -> RecurrenceDraft {
        let new = self.clone();
        let old = self.kept_of(current);
        RecurrenceDraft {
            frequency: new.frequency.or(old.frequency),
            interval: new.interval.unwrap_or(old.interval),
            by_day: new.by_day.unwrap_or(old.by_day),
            by_month_day: new.by_month_day.unwrap_or(old.by_month_day),
            by_month: new.by_month.unwrap_or(old.by_month),
            by_set_position: new.by_set_position.unwrap_or(old.by_set_position),
            skip: new.skip.unwrap_or(old.skip),
            first_day_of_week: new.first_day_of_week.unwrap_or(old.first_day_of_week),
            from: new.from.unwrap_or(old.from),
            start: new.start.unwrap_or(old.start),
            until: new.until.unwrap_or(old.until),
            count: new.count.unwrap_or(old.count),
        }
    }

    /// What the old rule has to say, now that its frequency or interval may be another.
    fn kept_of(&self, current: Option<&Recurrence>) -> RecurrenceDraft {
        let Some(current) = current else {
            return RecurrenceDraft::default();
        };
        let mut kept = current.to_draft();
        let interval = self.interval.map(|new| new.unwrap_or(Interval::ONE));
        if interval.is_some_and(|new| new != current.interval) {
            kept.start = None;
        }
        if self.frequency.is_some_and(|new| new != current.frequency) {
            kept.start = None;
            kept.by_day.clear();
            kept.by_month_day.clear();
            kept.by_month.clear();
            kept.by_set_position.clear();
        }
        kept
    }
}

#[cfg(test)]
mod tests {
    use super::super::samples::{
        count, date, every, interval, month_days, months, rule, set_positions, weekdays,
    };
    use super::*;

    /// The rule after some changes of a task that is now due on 2026-12-08, a Tuesday.
    fn merged(
        current: &Recurrence,
        changes: RecurrenceChanges,
    ) -> Result<Recurrence, Vec<InvalidMember>> {
        let patch = RecurrencePatch::Merge(changes);
        let merged = patch.apply(Some(current), date("2026-12-08"))?;
        Ok(merged.unwrap())
    }

    fn to_frequency(frequency: Frequency) -> RecurrenceChanges {
        RecurrenceChanges {
            frequency: Some(frequency),
            ..RecurrenceChanges::default()
        }
    }

    fn monthly_on_the_31st() -> Recurrence {
        let draft = RecurrenceDraft {
            skip: Some(Skip::Omit),
            count: count(5),
            ..every(Frequency::Monthly)
        };
        rule(draft, "2026-10-31")
    }

    #[test]
    fn nothing_is_changed_by_nothing_or_by_what_was_so() {
        let before = monthly_on_the_31st();
        assert_eq!(
            merged(&before, RecurrenceChanges::default()),
            Ok(before.clone())
        );
        let same = RecurrenceChanges {
            interval: Some(None),
            count: Some(count(5)),
            ..to_frequency(Frequency::Monthly)
        };
        assert_eq!(merged(&before, same), Ok(before));
    }

    #[test]
    fn another_frequency_takes_days_and_start_back_to_their_defaults() {
        let weekly = merged(&monthly_on_the_31st(), to_frequency(Frequency::Weekly)).unwrap();
        assert_eq!(weekly.start(), date("2026-12-08"));
        assert_eq!(weekly.by_day(), weekdays(&["tu"]));
        assert!(weekly.by_month_day().is_empty());
        assert_eq!(
            (weekly.skip(), weekly.count()),
            (Skip::Omit, count(5)),
            "the rest stays"
        );
    }

    #[test]
    fn another_frequency_keeps_what_is_set_with_it() {
        let changes = RecurrenceChanges {
            start: Some(Some(date("2026-11-30"))),
            by_month: Some(months(&[5])),
            ..to_frequency(Frequency::Yearly)
        };
        let yearly = merged(&monthly_on_the_31st(), changes).unwrap();
        assert_eq!(yearly.start(), date("2026-11-30"));
        assert_eq!(yearly.by_month(), months(&[5]));
        assert_eq!(yearly.by_month_day(), month_days(&[30]));
    }

    #[test]
    fn another_interval_takes_only_the_start_back() {
        let changes = RecurrenceChanges {
            interval: Some(interval(2)),
            ..RecurrenceChanges::default()
        };
        let every_second = merged(&monthly_on_the_31st(), changes).unwrap();
        assert_eq!(every_second.start(), date("2026-12-08"));
        assert_eq!(every_second.by_month_day(), month_days(&[31]));
        let back = RecurrenceChanges {
            interval: Some(None),
            start: Some(Some(date("2026-01-01"))),
            ..RecurrenceChanges::default()
        };
        let every_one = merged(&every_second, back).unwrap();
        assert_eq!(every_one.interval(), Interval::ONE);
        assert_eq!(every_one.start(), date("2026-01-01"));
    }

    #[test]
    fn a_start_alone_leaves_what_was_filled_in() {
        let changes = |start| RecurrenceChanges {
            start: Some(start),
            ..RecurrenceChanges::default()
        };
        let moved = merged(&monthly_on_the_31st(), changes(Some(date("2026-11-15")))).unwrap();
        assert_eq!(moved.start(), date("2026-11-15"));
        assert_eq!(moved.by_month_day(), month_days(&[31]));
        let default = merged(&monthly_on_the_31st(), changes(None)).unwrap();
        assert_eq!(default.start(), date("2026-12-08"));
        assert_eq!(default.by_month_day(), month_days(&[31]));
    }

    #[test]
    fn days_that_are_cleared_are_filled_in_again() {
        let changes = RecurrenceChanges {
            start: Some(None),
            by_month_day: Some(Vec::new()),
            ..RecurrenceChanges::default()
        };
        let again = merged(&monthly_on_the_31st(), changes).unwrap();
        assert_eq!(again.by_month_day(), month_days(&[8]));
        let last_friday = RecurrenceChanges {
            by_day: Some(weekdays(&["-1fr"])),
            by_month_day: Some(Vec::new()),
            ..RecurrenceChanges::default()
        };
        let last_friday = merged(&monthly_on_the_31st(), last_friday).unwrap();
        assert!(last_friday.by_month_day().is_empty());
    }

    #[test]
    fn a_rule_that_no_longer_counts_from_completion_is_filled_in() {
        let draft = RecurrenceDraft {
            from: Some(CountedFrom::Completion),
            ..every(Frequency::Weekly)
        };
        let changes = RecurrenceChanges {
            from: Some(None),
            ..RecurrenceChanges::default()
        };
        let filled = merged(&rule(draft, "2026-11-30"), changes).unwrap();
        assert_eq!(filled.by_day(), weekdays(&["mo"]));
    }

    #[test]
    fn the_merged_rule_is_checked() {
        let changes = RecurrenceChanges {
            until: Some(Some(date("2027-01-01"))),
            by_month_day: Some(Vec::new()),
            by_set_position: Some(set_positions(&[1])),
            ..RecurrenceChanges::default()
        };
        let broken = merged(&monthly_on_the_31st(), changes).unwrap_err();
        let members: Vec<_> = broken.iter().map(|broken| &*broken.member).collect();
        assert_eq!(members, ["by_set_position", "count"]);
        let nothing_yet = RecurrencePatch::Merge(RecurrenceChanges::default());
        let broken = nothing_yet.apply(None, date("2026-12-08")).unwrap_err();
        assert_eq!(broken[0].member, "frequency");
    }

    #[test]
    fn a_rule_is_replaced_or_cleared_as_a_whole() {
        let set = RecurrencePatch::Set(Some(every(Frequency::Weekly)));
        let rule = set
            .apply(Some(&monthly_on_the_31st()), date("2026-12-08"))
            .unwrap();
        assert_eq!(rule.unwrap().start(), date("2026-12-08"));
        let clear = RecurrencePatch::Set(None);
        assert_eq!(
            clear.apply(Some(&monthly_on_the_31st()), date("2026-12-08")),
            Ok(None)
        );
    }
}
