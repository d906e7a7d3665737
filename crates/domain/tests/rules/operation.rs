use tasklane_domain::id::{OwnerId, UserId};
use tasklane_domain::task::{
    DuePatch, NewTask, Operation, Outcome, Refusal, Task, TaskPatch, TaskState, Tombstone,
};
use tasklane_domain_testkit::builders::{
    a_draft, a_full_draft, a_task_id, completed, create, delete, erase, instant, redue, restore,
    revision, toggle, under, update,
};

const NEXT: i64 = 9;

fn owner() -> OwnerId {
    UserId::for_subject("clerk", "user_1").into()
}

fn live() -> Task {
    let new = NewTask {
        id: a_task_id(),
        draft: a_full_draft("Buy milk"),
        fingerprint: None,
    };
    new.to_task(owner(), revision(3), instant(0))
}

fn trashed() -> Task {
    Task {
        deleted_at: Some(instant(1)),
        updated_at: instant(1),
        ..live()
    }
}

fn held(task: Task) -> TaskState {
    TaskState::Task {
        task: Box::new(task),
        fingerprint: None,
    }
}

fn erased() -> TaskState {
    let tombstone = Tombstone {
        id: a_task_id(),
        revision: revision(3),
        deleted_at: instant(1),
    };
    TaskState::Tombstone {
        tombstone,
        fingerprint: None,
    }
}

fn decide(operation: &Operation, held: Option<&TaskState>) -> Result<Outcome, Refusal> {
    operation.decide(owner(), held, revision(NEXT), instant(5))
}

#[test]
fn a_create_needs_an_id_that_nothing_stands_under() {
    let operation = create(a_task_id(), a_full_draft("Buy milk"));
    let Ok(Outcome::Created(task)) = decide(&operation, None) else {
        panic!("not created")
    };
    assert_eq!(
        (task.id, task.owner, task.revision),
        (operation.id(), owner(), revision(NEXT))
    );
    assert_eq!(task.to_draft(), a_full_draft("Buy milk"));
    assert_eq!([task.created_at, task.updated_at], [instant(5); 2]);
    assert_eq!(
        (task.completed_at, task.deleted_at),
        (Some(instant(5)), None)
    );
    for held in [held(live()), held(trashed()), erased()] {
        let current = held.task().cloned().map(Box::new);
        assert_eq!(
            decide(&operation, Some(&held)),
            Err(Refusal::AlreadyExists { current })
        );
    }
}

#[test]
fn each_operation_finds_only_what_it_is_for() {
    let id = a_task_id();
    let (live, trashed) = (Some(held(live())), Some(held(trashed())));
    let not_found = |operation: &Operation, held: &Option<TaskState>| {
        decide(operation, held.as_ref()) == Err(Refusal::NotFound)
    };
    for operation in [toggle(id), delete(id)] {
        assert!(!not_found(&operation, &live) && not_found(&operation, &trashed));
    }
    assert_eq!(
        decide(&restore(id), live.as_ref()),
        Err(Refusal::NotDeleted)
    );
    assert!(decide(&restore(id), trashed.as_ref()).is_ok());
    assert!(decide(&erase(id), live.as_ref()).is_ok());
    assert!(decide(&erase(id), trashed.as_ref()).is_ok());
    for operation in [toggle(id), delete(id), restore(id), erase(id)] {
        assert!(not_found(&operation, &None) && not_found(&operation, &Some(erased())));
    }
}

#[test]
fn a_change_is_stamped_with_the_next_revision_and_the_instant() {
    let id = a_task_id();
    for (operation, task) in [
        (toggle(id), live()),
        (delete(id), live()),
        (restore(id), trashed()),
    ] {
        let outcome = decide(&operation, Some(&held(task.clone()))).unwrap();
        assert_eq!(outcome.revision_taken(), Some(revision(NEXT)));
        let after = outcome.into_task().unwrap();
        assert_eq!(
            (after.revision, after.updated_at),
            (revision(NEXT), instant(5))
        );
        assert_eq!(after.created_at, task.created_at);
    }
}

