use std::sync::Arc;

use futures::executor::block_on;
use mockall::predicate::eq;

use super::outage;
use crate::id::{IdGenerator, MockIdGenerator, TaskId};
use crate::page::{ListVersion, TaskPage, TaskQuery};
use crate::port::{BatchError, FeedError, MockTaskRepository, WriteError};
use crate::service::{CreateError, Creation, IdempotencyKey, ListAnswer, TaskService};
use crate::task::{
    ChangePage, Held, NewTask, Operation, Outcome, Refusal, Revision, Task, TaskDraft, TaskPatch,
    Tombstone, WriteRules,
};
use crate::testing::builders::{
    a_draft, a_full_draft, a_task_id, an_issued_owner, create, delete, erase, instant, restore,
    revision, toggle, under, update,
};
use crate::testing::{FixedClock, SequentialIds};
use crate::user::Owner;

const RULES: WriteRules = WriteRules {
    quota: Some(7),
    require_precondition: true,
};

fn service(tasks: MockTaskRepository) -> TaskService {
    service_with(tasks, SequentialIds::default())
}

fn service_with(tasks: MockTaskRepository, ids: impl IdGenerator + 'static) -> TaskService {
    let clock = FixedClock::at(instant(0));
    TaskService::new(Arc::new(tasks), Arc::new(clock), Arc::new(ids), RULES)
}

fn first_id() -> TaskId {
    TaskId::new(SequentialIds::nth(1))
}

fn key() -> IdempotencyKey {
    IdempotencyKey::parse("create-1").unwrap()
}

fn a_task(owner: &Owner, id: TaskId, draft: TaskDraft) -> Task {
    NewTask {
        id,
        draft,
        fingerprint: None,
    }
    .to_task(owner.id, revision(3), instant(-9))
}

/// A repository that is asked for one write, under the service's rules and clock.
fn expecting(
    owner: &Owner,
    operation: Operation,
    answer: impl FnOnce() -> Result<Outcome, WriteError> + Send + 'static,
) -> MockTaskRepository {
    let mut tasks = MockTaskRepository::new();
    tasks
        .expect_apply()
        .with(eq(owner.clone()), eq(operation), eq(RULES), eq(instant(0)))
        .times(1)
        .return_once(|_, _, _, _| answer());
    tasks
}

/// A repository in which the key's task exists already.
fn replaying(owner: &Owner, draft: &TaskDraft, held: Option<Held>) -> MockTaskRepository {
    let id = TaskId::for_key(owner.id, key().as_str());
    let fingerprint = Some(draft.fingerprint());
    let operation = Operation::Create(NewTask {
        id,
        draft: draft.clone(),
        fingerprint,
    });
    let taken = Refusal::AlreadyExists { current: None };
    let mut tasks = expecting(owner, operation, || Err(taken.into()));
    tasks
        .expect_find_held()
        .with(eq(owner.id), eq(id))
        .times(1)
        .return_once(|_, _| Ok(held));
    tasks
}

#[test]
fn a_create_without_a_key_writes_once_under_a_fresh_id() {
    let owner = an_issued_owner();
    let task = a_task(&owner, first_id(), a_full_draft("Buy milk"));
    let made = task.clone();
    let tasks = expecting(&owner, create(first_id(), a_full_draft("Buy milk")), || {
        Ok(Outcome::Created(made))
    });
    let creation = block_on(service(tasks).create(&owner, a_full_draft("Buy milk"), None));
    assert_eq!(creation.unwrap(), Creation::Created(task));
}

#[test]
fn a_key_stands_for_the_id_and_a_won_create_looks_nothing_up() {
    let owner = an_issued_owner();
    let draft = a_full_draft("Buy milk");
    let id = TaskId::for_key(owner.id, "create-1");
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
    let creation = block_on(service.create(&owner, draft, Some(&key())));
    assert_eq!(creation.unwrap(), Creation::Created(task));
}

