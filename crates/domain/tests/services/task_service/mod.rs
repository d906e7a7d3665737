mod announcements;
mod creation;

use std::sync::Arc;

use futures::executor::block_on;
use mockall::predicate::eq;
use tasklane_domain::id::{IdGenerator, TaskId};
use tasklane_domain::page::{FeedLimit, ListVersion, TaskPage, TaskQuery};
use tasklane_domain::port::MockTaskRepository;
use tasklane_domain::service::{ListAnswer, TaskService};
use tasklane_domain::task::{
    Action, ChangePage, FeedError, NewTask, Operation, Outcome, Precondition, Quotas, Refusal,
    Revision, SyncPoint, Task, TaskDraft, TaskPatch, Tombstone, WriteError, WriteRules, Written,
};
use tasklane_domain::user::Actor;
use tasklane_domain_testkit::builders::{
    a_draft, a_federated_actor, a_task_id, create, delete, erase, feed_limit, instant, page_limit,
    restore, revision, toggle, under, update,
};
use tasklane_domain_testkit::{FixedClock, RecordedNotifications, SequentialIds};

use super::outage;

const RULES: WriteRules = WriteRules {
    quotas: Quotas {
        open_tasks: Some(7),
        items: None,
        bytes: None,
    },
    require_precondition: true,
};

fn service(tasks: MockTaskRepository) -> TaskService {
    service_with(tasks, SequentialIds::default())
}

fn service_with(tasks: MockTaskRepository, ids: impl IdGenerator + 'static) -> TaskService {
    let clock = FixedClock::at(instant(0));
    let hints = Arc::new(RecordedNotifications::default());
    TaskService::new(
        Arc::new(tasks),
        hints,
        Arc::new(clock),
        Arc::new(ids),
        RULES,
    )
}

fn first_id() -> TaskId {
    TaskId::new(SequentialIds::nth(1))
}

fn a_task(owner: &Actor, id: TaskId, draft: TaskDraft) -> Task {
    NewTask {
        id,
        draft,
        fingerprint: None,
    }
    .to_task(owner.owner(), revision(3), instant(-9))
}

/// A repository that is asked for one write, under the service's rules and clock.
fn expecting(
    owner: &Actor,
    operation: Operation,
    answer: impl FnOnce() -> Result<Outcome, WriteError> + Send + 'static,
) -> MockTaskRepository {
    let mut tasks = MockTaskRepository::new();
    tasks
        .expect_write()
        .with(
            eq(owner.owner()),
            eq(owner.clone()),
            eq(Action::from(operation)),
            eq(RULES),
            eq(instant(0)),
        )
        .times(1)
        .return_once(|_, _, _, _, _| {
            let outcome = answer()?;
            Ok(Written {
                revision: outcome.revision_taken().unwrap_or(revision(3)),
                outcomes: vec![outcome],
                refused: vec![],
            })
        });
    tasks
}

/// The error of a write of one operation that is refused.
fn refused(refusal: Refusal) -> WriteError {
    WriteError::Refused { index: 0, refusal }
}

#[test]
fn each_write_is_one_operation_with_its_precondition_at_the_present_instant() {
    let owner = a_federated_actor();
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
                    service
                        .update(owner.owner(), &owner, id, condition(), patch)
                        .await
                }
                Operation::Delete { .. } => {
                    service.delete(owner.owner(), &owner, id, condition()).await
                }
                Operation::Restore { .. } => {
                    service
                        .restore(owner.owner(), &owner, id, condition())
                        .await
                }
                _ => service.erase(owner.owner(), &owner, id, condition()).await,
            }
        });
        assert_eq!(outcome.unwrap(), changed);
    }
}

#[test]
fn refusals_and_unknown_owners_are_passed_on() {
    let owner = a_federated_actor();
    let id = a_task_id();
    let failed = Refusal::PreconditionFailed {
        current: a_task(&owner, id, a_draft("x")).into(),
    };
    let refusal = failed.clone();
    let service_of_refusal = service(expecting(&owner, delete(id), || Err(refused(refusal))));
    let outcome =
        block_on(service_of_refusal.delete(owner.owner(), &owner, id, Precondition::None));
    assert!(matches!(outcome, Err(WriteError::Refused { refusal, .. }) if refusal == failed));

    let tasks = expecting(&owner, delete(id), || Err(WriteError::UnknownOwner));
    let outcome = block_on(service(tasks).delete(owner.owner(), &owner, id, Precondition::None));
    assert!(matches!(outcome, Err(WriteError::UnknownOwner)));
}

/// What a slice of an emptied trash gives.
fn emptied(number: i64) -> Written {
    let erased = (1..=number).map(|number| {
        Outcome::Erased(Tombstone {
            id: a_task_id(),
            revision: revision(number),
            deleted_at: instant(-1),
        })
    });
    Written {
        outcomes: erased.collect(),
        refused: vec![],
        revision: revision(number),
    }
}

