use std::sync::Arc;

use futures::StreamExt;
use futures::executor::block_on;
use mockall::predicate::eq;
use tasklane_domain::port::{MockChangeNotifier, MockTaskRepository};
use tasklane_domain::service::TaskService;
use tasklane_domain::task::{
    Outcome, Precondition, Refusal, TaskPatch, Tombstone, WriteError, Written,
};
use tasklane_domain_testkit::builders::{
    a_draft, a_federated_actor, a_task_id, delete, instant, revision, toggle,
};
use tasklane_domain_testkit::{FixedClock, RecordedNotifications, SequentialIds};

use super::super::outage;
use super::{RULES, a_task, emptied, expecting, refused, version};

/// The service, and what it announces.
fn announcing(tasks: MockTaskRepository) -> (TaskService, Arc<RecordedNotifications>) {
    let hints = Arc::new(RecordedNotifications::default());
    let (clock, ids) = (FixedClock::at(instant(0)), SequentialIds::default());
    let service = TaskService::new(
        Arc::new(tasks),
        hints.clone(),
        Arc::new(clock),
        Arc::new(ids),
        RULES,
    );
    (service, hints)
}

fn written(outcomes: Vec<Outcome>, revision: i64) -> Written {
    Written {
        outcomes,
        refused: vec![],
        revision: super::revision(revision),
    }
}

#[test]
fn every_change_is_announced_once_it_is_written() {
    let owner = a_federated_actor();
    let id = a_task_id();
    let task = || a_task(&owner, id, a_draft("x"));
    let tombstone = Tombstone {
        id,
        revision: revision(4),
        deleted_at: instant(-1),
    };
    let outcomes = [
        (Outcome::Created(task()), revision(3)),
        (Outcome::Changed(task()), revision(3)),
        (Outcome::Deleted(task()), revision(3)),
        (Outcome::Erased(tombstone), revision(4)),
    ];
    for (outcome, taken) in outcomes {
        let answer = outcome.clone();
        let (service, hints) = announcing(expecting(&owner, toggle(id), || Ok(answer)));
        block_on(service.update(
            owner.owner(),
            &owner,
            id,
            Precondition::None,
            TaskPatch::toggle(),
        ))
        .unwrap();
        assert_eq!(hints.announced(), [(owner.owner(), taken)], "{outcome:?}");
    }
}

#[test]
fn what_changes_nothing_is_not_announced() {
    let owner = a_federated_actor();
    let id = a_task_id();
    let unchanged = Outcome::Unchanged(a_task(&owner, id, a_draft("x")));
    let answers = [
        Ok(unchanged.clone()),
        Err(refused(Refusal::NotFound)),
        Err(WriteError::UnknownOwner),
        Err(outage().into()),
    ];
    for answer in answers {
        let (service, hints) = announcing(expecting(&owner, delete(id), || answer));
        let _ = block_on(service.delete(owner.owner(), &owner, id, Precondition::None));
        assert_eq!(hints.announced(), []);
    }

    let mut tasks = MockTaskRepository::new();
    let batch = vec![unchanged];
    tasks
        .expect_write()
        .times(1)
        .return_once(|_, _, _, _, _| Ok(written(batch, 3)));
    tasks
        .expect_write()
        .times(1)
        .return_once(|_, _, _, _, _| Ok(written(vec![], 3)));
    let (service, hints) = announcing(tasks);
    block_on(service.batch(owner.owner(), &owner, vec![toggle(id)])).unwrap();
    block_on(service.empty_trash(owner.owner(), &owner)).unwrap();
    assert_eq!(hints.announced(), []);
}

#[test]
fn a_batch_and_an_emptied_trash_are_each_announced_once() {
    let owner = a_federated_actor();
    let done = || a_task(&owner, a_task_id(), a_draft("x"));
    let batch = vec![Outcome::Unchanged(done()), Outcome::Changed(done())];
    let mut tasks = MockTaskRepository::new();
    tasks
        .expect_write()
        .times(1)
        .return_once(|_, _, _, _, _| Ok(written(batch, 5)));
    tasks
        .expect_write()
        .times(1)
        .return_once(|_, _, _, _, _| Ok(emptied(7)));
    let (service, hints) = announcing(tasks);
    block_on(service.batch(owner.owner(), &owner, vec![toggle(a_task_id())])).unwrap();
    block_on(service.empty_trash(owner.owner(), &owner)).unwrap();
    let expected = [(owner.owner(), revision(5)), (owner.owner(), revision(7))];
    assert_eq!(hints.announced(), expected);
}

#[test]
fn who_follows_begins_at_the_present_revision_and_is_woken_for_the_owner_alone() {
    let owner = a_federated_actor().owner();
    let mut tasks = MockTaskRepository::new();
    tasks
        .expect_version()
        .with(eq(owner))
        .times(1)
        .return_once(|_| Ok(version(9)));
    let mut hints = MockChangeNotifier::new();
    hints
        .expect_subscribe()
        .with(eq(owner))
        .times(1)
        .return_once(|_| Box::pin(futures::stream::iter([()])));
    let (clock, ids) = (FixedClock::at(instant(0)), SequentialIds::default());
    let service = TaskService::new(
        Arc::new(tasks),
        Arc::new(hints),
        Arc::new(clock),
        Arc::new(ids),
        RULES,
    );
    assert_eq!(block_on(service.revision(owner)).unwrap(), revision(9));
    assert_eq!(block_on(service.hints(owner).next()), Some(()));
}
