use chrono::NaiveDate;
use chrono_tz::Tz;

use super::{Description, Due, DueTime, Priority, Tags, Task, TaskDraft, Title};
use crate::clock::Timestamp;
use crate::error::Violation;

/// What a partial update sets; `None` keeps what is there (RFC 7396).
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct TaskPatch {
    /// A new title.
    pub title: Option<Title>,
    /// A new description, or none.
    pub description: Option<Option<Description>>,
    /// Whether it is done.
    pub completed: Option<CompletedChange>,
    /// A new priority.
    pub priority: Option<Priority>,
    /// A new due date, none, or parts of one.
    pub due: Option<DuePatch>,
    /// New tags, in place of all the old ones.
    pub tags: Option<Tags>,
}

/// What happens to a task's completion.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CompletedChange {
    /// Done or open, whatever it was; a done task keeps the time at which it was done.
    To(bool),
    /// The opposite of what it was.
    Toggle,
}

/// What happens to a task's due date.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum DuePatch {
    /// It becomes exactly this.
    Set(Option<Due>),
    /// Its parts are merged with what is there: outer `None` keeps, inner `None` clears.
    Merge {
        /// A new day; required where there was no due date.
        date: Option<NaiveDate>,
        /// A new time of day, or all day.
        time: Option<Option<DueTime>>,
        /// A new time zone, or none.
        timezone: Option<Option<Tz>>,
    },
}

/// A merged due date that breaks a rule, and which part of it does.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("due {part} {violation}")]
pub struct InvalidDue {
    /// `date` or `timezone`.
    pub part: &'static str,
    /// The rule.
    pub violation: Violation,
}

impl DuePatch {
    /// The due date that follows from `current`.
    ///
    /// # Errors
    /// A due date without a date, or with a time zone and no time.
    pub fn apply(&self, current: Option<&Due>) -> Result<Option<Due>, InvalidDue> {
        match self {
            Self::Set(due) => Ok(due.clone()),
            Self::Merge {
                date,
                time,
                timezone,
            } => {
                let date = date.or(current.map(Due::date)).ok_or_else(|| InvalidDue {
                    part: "date",
                    violation: Violation::required(),
                })?;
                let time = time.unwrap_or_else(|| current.and_then(Due::time));
                let timezone = timezone.unwrap_or_else(|| current.and_then(Due::timezone));
                Due::new(date, time, timezone)
                    .map(Some)
                    .map_err(|violation| InvalidDue {
                        part: "timezone",
                        violation,
                    })
            }
        }
    }
}

impl TaskPatch {
    /// A patch that replaces everything.
    #[must_use]
    pub fn replace_with(draft: TaskDraft) -> Self {
        Self {
            title: Some(draft.title),
            description: Some(draft.description),
            completed: Some(CompletedChange::To(draft.completed)),
            priority: Some(draft.priority),
            due: Some(DuePatch::Set(draft.due)),
            tags: Some(draft.tags),
        }
    }

    /// A patch that flips `completed`.
    #[must_use]
    pub fn toggle() -> Self {
        Self {
            completed: Some(CompletedChange::Toggle),
            ..Self::default()
        }
    }

    /// The task with the patch applied, its revision and `updated_at` as they were.
    ///
    /// # Errors
    /// The merged due date breaks a rule.
    pub fn apply(&self, task: &Task, at: Timestamp) -> Result<Task, InvalidDue> {
        let mut patched = task.clone();
        if let Some(title) = &self.title {
            patched.title = title.clone();
        }
        if let Some(description) = &self.description {
            patched.description.clone_from(description);
        }
        if let Some(change) = self.completed {
            let completed = match change {
                CompletedChange::To(completed) => completed,
                CompletedChange::Toggle => !task.is_completed(),
            };
            patched.completed_at = completed.then(|| task.completed_at.unwrap_or(at));
        }
        if let Some(priority) = self.priority {
            patched.priority = priority;
        }
        if let Some(due) = &self.due {
            patched.due = due.apply(task.due.as_ref())?;
        }
        if let Some(tags) = &self.tags {
            patched.tags = tags.clone();
        }
        Ok(patched)
    }
}

#[cfg(test)]
mod tests {
    use Part::{Clear, Keep, Set};

    use super::*;
    use crate::id::UserId;
    use crate::task::{NewTask, Revision};
    use crate::testing::builders::{
        a_draft, a_full_draft, a_task_id, completed, due, instant, redue, tags,
    };

    fn task(draft: TaskDraft) -> Task {
        let owner = UserId::for_subject("clerk", "user_1");
        NewTask {
            id: a_task_id(),
            draft,
            fingerprint: None,
        }
        .to_task(owner, Revision::ZERO.next(), instant(0))
    }

    /// What a patch says of one part.
    enum Part {
        Keep,
        Clear,
        Set(&'static str),
    }

