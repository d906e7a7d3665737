mod announcements;
mod creation;

use std::sync::Arc;

use futures::executor::block_on;
use mockall::predicate::eq;
use tasklane_domain::id::{IdGenerator, TaskId};
use tasklane_domain::page::{ListVersion, TaskPage, TaskQuery};
use tasklane_domain::port::{BatchError, FeedError, MockTaskRepository, WriteError};
use tasklane_domain::service::{ListAnswer, TaskService};
use tasklane_domain::task::{
    ChangePage, NewTask, Operation, Outcome, Precondition, Refusal, Revision, Task, TaskDraft,
    TaskPatch, WriteRules,
};
use tasklane_domain::user::Owner;
use tasklane_domain_testkit::builders::{
    a_draft, a_federated_owner, a_task_id, create, delete, erase, instant, restore, revision,
    toggle, under, update,
};
use tasklane_domain_testkit::{FixedClock, RecordedNotifications, SequentialIds};

use super::outage;

const RULES: WriteRules = WriteRules {
    quota: Some(7),
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

#[test]
fn each_write_is_one_operation_with_its_precondition_at_the_present_instant() {
    let owner = a_federated_owner();
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
    let owner = a_federated_owner();
    let id = a_task_id();
    let failed = Refusal::PreconditionFailed {
        current: revision(6),
    };
    let refusal = failed.clone();
    let service_of_refusal = service(expecting(&owner, delete(id), || Err(refusal.into())));
    let outcome = block_on(service_of_refusal.delete(&owner, id, Precondition::None));
    assert!(matches!(outcome, Err(WriteError::Refused(refused)) if refused == failed));

    let tasks = expecting(&owner, delete(id), || Err(WriteError::UnknownOwner));
    let outcome = block_on(service(tasks).delete(&owner, id, Precondition::None));
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
    let owner = a_federated_owner().id;
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
    let owner = a_federated_owner().id;
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
    let owner = a_federated_owner().id;
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
    let owner = a_federated_owner().id;
    assert!(block_on(service(tasks).list(owner, &TaskQuery::default(), Some(&|_| true))).is_err());
}

#[test]
fn a_batch_is_one_write_under_the_rules() {
    let owner = a_federated_owner();
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
    let owner = a_federated_owner();
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
    let owner = a_federated_owner().id;
    let answer = block_on(service(tasks).changes(owner, revision(1), 10));
    assert!(matches!(answer, Err(FeedError::Expired)));
}
