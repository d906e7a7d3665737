use tasklane_domain::id::UserId;
use tasklane_domain::task::{
    Ledger, NewTask, Outcome, Precondition, Refusal, Revision, Task, TaskDraft, TaskState,
    WriteRules,
};
use tasklane_domain_testkit::builders::{
    a_draft, a_task_id, completed, create, create_once, delete, erase, instant, restore, revision,
    toggle, under, update,
};

fn owner() -> UserId {
    UserId::for_subject("clerk", "user_1")
}

fn open(live_tasks: u32, rules: WriteRules) -> Ledger {
    Ledger::open(owner(), revision(20), live_tasks, rules, instant(5))
}

fn limited(quota: u32, live_tasks: u32) -> Ledger {
    open(
        live_tasks,
        WriteRules {
            quota: Some(quota),
            ..WriteRules::default()
        },
    )
}

fn strict() -> Ledger {
    open(
        1,
        WriteRules {
            require_precondition: true,
            ..WriteRules::default()
        },
    )
}

fn draft() -> TaskDraft {
    a_draft("Buy milk")
}

fn enter(ledger: &mut Ledger, deleted: bool) -> Task {
    let new = NewTask {
        id: a_task_id(),
        draft: draft(),
        fingerprint: None,
    };
    let task = new.to_task(owner(), revision(3), instant(0));
    let task = Task {
        deleted_at: deleted.then(|| instant(1)),
        ..task
    };
    ledger.enter(TaskState::Task {
        task: Box::new(task.clone()),
        fingerprint: None,
    });
    task
}

fn books(ledger: &Ledger) -> (Revision, u32, usize) {
    (
        ledger.revision(),
        ledger.live_tasks(),
        ledger.written().count(),
    )
}

#[test]
fn each_change_takes_the_next_revision_and_is_written_once_a_task() {
    let mut ledger = open(0, WriteRules::default());
    let (first, second) = (a_task_id(), a_task_id());
    let operations = [
        create(first, draft()),
        create(second, draft()),
        toggle(first),
        delete(second),
    ];
    for (expected, operation) in (21..).zip(&operations) {
        let taken = ledger.apply(operation).unwrap().revision_taken();
        assert_eq!(taken, Some(revision(expected)));
    }
    assert_eq!(books(&ledger), (revision(24), 1, 2));
    let mut revisions: Vec<_> = ledger
        .written()
        .map(|held| match held {
            TaskState::Task { task, .. } => task.revision.as_i64(),
            TaskState::Tombstone { .. } => panic!("nothing was erased"),
        })
        .collect();
    revisions.sort_unstable();
    assert_eq!(revisions, [23, 24]);
}

#[test]
fn refused_and_unchanging_operations_leave_the_books_alone() {
    let mut ledger = limited(1, 1);
    let (live, trashed) = (enter(&mut ledger, false), enter(&mut ledger, true));
    let before = books(&ledger);
    let same = update(live.id, completed(false));
    assert_eq!(ledger.apply(&same), Ok(Outcome::Unchanged(live.clone())));
    for operation in [
        toggle(a_task_id()),
        create(live.id, draft()),
        create(a_task_id(), draft()),
        restore(live.id),
        restore(trashed.id),
        under(revision(4), toggle(live.id)),
    ] {
        ledger.apply(&operation).unwrap_err();
        assert_eq!(books(&ledger), before, "{operation:?}");
    }
    assert_eq!(ledger.written().count(), 0);
}

#[test]
fn the_quota_bounds_what_becomes_live_and_nothing_else() {
    let mut ledger = limited(2, 2);
    let (live, trashed) = (enter(&mut ledger, false), enter(&mut ledger, true));
    let exceeded = Err(Refusal::QuotaExceeded { limit: 2 });
    assert_eq!(ledger.apply(&create(a_task_id(), draft())), exceeded);
    assert_eq!(ledger.apply(&restore(trashed.id)), exceeded);
    ledger.apply(&toggle(live.id)).unwrap();
    assert_eq!(ledger.live_tasks(), 2);
    ledger.apply(&delete(live.id)).unwrap();
    assert_eq!(ledger.live_tasks(), 1);
    ledger.apply(&restore(trashed.id)).unwrap();
    assert_eq!(ledger.apply(&create(a_task_id(), draft())), exceeded);
    ledger.apply(&erase(trashed.id)).unwrap();
    assert_eq!(ledger.live_tasks(), 1);
    ledger.apply(&erase(live.id)).unwrap();
    assert_eq!(ledger.live_tasks(), 1, "a task in the trash was not live");
    ledger.apply(&create(a_task_id(), draft())).unwrap();
    assert_eq!(ledger.live_tasks(), 2);
}

#[test]
fn an_owner_above_a_lowered_quota_can_only_go_down() {
    let mut ledger = limited(2, 5);
    let live = enter(&mut ledger, false);
    assert!(ledger.apply(&create(a_task_id(), draft())).is_err());
    ledger.apply(&delete(live.id)).unwrap();
    assert!(ledger.apply(&restore(live.id)).is_err());
    assert_eq!(ledger.live_tasks(), 4);
}

#[test]
fn a_required_precondition_is_asked_of_writes_to_existing_tasks() {
    let mut ledger = strict();
    let (live, trashed) = (enter(&mut ledger, false), enter(&mut ledger, true));
    let required = Err(Refusal::PreconditionRequired {
        current: revision(3),
    });
    let unchanged = update(live.id, completed(false));
    for operation in [toggle(live.id), unchanged, delete(live.id), erase(live.id)] {
        assert_eq!(ledger.apply(&operation), required, "{operation:?}");
    }
    for operation in [restore(trashed.id), erase(trashed.id)] {
        assert_eq!(ledger.apply(&operation), required, "{operation:?}");
    }
    let taken = Refusal::AlreadyExists {
        current: Some(revision(3)),
    };
    assert_eq!(ledger.apply(&create(live.id, draft())), Err(taken));
    assert_eq!(ledger.apply(&restore(live.id)), Err(Refusal::NotDeleted));
    assert_eq!(ledger.apply(&toggle(trashed.id)), Err(Refusal::NotFound));
    assert_eq!(ledger.apply(&toggle(a_task_id())), Err(Refusal::NotFound));
    ledger
        .apply(&under(Precondition::Exists, toggle(live.id)))
        .unwrap();
}

#[test]
fn what_the_books_have_written_needs_no_precondition() {
    let mut ledger = strict();
    let (live, new) = (enter(&mut ledger, false), a_task_id());
    ledger.apply(&create(new, draft())).unwrap();
    ledger.apply(&toggle(new)).unwrap();
    assert!(
        ledger
            .apply(&under(revision(3), update(live.id, completed(false))))
            .is_ok()
    );
    assert!(
        ledger.apply(&toggle(live.id)).is_err(),
        "nothing was written to it yet"
    );
    ledger.apply(&under(revision(3), toggle(live.id))).unwrap();
    ledger.apply(&delete(live.id)).unwrap();
    assert_eq!(ledger.apply(&toggle(live.id)), Err(Refusal::NotFound));
}

#[test]
fn a_fingerprint_stays_with_the_id() {
    let mut ledger = open(0, WriteRules::default());
    let id = a_task_id();
    let (operation, fingerprint) = create_once(id, draft());
    for operation in [operation, toggle(id), delete(id), restore(id), erase(id)] {
        ledger.apply(&operation).unwrap();
        let written: Vec<_> = ledger.written().map(TaskState::fingerprint).collect();
        assert_eq!(written, [Some(fingerprint)], "after {operation:?}");
    }
}
