use Part::{Clear, Keep, Set};

use tasklane_domain::id::UserId;
use tasklane_domain::task::{DuePatch, NewTask, Revision, Task, TaskDraft, TaskPatch};
use tasklane_domain_testkit::builders::{
    a_draft, a_full_draft, a_task_id, completed, due, instant, redue, tags,
};

fn task(draft: TaskDraft) -> Task {
    let owner = UserId::for_subject("clerk", "user_1").into();
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
        date: date.map(|date| tasklane_domain::task::parse_date(date).unwrap()),
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
    for (current, patch, member, code) in [
        (None, merge(None, Keep, Keep), "due/date", "required"),
        (
            None,
            merge(None, Set("09:00"), Keep),
            "due/date",
            "required",
        ),
        (
            Some(&zoned),
            merge(None, Clear, Keep),
            "due/timezone",
            "needs_time",
        ),
        (
            Some(&all_day),
            merge(None, Keep, Set("UTC")),
            "due/timezone",
            "needs_time",
        ),
    ] {
        let invalid = patch.apply(current).unwrap_err();
        assert_eq!(
            (invalid.member, invalid.violation.code),
            (member, code),
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