#[test]
fn a_replayed_key_gives_the_task_as_it_stands_and_writes_nothing_twice() {
    let owner = an_issued_owner();
    let draft = a_draft("Buy milk");
    let id = TaskId::for_key(owner.id, "create-1");
    let live = a_task(&owner, id, a_draft("Renamed since"));
    let trashed = Task {
        deleted_at: Some(instant(-1)),
        ..live.clone()
    };
    for task in [live, trashed] {
        let fingerprint = Some(draft.fingerprint());
        let held = Held::Task {
            task: Box::new(task.clone()),
            fingerprint,
        };
        let service = service(replaying(&owner, &draft, Some(held)));
        let creation = block_on(service.create(&owner, draft.clone(), Some(&key())));
        assert_eq!(creation.unwrap(), Creation::Replayed(task));
    }
}

#[test]
fn a_key_of_another_draft_or_of_an_erased_task_is_reused() {
    let owner = an_issued_owner();
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
        Some(Held::Task {
            task: task.clone(),
            fingerprint: other,
        }),
        Some(Held::Task {
            task,
            fingerprint: None,
        }),
        Some(Held::Tombstone {
            tombstone,
            fingerprint: same,
        }),
        Some(Held::Tombstone {
            tombstone,
            fingerprint: None,
        }),
        None,
    ];
    for held in cases {
        let service = service(replaying(&owner, &draft, held.clone()));
        let creation = block_on(service.create(&owner, draft.clone(), Some(&key())));
        assert!(
            matches!(creation, Err(CreateError::KeyReused)),
            "{held:?}: {creation:?}"
        );
    }
}

#[test]
fn a_refused_create_does_not_use_the_key_up() {
    let owner = an_issued_owner();
    let draft = a_draft("Buy milk");
    for key in [None, Some(key())] {
        let mut tasks = MockTaskRepository::new();
        tasks
            .expect_apply()
            .times(1)
            .return_once(|_, _, _, _| Err(Refusal::QuotaExceeded { limit: 7 }.into()));
        tasks.expect_find_held().never();
        let creation = block_on(service(tasks).create(&owner, draft.clone(), key.as_ref()));
        let Err(CreateError::Write(WriteError::Refused(refusal))) = creation else {
            panic!("{creation:?}")
        };
        assert_eq!(refusal, Refusal::QuotaExceeded { limit: 7 });
    }
}

#[test]
fn a_fresh_id_that_is_taken_is_no_replay() {
    let owner = an_issued_owner();
    let taken = Refusal::AlreadyExists {
        current: Some(revision(1)),
    };
    let tasks = expecting(&owner, create(first_id(), a_draft("x")), || {
        Err(taken.into())
    });
    let creation = block_on(service(tasks).create(&owner, a_draft("x"), None));
    let refused = matches!(
        creation,
        Err(CreateError::Write(WriteError::Refused(
            Refusal::AlreadyExists { .. }
        )))
    );
    assert!(refused, "{creation:?}");
}

#[test]
fn a_store_that_fails_makes_no_create_a_success() {
    let owner = an_issued_owner();
    let draft = a_draft("Buy milk");
    let mut tasks = MockTaskRepository::new();
    tasks
        .expect_apply()
        .times(1)
        .return_once(|_, _, _, _| Err(outage().into()));
    let creation = block_on(service(tasks).create(&owner, draft.clone(), Some(&key())));
    assert!(
        matches!(creation, Err(CreateError::Write(WriteError::Store(_)))),
        "{creation:?}"
    );

    let mut tasks = MockTaskRepository::new();
    let taken = Refusal::AlreadyExists { current: None };
    tasks
        .expect_apply()
        .times(1)
        .return_once(|_, _, _, _| Err(taken.into()));
    tasks
        .expect_find_held()
        .times(1)
        .return_once(|_, _| Err(outage()));
    let creation = block_on(service(tasks).create(&owner, draft, Some(&key())));
    assert!(
        matches!(creation, Err(CreateError::Write(WriteError::Store(_)))),
        "{creation:?}"
    );
}

