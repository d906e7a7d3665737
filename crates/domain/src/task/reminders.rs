use super::{Due, InvalidMember};
use crate::clock::Timestamp;
use crate::error::Violation;

/// Most reminders of one task.
pub const MAX_REMINDERS: usize = 10;

/// How many minutes before the due date, -1,439 to 525,600. Of an all-day task they are counted from
/// its 00:00, so that -540 is nine in the morning.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct MinutesBefore(i32);

impl MinutesBefore {
    /// A minute less than a day after.
    pub const MIN: i32 = -1_439;
    /// A year of 365 days before.
    pub const MAX: i32 = 525_600;

    /// Checks a number.
    ///
    /// # Errors
    /// `out_of_range`.
    pub fn new(minutes: i64) -> Result<Self, Violation> {
        let minutes = i32::try_from(minutes).ok();
        let in_range = minutes.filter(|minutes| (Self::MIN..=Self::MAX).contains(minutes));
        in_range.map(Self).ok_or_else(|| {
            let message = format!("must be {} to {}", Self::MIN, Self::MAX);
            let violation = Violation::new("out_of_range", message);
            violation.with("max", Self::MAX.unsigned_abs().into())
        })
    }

    /// The number.
    #[must_use]
    pub const fn get(self) -> i32 {
        self.0
    }
}

/// When the owner wants to be reminded. It is data: a device that shows the task rings.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Reminder {
    /// Before the due date, or after it.
    MinutesBefore(MinutesBefore),
    /// At an instant.
    At(Timestamp),
}

/// A task's reminders: at most [`MAX_REMINDERS`], in the owner's order, no two the same.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Reminders(Vec<Reminder>);

impl Reminders {
    /// Checks the reminders of a task with this due date, and folds each repeated one into its first.
    ///
    /// # Errors
    /// `too_many` of them, repeated ones included, about the whole; or `needs_due`, about
    /// `minutes_before` of each that counts from a due date that is missing.
    pub fn new(reminders: Vec<Reminder>, due: Option<&Due>) -> Result<Self, Vec<InvalidMember>> {
        let mut broken = Vec::new();
        if reminders.len() > MAX_REMINDERS {
            let message = format!("must be at most {MAX_REMINDERS} reminders");
            let violation = Violation::new("too_many", message).with("max", MAX_REMINDERS as u64);
            broken.push(InvalidMember::new("", violation));
        }
        let mut kept = Vec::new();
        for (index, reminder) in reminders.into_iter().enumerate().take(MAX_REMINDERS) {
            if due.is_none() && matches!(reminder, Reminder::MinutesBefore(_)) {
                let member = format!("{index}/minutes_before");
                broken.push(InvalidMember::new(member, needs_due()));
            }
            if !kept.contains(&reminder) {
                kept.push(reminder);
            }
        }
        if broken.is_empty() {
            Ok(Self(kept))
        } else {
            Err(broken)
        }
    }

    /// The reminders in their order.
    pub fn iter(&self) -> std::slice::Iter<'_, Reminder> {
        self.0.iter()
    }

    /// Those that the next task of a series has too: one at an instant stays with its task.
    #[must_use]
    pub fn for_next(&self) -> Self {
        let follows = |reminder: &&Reminder| matches!(reminder, Reminder::MinutesBefore(_));
        Self(self.iter().filter(follows).copied().collect())
    }
}

impl<'a> IntoIterator for &'a Reminders {
    type Item = &'a Reminder;
    type IntoIter = std::slice::Iter<'a, Reminder>;

    fn into_iter(self) -> Self::IntoIter {
        self.iter()
    }
}

fn needs_due() -> Violation {
    Violation::new("needs_due", "is allowed only together with a due date")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::task::parse_date;

    fn before(minutes: i64) -> Reminder {
        Reminder::MinutesBefore(MinutesBefore::new(minutes).unwrap())
    }

    fn at(micros: i64) -> Reminder {
        Reminder::At(Timestamp::from_micros(micros).unwrap())
    }

    fn due() -> Option<Due> {
        Due::new(parse_date("2026-11-30").unwrap(), None, None).ok()
    }

    fn kept(reminders: &Reminders) -> Vec<Reminder> {
        reminders.iter().copied().collect()
    }

    #[test]
    fn minutes_reach_from_a_day_after_to_a_year_before() {
        for good in [-1_439, 0, 525_600] {
            assert!(MinutesBefore::new(good).is_ok(), "{good}");
        }
        for bad in [-1_440, 525_601, i64::MIN, i64::MAX] {
            let violation = MinutesBefore::new(bad).unwrap_err();
            assert_eq!(violation.code, "out_of_range", "{bad}");
        }
    }

    #[test]
    fn a_repeated_reminder_is_folded_into_the_first_and_order_is_kept() {
        let list = vec![at(5), before(10), at(5), before(-540), before(10)];
        let reminders = Reminders::new(list, due().as_ref()).unwrap();
        assert_eq!(kept(&reminders), [at(5), before(10), before(-540)]);
    }

    #[test]
    fn ten_reminders_are_the_most_even_if_some_are_the_same() {
        assert!(Reminders::new(vec![before(10); 10], due().as_ref()).is_ok());
        let broken = Reminders::new(vec![before(10); 11], due().as_ref()).unwrap_err();
        assert_eq!(
            (&*broken[0].member, broken[0].violation.code),
            ("", "too_many")
        );
        assert_eq!(broken.len(), 1);
    }

    #[test]
    fn each_reminder_that_needs_a_due_date_says_so_where_it_was_given() {
        let broken = Reminders::new(vec![at(5), before(10), at(5), before(0)], None).unwrap_err();
        let members: Vec<_> = broken.iter().map(|broken| &*broken.member).collect();
        assert_eq!(members, ["1/minutes_before", "3/minutes_before"]);
        assert!(
            broken
                .iter()
                .all(|broken| broken.violation.code == "needs_due")
        );
        assert!(Reminders::new(vec![at(5)], None).is_ok());
    }

    #[test]
    fn an_instant_stays_with_its_task() {
        let list = vec![at(5), before(10), at(6), before(20)];
        let reminders = Reminders::new(list, due().as_ref()).unwrap();
        assert_eq!(kept(&reminders.for_next()), [before(10), before(20)]);
    }
}
