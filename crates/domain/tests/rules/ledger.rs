use tasklane_domain::id::OwnerId;
use tasklane_domain::task::{
    Action, Ledger, NewTask, Operation, Outcome, OwnerState, Precondition, Refusal, Revision, Task,
    TaskDraft, TaskState, Usage, Write, WriteError, WriteRules,
};
use tasklane_domain::user::Actor;
use tasklane_domain_testkit::builders::{
    a_draft, a_federated_actor, a_task_id, completed, create, create_once, delete, erase, instant,
    most_open_tasks, restore, revision, toggle, too_many_open_tasks, under, update,
};

/// A ledger with the rules that it is written under.
struct Books {
    ledger: Ledger,
    actor: Actor,
    rules: WriteRules,
}

impl Books {
    fn apply(&mut self, operation: &Operation) -> Result<Outcome, Refusal> {
        let mut outcomes = self.apply_all(vec![operation.clone()])?;
        Ok(outcomes.remove(0))
    }

    fn apply_all(&mut self, operations: Vec<Operation>) -> Result<Vec<Outcome>, Refusal> {
        match self.write(operations.into()) {
            Ok(outcomes) => Ok(outcomes),
            Err(WriteError::Refused { refusal, .. }) => Err(refusal),
            Err(error) => panic!("{error:?}"),
        }
    }

    fn write(&mut self, action: Action) -> Result<Vec<Outcome>, WriteError> {
        let written = self.ledger.write(&Write {
            owner: self.actor.owner(),
            actor: self.actor.clone(),
            action,
            rules: self.rules,
            at: instant(5),
        })?;
        Ok(written.outcomes)
    }

    fn owner(&self) -> OwnerId {
        self.actor.owner()
    }

    fn open_tasks(&self) -> u64 {
        self.ledger.state().usage.open_tasks
    }

    fn written(&self) -> Vec<TaskState> {
        let changes = self.ledger.clone().close();
        let tasks = changes.into_iter().flat_map(|changes| changes.tasks);
        tasks.map(|task| task.after).collect()
    }
}

fn open(open_tasks: u64, rules: WriteRules) -> Books {
    let actor = a_federated_actor();
    let state = OwnerState {
        exists: true,
        version: 8,
        revision: revision(20),
        usage: Usage {
            open_tasks,
            items: 10,
            bytes: 1000,
        },
        not_before: None,
    };
    Books {
        ledger: Ledger::open(actor.owner(), state),
        actor,
        rules,
    }
}

fn limited(quota: u64, open_tasks: u64) -> Books {
    open(
        open_tasks,
        WriteRules {
            quotas: most_open_tasks(quota),
            ..WriteRules::default()
        },
    )
}

fn strict() -> Books {
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

fn enter(books: &mut Books, deleted: bool) -> Task {
    let new = NewTask {
        id: a_task_id(),
        draft: draft(),
        fingerprint: None,
    };
    let task = new.to_task(books.owner(), revision(3), instant(0));
    let task = Task {
        deleted_at: deleted.then(|| instant(1)),
        ..task
    };
    books.ledger.enter(TaskState::Task {
        task: Box::new(task.clone()),
        fingerprint: None,
    });
    task
}

fn totals(books: &Books) -> (Revision, Usage, usize) {
    let state = books.ledger.state();
    (state.revision, state.usage, books.written().len())
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
    let usage = Usage {
        open_tasks: 0,
        items: 12,
        bytes: 1036,
    };
    assert_eq!(totals(&ledger), (revision(24), usage, 2));
    let written = ledger.written();
    let revisions: Vec<Revision> = written.iter().map(TaskState::revision).collect();
    assert_eq!(revisions, [revision(23), revision(24)]);
}

#[test]
fn refused_and_unchanging_operations_leave_the_books_alone() {
    let mut ledger = limited(1, 1);
    let (live, trashed) = (enter(&mut ledger, false), enter(&mut ledger, true));
    let before = totals(&ledger);
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
        assert_eq!(totals(&ledger), before, "{operation:?}");
    }
    assert_eq!(ledger.ledger.close(), None);
}

