use futures::executor::block_on;
use mockall::predicate::eq;
use tasklane_domain::id::{MockIdGenerator, TaskId};
use tasklane_domain::port::MockTaskRepository;
use tasklane_domain::service::{CreateError, Creation};
use tasklane_domain::task::{
    IdempotencyKey, NewTask, Operation, Outcome, Refusal, Task, TaskDraft, TaskState, Tombstone,
    WriteError,
};
use tasklane_domain::user::Actor;
use tasklane_domain_testkit::builders::{
    a_draft, a_federated_actor, a_full_draft, a_task_id, create, instant, revision,
    too_many_open_tasks,
};

use super::super::outage;
use super::{a_task, expecting, first_id, refused, service, service_with};

fn key() -> IdempotencyKey {
    IdempotencyKey::parse("create-1").unwrap()
}

/// A repository in which the key's task exists already.
fn replaying(owner: &Actor, draft: &TaskDraft, held: Option<TaskState>) -> MockTaskRepository {
    let id = TaskId::for_key(owner.owner(), key().as_str());
    let fingerprint = Some(draft.fingerprint());
    let operation = Operation::Create(NewTask {
        id,
        draft: draft.clone(),
        fingerprint,
    });
    let taken = Refusal::AlreadyExists { current: None };
    let mut tasks = expecting(owner, operation, || Err(refused(taken)));
    tasks
        .expect_find_state()
        .with(eq(owner.owner()), eq(id))
        .times(1)
        .return_once(|_, _| Ok(held));
    tasks
}

#[test]
fn a_create_without_a_key_writes_once_under_a_fresh_id() {
    let owner = a_federated_actor();
    let task = a_task(&owner, first_id(), a_full_draft("Buy milk"));
    let made = task.clone();
    let tasks = expecting(&owner, create(first_id(), a_full_draft("Buy milk")), || {
        Ok(Outcome::Created(made))
    });
    let creation =
        block_on(service(tasks).create(owner.owner(), &owner, a_full_draft("Buy milk"), None));
    assert_eq!(creation.unwrap(), Creation::Created(task));
}

#[test]
fn a_key_stands_for_the_id_and_a_won_create_looks_nothing_up() {
    let owner = a_federated_actor();
    let draft = a_full_draft("Buy milk");
    let id = TaskId::for_key(owner.owner(), "create-1");
    let fingerprint = Some(draft.fingerprint());
    let operation = Operation::Create(NewTask {
        id,
        draft: draft.clone(),
        fingerprint,
    });
    let task = a_task(&owner, id, draft.clone());
    let made = task.clone();
    let tasks = expecting(&owner, operation, || Ok(Outcome::Created(made)));
    // No id is taken from the generator: the mock would fail.
    let service = service_with(tasks, MockIdGenerator::new());
    let creation = block_on(service.create(owner.owner(), &owner, draft, Some(&key())));
    assert_eq!(creation.unwrap(), Creation::Created(task));
}

#[test]
fn a_replayed_key_gives_the_task_as_it_stands_and_writes_nothing_twice() {
    let owner = a_federated_actor();
    let draft = a_draft("Buy milk");
    let id = TaskId::for_key(owner.owner(), "create-1");
    let live = a_task(&owner, id, a_draft("Renamed since"));
    let trashed = Task {
        deleted_at: Some(instant(-1)),
        ..live.clone()
    };
    for task in [live, trashed] {
        let fingerprint = Some(draft.fingerprint());
        let held = TaskState::Task {
            task: Box::new(task.clone()),
            fingerprint,
        };
        let service = service(replaying(&owner, &draft, Some(held)));
        let creation = block_on(service.create(owner.owner(), &owner, draft.clone(), Some(&key())));
        assert_eq!(creation.unwrap(), Creation::Replayed(task));
    }
}

