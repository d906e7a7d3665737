use proptest::prelude::*;
use tasklane_domain::task::{CompletedChange, OrderKey, Task, TaskDraft, TaskPatch};
use tasklane_domain_testkit::builders::instant;

use crate::strategies::{draft, patch, task};

proptest! {
    #[test]
    fn a_patch_of_equal_values_changes_nothing(task in task()) {
        let same = TaskPatch::replace_with(task.to_draft());
        prop_assert_eq!(same.apply(&task, instant(99)).unwrap(), task);
    }

    #[test]
    fn toggling_twice_restores_the_content(task in task()) {
        let once = TaskPatch::toggle().apply(&task, instant(98)).unwrap();
        prop_assert_ne!(once.is_completed(), task.is_completed());
        let twice = TaskPatch::toggle().apply(&once, instant(99)).unwrap();
        prop_assert_eq!(twice.to_draft(), task.to_draft());
    }

    #[test]
    fn a_replacement_equals_its_draft(task in task(), draft in draft()) {
        let replaced = TaskPatch::replace_with(draft.clone()).apply(&task, instant(99)).unwrap();
        let position = draft.position.clone();
        let position = position.or(Some(OrderKey::of_instant(task.created_at)));
        prop_assert_eq!(replaced.to_draft(), TaskDraft { position, ..draft });
        prop_assert_eq!((replaced.id, replaced.owner), (task.id, task.owner));
        prop_assert_eq!(replaced.created_at, task.created_at);
    }

    #[test]
    fn a_patch_without_a_toggle_means_the_same_twice(task in task(), patch in patch()) {
        prop_assume!(patch.completed != Some(CompletedChange::Toggle));
        if let Ok(once) = patch.apply(&task, instant(98)) {
            prop_assert_eq!(patch.apply(&once, instant(99)).unwrap(), once);
        }
    }

    #[test]
    fn what_a_patch_does_not_name_stays(task in task(), patch in patch()) {
        let Ok(patched) = patch.apply(&task, instant(99)) else { return Ok(()) };
        let kept = |named: bool, same: bool| named || same;
        prop_assert!(kept(patch.title.is_some(), patched.title == task.title));
        prop_assert!(kept(patch.description.is_some(), patched.description == task.description));
        prop_assert!(kept(patch.completed.is_some(), patched.completed_at == task.completed_at));
        prop_assert!(kept(patch.priority.is_some(), patched.priority == task.priority));
        prop_assert!(kept(patch.due.is_some(), patched.due == task.due));
        prop_assert!(kept(patch.tags.is_some(), patched.tags == task.tags));
        prop_assert!(kept(patch.position.is_some(), patched.position == task.position));
        prop_assert!(kept(patch.metadata.is_some(), patched.metadata == task.metadata));
        let rest = |task: &Task| (task.id, task.owner, task.revision, task.created_at, task.updated_at);
        prop_assert_eq!(rest(&patched), rest(&task));
        prop_assert_eq!(patched.deleted_at, task.deleted_at);
    }

    #[test]
    fn a_patch_in_two_parts_is_the_patch(task in task(), patch in patch()) {
        let Ok(whole) = patch.apply(&task, instant(99)) else { return Ok(()) };
        let first = TaskPatch { due: None, tags: None, completed: None, ..patch.clone() };
        let second = TaskPatch { title: None, description: None, priority: None, position: None, metadata: None, ..patch };
        let half = first.apply(&task, instant(99)).unwrap();
        prop_assert_eq!(second.apply(&half, instant(99)).unwrap(), whole);
    }
}