#[test]
fn the_quota_bounds_what_becomes_open_and_nothing_else() {
    let mut ledger = limited(2, 2);
    let (live, trashed) = (enter(&mut ledger, false), enter(&mut ledger, true));
    let exceeded = Err(too_many_open_tasks(2));
    assert_eq!(ledger.apply(&create(a_task_id(), draft())), exceeded);
    assert_eq!(ledger.apply(&restore(trashed.id)), exceeded);
    ledger.apply(&toggle(live.id)).unwrap();
    assert_eq!(ledger.open_tasks(), 1, "a completed task is not open");
    ledger.apply(&delete(live.id)).unwrap();
    assert_eq!(ledger.open_tasks(), 1);
    ledger.apply(&restore(trashed.id)).unwrap();
    assert_eq!(ledger.apply(&create(a_task_id(), draft())), exceeded);
    ledger.apply(&erase(trashed.id)).unwrap();
    assert_eq!(ledger.open_tasks(), 1);
    ledger.apply(&erase(live.id)).unwrap();
    assert_eq!(ledger.open_tasks(), 1, "a task in the trash was not live");
    ledger.apply(&create(a_task_id(), draft())).unwrap();
    assert_eq!(ledger.open_tasks(), 2);
}

#[test]
fn an_owner_above_a_lowered_quota_can_only_go_down() {
    let mut ledger = limited(2, 5);
    let live = enter(&mut ledger, false);
    assert!(ledger.apply(&create(a_task_id(), draft())).is_err());
    ledger.apply(&delete(live.id)).unwrap();
    assert!(ledger.apply(&restore(live.id)).is_err());
    assert_eq!(ledger.open_tasks(), 4);
}