#[test]
fn the_trash_keeps_the_content_and_restoring_brings_it_back() {
    let task = live();
    let deleted = decide(&delete(task.id), Some(&held(task.clone()))).unwrap();
    let Outcome::Deleted(deleted) = deleted else {
        panic!("{deleted:?}")
    };
    assert_eq!(
        (deleted.deleted_at, deleted.to_draft()),
        (Some(instant(5)), task.to_draft())
    );
    let restored = decide(&restore(task.id), Some(&held(deleted))).unwrap();
    let Outcome::Changed(restored) = restored else {
        panic!("{restored:?}")
    };
    assert_eq!(
        (restored.deleted_at, restored.to_draft()),
        (None, task.to_draft())
    );
}

#[test]
fn a_tombstone_remembers_when_its_task_was_deleted() {
    for (task, deleted_at) in [(live(), instant(5)), (trashed(), instant(1))] {
        let outcome = decide(&erase(task.id), Some(&held(task.clone())));
        let expected = Tombstone {
            id: task.id,
            revision: revision(NEXT),
            deleted_at,
        };
        assert_eq!(outcome, Ok(Outcome::Erased(expected)));
    }
}

#[test]
fn an_update_to_the_same_values_takes_no_revision() {
    let task = live();
    for patch in [
        TaskPatch::default(),
        TaskPatch::replace_with(task.to_draft()),
        completed(true),
    ] {
        let outcome = decide(&update(task.id, patch), Some(&held(task.clone()))).unwrap();
        assert_eq!(outcome, Outcome::Unchanged(task.clone()));
        assert_eq!(outcome.revision_taken(), None);
    }
}

#[test]
fn the_precondition_is_checked_after_existence_and_before_content() {
    let live = live();
    let task = held(live.clone());
    let failed = |current: Task| {
        Err(Refusal::PreconditionFailed {
            current: current.into(),
        })
    };
    let id = a_task_id();
    let invalid = update(
        id,
        redue(DuePatch::Merge {
            date: None,
            time: Some(None),
            timezone: None,
        }),
    );
    assert!(matches!(
        decide(&invalid, Some(&task)),
        Err(Refusal::InvalidInput(_))
    ));
    assert_eq!(
        decide(&under(revision(2), invalid), Some(&task)),
        failed(live.clone())
    );
    for operation in [toggle(id), delete(id), erase(id)] {
        let stale = under(revision(2), operation);
        assert_eq!(decide(&stale, Some(&task)), failed(live.clone()));
        assert_eq!(decide(&stale, None), Err(Refusal::NotFound));
    }
    assert_eq!(
        decide(&under(revision(2), restore(id)), Some(&task)),
        Err(Refusal::NotDeleted)
    );
    let trashed = trashed();
    assert_eq!(
        decide(
            &under(revision(2), restore(id)),
            Some(&held(trashed.clone()))
        ),
        failed(trashed)
    );
}

#[test]
fn an_outcome_knows_what_is_left() {
    let task = live();
    let tombstone = Tombstone {
        id: task.id,
        revision: revision(4),
        deleted_at: instant(0),
    };
    for (outcome, revision, is_task) in [
        (Outcome::Created(task.clone()), Some(task.revision), true),
        (Outcome::Changed(task.clone()), Some(task.revision), true),
        (Outcome::Unchanged(task.clone()), None, true),
        (Outcome::Deleted(task.clone()), Some(task.revision), true),
        (Outcome::Erased(tombstone), Some(revision(4)), false),
    ] {
        assert_eq!(outcome.revision_taken(), revision);
        assert_eq!(outcome.into_task().is_some(), is_task);
    }
    let draft = a_draft("Kept");
    let fingerprint = Some(draft.fingerprint());
    assert_eq!(
        TaskState::Tombstone {
            tombstone,
            fingerprint
        }
        .fingerprint(),
        fingerprint
    );
    assert_eq!(
        TaskState::Tombstone {
            tombstone,
            fingerprint
        }
        .live_revision(),
        None
    );
    assert_eq!(held(task).live_revision(), Some(revision(3)));
}