    impl Part {
        #[expect(clippy::option_option, reason = "a part of a patch is one")]
        fn parse<T: std::str::FromStr<Err: std::fmt::Debug>>(self) -> Option<Option<T>> {
            match self {
                Self::Keep => None,
                Self::Clear => Some(None),
                Self::Set(text) => Some(Some(text.parse().unwrap())),
            }
        }
    }

    fn merge(date: Option<&str>, time: Part, timezone: Part) -> DuePatch {
        DuePatch::Merge {
            date: date.map(|date| crate::task::parse_date(date).unwrap()),
            time: time.parse(),
            timezone: timezone.parse(),
        }
    }

    #[test]
    fn an_empty_patch_keeps_everything() {
        let task = task(a_full_draft("Buy milk"));
        assert_eq!(TaskPatch::default().apply(&task, instant(1)).unwrap(), task);
    }

    #[test]
    fn null_clears_and_absent_keeps() {
        let task = task(a_full_draft("Buy milk"));
        let cleared = TaskPatch {
            description: Some(None),
            due: Some(DuePatch::Set(None)),
            tags: Some(tags(&[])),
            ..TaskPatch::default()
        };
        let patched = cleared.apply(&task, instant(1)).unwrap();
        assert_eq!((&patched.description, &patched.due), (&None, &None));
        assert!(patched.tags.is_empty());
        assert_eq!(
            (patched.title, patched.priority),
            (task.title, task.priority)
        );
        assert_eq!(patched.completed_at, task.completed_at);
    }

    #[test]
    fn completion_is_stamped_once_and_dropped_when_opened() {
        let open = task(a_draft("Buy milk"));
        let done = completed(true).apply(&open, instant(5)).unwrap();
        assert_eq!(done.completed_at, Some(instant(5)));
        let again = completed(true).apply(&done, instant(9)).unwrap();
        assert_eq!(again.completed_at, Some(instant(5)));
        assert_eq!(
            completed(false)
                .apply(&done, instant(9))
                .unwrap()
                .completed_at,
            None
        );
        assert_eq!(
            TaskPatch::toggle()
                .apply(&done, instant(9))
                .unwrap()
                .completed_at,
            None
        );
        let toggled = TaskPatch::toggle().apply(&open, instant(9)).unwrap();
        assert_eq!(toggled.completed_at, Some(instant(9)));
    }

    #[test]
    fn a_patch_leaves_revision_and_times_to_its_caller() {
        let task = task(a_draft("Buy milk"));
        let patched = completed(true).apply(&task, instant(5)).unwrap();
        assert_eq!(
            (patched.revision, patched.updated_at),
            (task.revision, task.updated_at)
        );
    }

    #[test]
    fn parts_of_a_due_date_merge_with_what_is_there() {
        let zoned = due("2026-11-21", Some("09:00"), Some("Europe/Rome"));
        let floating = due("2026-11-21", Some("09:00"), None);
        let all_day = due("2026-11-21", None, None);
        for (current, patch, expected) in [
            (Some(&zoned), merge(None, Keep, Keep), zoned.clone()),
            (Some(&zoned), merge(None, Clear, Clear), all_day.clone()),
            (Some(&zoned), merge(None, Keep, Clear), floating.clone()),
            (
                Some(&all_day),
                merge(None, Set("09:00"), Keep),
                floating.clone(),
            ),
            (
                Some(&floating),
                merge(Some("2027-01-01"), Keep, Set("Asia/Tokyo")),
                due("2027-01-01", Some("09:00"), Some("Asia/Tokyo")),
            ),
            (None, merge(Some("2026-11-21"), Keep, Keep), all_day.clone()),
        ] {
            assert_eq!(patch.apply(current), Ok(Some(expected)), "{patch:?}");
        }
    }

    #[test]
    fn a_merge_that_breaks_a_rule_names_the_part() {
        let zoned = due("2026-11-21", Some("09:00"), Some("Europe/Rome"));
        let all_day = due("2026-11-21", None, None);
        for (current, patch, part, code) in [
            (None, merge(None, Keep, Keep), "date", "required"),
            (None, merge(None, Set("09:00"), Keep), "date", "required"),
            (
                Some(&zoned),
                merge(None, Clear, Keep),
                "timezone",
                "needs_time",
            ),
            (
                Some(&all_day),
                merge(None, Keep, Set("UTC")),
                "timezone",
                "needs_time",
            ),
        ] {
            let invalid = patch.apply(current).unwrap_err();
            assert_eq!(
                (invalid.part, invalid.violation.code),
                (part, code),
                "{patch:?}"
            );
        }
        let task = task(TaskDraft {
            due: Some(zoned),
            ..a_draft("Buy milk")
        });
        assert!(
            redue(merge(None, Clear, Keep))
                .apply(&task, instant(1))
                .is_err()
        );
    }
}