#[test]
fn erasure_frees_the_text_and_keeps_the_item() {
    let mut ledger = open(1, WriteRules::default());
    let live = enter(&mut ledger, false);
    ledger.apply(&erase(live.id)).unwrap();
    let usage = Usage {
        open_tasks: 0,
        items: 10,
        bytes: 982,
    };
    assert_eq!(ledger.ledger.state().usage, usage);
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
        current: Some(live.clone().into()),
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
fn what_a_write_has_written_needs_no_precondition_from_it() {
    let mut ledger = strict();
    let (live, new) = (enter(&mut ledger, false), a_task_id());
    let same = update(live.id, completed(false));
    let operations = |last: Operation| vec![create(new, draft()), toggle(new), last];
    ledger
        .apply_all(operations(under(revision(3), same)))
        .unwrap();
    let another = a_task_id();
    let refused = ledger.apply_all(vec![create(another, draft()), toggle(live.id)]);
    assert!(refused.is_err(), "nothing was written to it yet");
    let refused = ledger.apply(&toggle(new));
    assert!(refused.is_err(), "another write has written it");
    let outcomes = ledger.apply_all(vec![under(revision(3), toggle(live.id)), delete(live.id)]);
    assert_eq!(outcomes.map(|outcomes| outcomes.len()), Ok(2));
    assert_eq!(ledger.apply(&toggle(live.id)), Err(Refusal::NotFound));
}

#[test]
fn a_fingerprint_stays_with_the_id() {
    let mut ledger = open(0, WriteRules::default());
    let id = a_task_id();
    let (operation, fingerprint) = create_once(id, draft());
    for operation in [operation, toggle(id), delete(id), restore(id), erase(id)] {
        ledger.apply(&operation).unwrap();
        let written: Vec<_> = ledger
            .written()
            .iter()
            .map(TaskState::fingerprint)
            .collect();
        assert_eq!(written, [Some(fingerprint)], "after {operation:?}");
    }
}

#[test]
fn a_refused_write_is_undone_as_a_whole() {
    let mut ledger = open(1, WriteRules::default());
    let live = enter(&mut ledger, false);
    ledger.apply(&toggle(live.id)).unwrap();
    let before = (totals(&ledger), ledger.written());
    let new = a_task_id();
    let refused = ledger.apply_all(vec![
        create(new, draft()),
        toggle(new),
        delete(live.id),
        toggle(a_task_id()),
    ]);
    assert_eq!(refused, Err(Refusal::NotFound));
    assert_eq!((totals(&ledger), ledger.written()), before);
    ledger.apply(&create(new, draft())).unwrap();
    ledger.apply(&delete(live.id)).unwrap();
}

#[test]
fn what_is_closed_says_what_was_read_and_which_version_must_still_be_there() {
    let mut ledger = open(1, WriteRules::default());
    let live = enter(&mut ledger, false);
    ledger.apply(&toggle(live.id)).unwrap();
    ledger.apply(&create(a_task_id(), draft())).unwrap();
    let changes = ledger.ledger.close().unwrap();
    assert_eq!((changes.loaded_version, changes.state.version), (8, 9));
    assert_eq!(changes.admission, None);
    let before: Vec<_> = changes
        .tasks
        .iter()
        .map(|task| task.before.as_ref().map(TaskState::revision))
        .collect();
    assert_eq!(before, [Some(revision(3)), None]);
}

#[test]
fn a_federated_user_is_admitted_with_the_first_change_and_a_local_one_never() {
    let actor = a_federated_actor();
    let mut books = Books {
        ledger: Ledger::open(actor.owner(), OwnerState::default()),
        actor: actor.clone(),
        rules: WriteRules::default(),
    };
    assert_eq!(books.apply(&toggle(a_task_id())), Err(Refusal::NotFound));
    assert_eq!(books.ledger.clone().close(), None);
    books.apply(&create(a_task_id(), draft())).unwrap();
    books.apply(&create(a_task_id(), draft())).unwrap();
    let changes = books.ledger.close().unwrap();
    assert_eq!(changes.admission, actor.admission(instant(5)));
    assert!(changes.state.exists);

    let local = Actor::local(actor.id);
    let mut books = Books {
        ledger: Ledger::open(local.owner(), OwnerState::default()),
        actor: local,
        rules: WriteRules::default(),
    };
    let refused = books.write(create(a_task_id(), draft()).into());
    assert!(matches!(refused, Err(WriteError::UnknownOwner)));
}

#[test]
fn a_token_from_before_tokens_were_refused_writes_nothing() {
    let state = OwnerState {
        not_before: Some(instant(2)),
        ..open(0, WriteRules::default()).ledger.state()
    };
    for (issued_at, may) in [
        (None, true),
        (Some(instant(1)), false),
        (Some(instant(2)), false),
        (Some(instant(3)), true),
    ] {
        let actor = a_federated_actor().by_token_of(issued_at);
        let mut books = Books {
            ledger: Ledger::open(actor.owner(), state),
            actor,
            rules: WriteRules::default(),
        };
        let written = books.write(create(a_task_id(), draft()).into());
        match written {
            Ok(_) => assert!(may, "{issued_at:?}"),
            Err(WriteError::Revoked) => assert!(!may, "{issued_at:?}"),
            Err(error) => panic!("{error:?}"),
        }
    }
}

#[test]
fn a_trash_is_emptied_in_the_order_of_its_revisions() {
    let mut ledger = open(3, WriteRules::default());
    let ids: Vec<_> = (0..3).map(|_| enter(&mut ledger, false).id).collect();
    for id in [ids[2], ids[0], ids[1]] {
        ledger.apply(&delete(id)).unwrap();
    }
    let erased = |outcomes: Vec<Outcome>| -> Vec<_> {
        let tombstones = outcomes.into_iter().map(|outcome| match outcome {
            Outcome::Erased(tombstone) => (tombstone.id, tombstone.revision),
            other => panic!("{other:?}"),
        });
        tombstones.collect()
    };
    let first = ledger.write(Action::EmptyTrash { most: 2 }).unwrap();
    assert_eq!(
        erased(first),
        [(ids[2], revision(24)), (ids[0], revision(25))]
    );
    let rest = ledger.write(Action::EmptyTrash { most: 2 }).unwrap();
    assert_eq!(erased(rest), [(ids[1], revision(26))]);
    assert_eq!(ledger.write(Action::EmptyTrash { most: 2 }).unwrap(), []);
    assert_eq!(ledger.open_tasks(), 0);
}

#[test]
fn a_restored_task_does_not_become_part_of_a_sub_task() {
    let mut books = open(2, WriteRules::default());
    let [whole, part] = [enter(&mut books, false), enter(&mut books, false)];
    let trashed = enter(&mut books, true);
    // The id of a purged parent can come to be used by another task.
    for (task, parent) in [(&part, whole.id), (&trashed, part.id)] {
        books.ledger.enter(TaskState::Task {
            task: Box::new(Task {
                parent: Some(parent),
                ..task.clone()
            }),
            fingerprint: None,
        });
    }
    let restored = books.apply(&restore(trashed.id)).unwrap();
    assert_eq!(restored.into_task().unwrap().parent, None);
}