#[test]
fn a_create_under_the_clients_id_is_never_a_replay() {
    let owner = an_issued_owner();
    let id = a_task_id();
    let taken = Refusal::AlreadyExists {
        current: Some(revision(2)),
    };
    let refusal = taken.clone();
    let tasks = expecting(&owner, create(id, a_draft("x")), || Err(refusal.into()));
    let outcome = block_on(service(tasks).create_under(&owner, id, a_draft("x")));
    assert!(matches!(outcome, Err(WriteError::Refused(refused)) if refused == taken));
}

#[test]
fn each_write_is_one_operation_with_its_precondition_at_the_present_instant() {
    let owner = an_issued_owner();
    let id = a_task_id();
    let condition = || revision(5).into();
    let changed = Outcome::Changed(a_task(&owner, id, a_draft("x")));
    for operation in [
        toggle(id),
        update(id, TaskPatch::default()),
        delete(id),
        restore(id),
        erase(id),
    ] {
        let operation = under(revision(5), operation);
        let answer = changed.clone();
        let service = service(expecting(&owner, operation.clone(), || Ok(answer)));
        let outcome = block_on(async {
            match operation {
                Operation::Update { patch, .. } => {
                    service.update(&owner, id, condition(), patch).await
                }
                Operation::Delete { .. } => service.delete(&owner, id, condition()).await,
                Operation::Restore { .. } => service.restore(&owner, id, condition()).await,
                _ => service.erase(&owner, id, condition()).await,
            }
        });
        assert_eq!(outcome.unwrap(), changed);
    }
}

#[test]
fn refusals_and_unknown_owners_are_passed_on() {
    let owner = an_issued_owner();
    let id = a_task_id();
    let failed = Refusal::PreconditionFailed {
        current: revision(6),
    };
    let refusal = failed.clone();
    let service_of_refusal = service(expecting(&owner, delete(id), || Err(refusal.into())));
    let outcome = block_on(service_of_refusal.delete(&owner, id, Default::default()));
    assert!(matches!(outcome, Err(WriteError::Refused(refused)) if refused == failed));

    let tasks = expecting(&owner, delete(id), || Err(WriteError::UnknownOwner));
    let outcome = block_on(service(tasks).delete(&owner, id, Default::default()));
    assert!(matches!(outcome, Err(WriteError::UnknownOwner)));
}

fn version(number: i64) -> ListVersion {
    ListVersion {
        revision: revision(number),
        purge_horizon: Revision::ZERO,
    }
}

fn page() -> TaskPage {
    TaskPage {
        items: vec![],
        next: None,
        version: version(9),
    }
}

#[test]
fn a_list_whose_version_is_known_is_not_read() {
    let owner = an_issued_owner().id;
    let mut tasks = MockTaskRepository::new();
    tasks
        .expect_version()
        .with(eq(owner))
        .times(1)
        .return_once(|_| Ok(version(9)));
    tasks.expect_list().never();
    let knows = |known: ListVersion| known == version(9);
    let answer = block_on(service(tasks).list(owner, &TaskQuery::default(), Some(&knows)));
    assert_eq!(answer.unwrap(), ListAnswer::NotModified(version(9)));
}

#[test]
fn a_list_whose_version_is_not_known_is_read() {
    let owner = an_issued_owner().id;
    let query = TaskQuery {
        limit: 3,
        ..TaskQuery::default()
    };
    let mut tasks = MockTaskRepository::new();
    tasks
        .expect_version()
        .times(1)
        .return_once(|_| Ok(version(9)));
    tasks
        .expect_list()
        .with(eq(owner), eq(query.clone()))
        .times(1)
        .return_once(|_, _| Ok(page()));
    let answer = block_on(service(tasks).list(owner, &query, Some(&|_| false)));
    assert_eq!(answer.unwrap(), ListAnswer::Page(page()));
}