#[test]
fn a_key_of_another_draft_or_of_an_erased_task_is_reused() {
    let owner = a_federated_actor();
    let draft = a_draft("Buy milk");
    let task = Box::new(a_task(&owner, first_id(), draft.clone()));
    let tombstone = Tombstone {
        id: first_id(),
        revision: revision(4),
        deleted_at: instant(-1),
    };
    let same = Some(draft.fingerprint());
    let other = Some(a_draft("Buy bread").fingerprint());
    let cases = [
        Some(TaskState::Task {
            task: task.clone(),
            fingerprint: other,
        }),
        Some(TaskState::Task {
            task,
            fingerprint: None,
        }),
        Some(TaskState::Tombstone {
            tombstone,
            fingerprint: same,
        }),
        Some(TaskState::Tombstone {
            tombstone,
            fingerprint: None,
        }),
        None,
    ];
    for held in cases {
        let service = service(replaying(&owner, &draft, held.clone()));
        let creation = block_on(service.create(owner.owner(), &owner, draft.clone(), Some(&key())));
        assert!(
            matches!(creation, Err(CreateError::KeyReused)),
            "{held:?}: {creation:?}"
        );
    }
}

#[test]
fn a_refused_create_does_not_use_the_key_up() {
    let owner = a_federated_actor();
    let draft = a_draft("Buy milk");
    for key in [None, Some(key())] {
        let mut tasks = MockTaskRepository::new();
        tasks
            .expect_write()
            .times(1)
            .return_once(|_, _, _, _, _| Err(refused(too_many_open_tasks(7))));
        tasks.expect_find_state().never();
        let creation =
            block_on(service(tasks).create(owner.owner(), &owner, draft.clone(), key.as_ref()));
        let Err(CreateError::Write(WriteError::Refused { refusal, .. })) = creation else {
            panic!("{creation:?}")
        };
        assert_eq!(refusal, too_many_open_tasks(7));
    }
}

#[test]
fn a_fresh_id_that_is_taken_is_no_replay() {
    let owner = a_federated_actor();
    let taken = Refusal::AlreadyExists { current: None };
    let tasks = expecting(&owner, create(first_id(), a_draft("x")), || {
        Err(refused(taken))
    });
    let creation = block_on(service(tasks).create(owner.owner(), &owner, a_draft("x"), None));
    let is_refused = matches!(
        creation,
        Err(CreateError::Write(WriteError::Refused {
            refusal: Refusal::AlreadyExists { .. },
            ..
        }))
    );
    assert!(is_refused, "{creation:?}");
}

#[test]
fn a_store_that_fails_makes_no_create_a_success() {
    let owner = a_federated_actor();
    let draft = a_draft("Buy milk");
    let mut tasks = MockTaskRepository::new();
    tasks
        .expect_write()
        .times(1)
        .return_once(|_, _, _, _, _| Err(outage().into()));
    let creation =
        block_on(service(tasks).create(owner.owner(), &owner, draft.clone(), Some(&key())));
    assert!(
        matches!(creation, Err(CreateError::Write(WriteError::Store(_)))),
        "{creation:?}"
    );

    let mut tasks = MockTaskRepository::new();
    let taken = Refusal::AlreadyExists { current: None };
    tasks
        .expect_write()
        .times(1)
        .return_once(|_, _, _, _, _| Err(refused(taken)));
    tasks
        .expect_find_state()
        .times(1)
        .return_once(|_, _| Err(outage()));
    let creation = block_on(service(tasks).create(owner.owner(), &owner, draft, Some(&key())));
    assert!(
        matches!(creation, Err(CreateError::Write(WriteError::Store(_)))),
        "{creation:?}"
    );
}

#[test]
fn a_create_under_the_clients_id_is_never_a_replay() {
    let owner = a_federated_actor();
    let id = a_task_id();
    let taken = Refusal::AlreadyExists {
        current: Some(a_task(&owner, id, a_draft("x")).into()),
    };
    let answer = taken.clone();
    let tasks = expecting(&owner, create(id, a_draft("x")), || Err(refused(answer)));
    let outcome = block_on(service(tasks).create_under(owner.owner(), &owner, id, a_draft("x")));
    assert!(matches!(outcome, Err(WriteError::Refused { refusal, .. }) if refusal == taken));
}