#[test]
fn a_trash_is_emptied_in_slices_until_one_is_not_full() {
    let owner = a_federated_actor();
    let mut tasks = MockTaskRepository::new();
    let mut slices = [200, 200, 7].into_iter();
    tasks
        .expect_write()
        .withf(|_, _, action, _, _| *action == Action::EmptyTrash { most: 200 })
        .times(3)
        .returning(move |_, _, _, _, _| Ok(emptied(slices.next().unwrap())));
    let erased = block_on(service(tasks).empty_trash(owner.owner(), &owner));
    assert_eq!(erased.unwrap(), 407);
}

#[test]
fn a_task_that_changed_since_it_was_read_is_not_cleared_away() {
    let owner = a_federated_actor();
    let changed = a_task(&owner, a_task_id(), a_draft("Changed"));
    let done = a_task(&owner, a_task_id(), a_draft("Done"));
    let mut pages = [vec![changed.clone(), done.clone()], vec![]].into_iter();
    let mut tasks = MockTaskRepository::new();
    tasks.expect_list().times(2).returning(move |_, _| {
        let items = pages.next().unwrap();
        Ok(TaskPage { items, ..page() })
    });
    let delete = |task: &Task| under(task.revision, delete(task.id));
    let both = Action::from(vec![delete(&changed), delete(&done)]);
    let one = Action::from(delete(&done));
    let current = Box::new(changed);
    tasks
        .expect_write()
        .withf(move |_, _, action, _, _| *action == both)
        .times(1)
        .return_once(|_, _, _, _, _| Err(refused(Refusal::PreconditionFailed { current })));
    tasks
        .expect_write()
        .withf(move |_, _, action, _, _| *action == one)
        .times(1)
        .returning(move |_, _, _, _, _| {
            Ok(Written {
                outcomes: vec![Outcome::Deleted(done.clone())],
                refused: vec![],
                revision: revision(9),
            })
        });
    let deleted = block_on(service(tasks).delete_completed(owner.owner(), &owner, instant(0)));
    assert_eq!(deleted.unwrap(), 1);
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
    let owner = a_federated_actor().owner();
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
    let owner = a_federated_actor().owner();
    let query = TaskQuery {
        limit: page_limit(3),
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
    let owner = a_federated_actor().owner();
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
    let owner = a_federated_actor().owner();
    assert!(block_on(service(tasks).list(owner, &TaskQuery::default(), Some(&|_| true))).is_err());
}

#[test]
fn a_batch_is_one_write_under_the_rules() {
    let owner = a_federated_actor();
    let operations = vec![create(a_task_id(), a_draft("x")), toggle(a_task_id())];
    let nothing = || Written {
        outcomes: vec![],
        refused: vec![],
        revision: revision(4),
    };
    let mut tasks = MockTaskRepository::new();
    tasks
        .expect_write()
        .with(
            eq(owner.owner()),
            eq(owner.clone()),
            eq(Action::from(operations.clone())),
            eq(RULES),
            eq(instant(0)),
        )
        .times(1)
        .return_once(move |_, _, _, _, _| Ok(nothing()));
    let done = block_on(service(tasks).batch(owner.owner(), &owner, operations));
    assert_eq!(done.unwrap(), nothing());

    let mut tasks = MockTaskRepository::new();
    let third = || WriteError::Refused {
        index: 2,
        refusal: Refusal::NotFound,
    };
    tasks
        .expect_write()
        .times(1)
        .return_once(move |_, _, _, _, _| Err(third()));
    let error = block_on(service(tasks).batch(owner.owner(), &owner, vec![])).unwrap_err();
    assert_eq!(error.to_string(), third().to_string());
}

#[test]
fn reads_and_the_emptied_trash_are_one_call_each() {
    let owner = a_federated_actor();
    let id = a_task_id();
    let mut tasks = MockTaskRepository::new();
    tasks
        .expect_find()
        .with(eq(owner.owner()), eq(id))
        .times(1)
        .return_once(|_, _| Ok(None));
    let feed = ChangePage {
        changes: vec![],
        next: revision(8).into(),
        has_more: false,
    };
    let stretch = feed.clone();
    tasks
        .expect_changes()
        .with(
            eq(owner.owner()),
            eq(SyncPoint::from(revision(7))),
            eq(feed_limit(20)),
        )
        .times(1)
        .return_once(|_, _, _| Ok(stretch));
    tasks
        .expect_write()
        .times(1)
        .return_once(|_, _, _, _, _| Ok(emptied(3)));
    let service = service(tasks);
    assert_eq!(block_on(service.find(owner.owner(), id)).unwrap(), None);
    assert_eq!(
        block_on(service.changes(owner.owner(), revision(7).into(), feed_limit(20))).unwrap(),
        feed
    );
    assert_eq!(
        block_on(service.empty_trash(owner.owner(), &owner)).unwrap(),
        3
    );
    assert_eq!(service.next_id(), first_id());
}

#[test]
fn an_expired_sync_point_is_passed_on() {
    let mut tasks = MockTaskRepository::new();
    tasks
        .expect_changes()
        .times(1)
        .return_once(|_, _, _| Err(FeedError::Expired));
    let owner = a_federated_actor().owner();
    let answer = block_on(service(tasks).changes(owner, revision(1).into(), FeedLimit::default()));
    assert!(matches!(answer, Err(FeedError::Expired)));
}