#[test]
fn a_list_of_a_client_who_knows_nothing_is_one_read() {
    let owner = an_issued_owner().id;
    let mut tasks = MockTaskRepository::new();
    tasks.expect_version().never();
    tasks.expect_list().times(1).return_once(|_, _| Ok(page()));
    let answer = block_on(service(tasks).list(owner, &TaskQuery::default(), None));
    assert_eq!(answer.unwrap(), ListAnswer::Page(page()));
}

#[test]
fn a_version_that_cannot_be_had_is_no_reason_to_guess() {
    let mut tasks = MockTaskRepository::new();
    tasks
        .expect_version()
        .times(1)
        .return_once(|_| Err(outage()));
    tasks.expect_list().never();
    let owner = an_issued_owner().id;
    assert!(block_on(service(tasks).list(owner, &TaskQuery::default(), Some(&|_| true))).is_err());
}

#[test]
fn a_batch_is_one_write_under_the_rules() {
    let owner = an_issued_owner();
    let operations = vec![create(a_task_id(), a_draft("x")), toggle(a_task_id())];
    let mut tasks = MockTaskRepository::new();
    tasks
        .expect_apply_all()
        .with(
            eq(owner.clone()),
            eq(operations.clone()),
            eq(RULES),
            eq(instant(0)),
        )
        .times(1)
        .return_once(|_, _, _, _| Ok((vec![], revision(4))));
    let done = block_on(service(tasks).batch(&owner, operations));
    assert_eq!(done.unwrap(), (vec![], revision(4)));

    let mut tasks = MockTaskRepository::new();
    let refused = || BatchError::Refused {
        index: 2,
        refusal: Refusal::NotFound,
    };
    tasks
        .expect_apply_all()
        .times(1)
        .return_once(move |_, _, _, _| Err(refused()));
    let error = block_on(service(tasks).batch(&owner, vec![])).unwrap_err();
    assert_eq!(error.to_string(), refused().to_string());
}

#[test]
fn reads_and_the_emptied_trash_are_one_call_each() {
    let owner = an_issued_owner();
    let id = a_task_id();
    let mut tasks = MockTaskRepository::new();
    tasks
        .expect_find()
        .with(eq(owner.id), eq(id))
        .times(1)
        .return_once(|_, _| Ok(None));
    let feed = ChangePage {
        changes: vec![],
        revision: revision(8),
        has_more: false,
    };
    let stretch = feed.clone();
    tasks
        .expect_changes()
        .with(eq(owner.id), eq(revision(7)), eq(20))
        .times(1)
        .return_once(|_, _, _| Ok(stretch));
    tasks
        .expect_empty_trash()
        .with(eq(owner.id), eq(instant(0)))
        .times(1)
        .return_once(|_, _| Ok((3, revision(11))));
    let service = service(tasks);
    assert_eq!(block_on(service.find(owner.id, id)).unwrap(), None);
    assert_eq!(
        block_on(service.changes(owner.id, revision(7), 20)).unwrap(),
        feed
    );
    assert_eq!(block_on(service.empty_trash(owner.id)).unwrap(), 3);
    assert_eq!(service.next_id(), first_id());
}

#[test]
fn an_expired_sync_point_is_passed_on() {
    let mut tasks = MockTaskRepository::new();
    tasks
        .expect_changes()
        .times(1)
        .return_once(|_, _, _| Err(FeedError::Expired));
    let owner = an_issued_owner().id;
    let answer = block_on(service(tasks).changes(owner, revision(1), 10));
    assert!(matches!(answer, Err(FeedError::Expired)));
}

#[test]
fn an_idempotency_key_is_visible_ascii_of_1_to_255_characters() {
    for good in ["a", "~!\"'\\", &"k".repeat(255)] {
        assert_eq!(IdempotencyKey::parse(good).unwrap().as_str(), good);
    }
    for bad in ["", " ", "a b", "a\n", "é", "\u{7f}", &"k".repeat(256)] {
        assert_eq!(
            IdempotencyKey::parse(bad).unwrap_err().code,
            "invalid_key",
            "{bad:?}"
        );
    }
}
