//! Writes at the same time: every revision once, no lost update, no deadlock.

use std::collections::BTreeSet;

use tasklane_domain::id::TaskId;
use tasklane_domain::task::{
    DuePatch, MetadataPatch, Operation, Outcome, Priority, Refusal, Revision, Task, TaskPatch,
    WriteError, WriteRules,
};

use super::TaskStore as Stores;
use super::test_user::TestUser;
use crate::Writes;
use crate::builders::{
    a_description, a_draft, a_full_draft, a_task_id, a_title, an_order_key, completed, create,
    delete, due, erase, metadata, most_open_tasks, redue, restore, retitle, tags, toggle,
    too_many_open_tasks, under, update,
};

type Make = fn(TaskId) -> Operation;

/// Attempts all operations at once.
async fn at_once(
    actor: &TestUser,
    operations: impl IntoIterator<Item = Operation>,
) -> Vec<Result<Outcome, WriteError>> {
    let attempts = operations.into_iter().map(|operation| {
        let actor = actor.clone();
        async move { actor.attempt(operation).await }
    });
    actor.stores.at_once(attempts).await
}

/// Those that were done, and the refusals of the others.
fn split(attempts: Vec<Result<Outcome, WriteError>>) -> (Vec<Outcome>, Vec<Refusal>) {
    let (mut done, mut refused) = (Vec::new(), Vec::new());
    for attempt in attempts {
        match attempt {
            Ok(outcome) => done.push(outcome),
            Err(WriteError::Refused { refusal, .. }) => refused.push(refusal),
            Err(error) => panic!("{error:?}"),
        }
    }
    (done, refused)
}

fn revisions(outcomes: &[Outcome]) -> BTreeSet<Revision> {
    outcomes
        .iter()
        .filter_map(Outcome::revision_taken)
        .collect()
}

/// Fifty toggles take fifty revisions, each of them flips what the one before it left, and the
/// task ends as it began.
pub async fn fifty_simultaneous_toggles_are_fifty_changes(stores: &Stores) {
    let actor = TestUser::federated(stores);
    let task = actor.create(a_full_draft("Contended")).await;
    let attempts = at_once(&actor, (0..50).map(|_| toggle(task.id))).await;
    let (done, refused) = split(attempts);
    assert_eq!(
        (done.len(), refused.len(), revisions(&done).len()),
        (50, 0, 50)
    );
    let mut states: Vec<Task> = done.into_iter().filter_map(Outcome::into_task).collect();
    states.sort_by_key(|task| task.revision);
    for (index, state) in states.iter().enumerate() {
        assert_eq!(
            state.is_completed(),
            index % 2 == 1,
            "at {}",
            state.revision
        );
    }
    assert!(states[0].revision > task.revision);
    let last = states.pop().expect("fifty states");
    assert_eq!(last.to_draft(), task.to_draft());
    assert_eq!(actor.version().await.revision, last.revision);
    assert_eq!(actor.find(task.id).await, Some(last));
}

/// Patches of different fields at the same time all survive.
pub async fn simultaneous_patches_of_different_fields_lose_nothing(stores: &Stores) {
    let actor = TestUser::federated(stores);
    let date = due("2027-01-01", None, None);
    let parent = actor.create(a_draft("Parent")).await;
    for _ in 0..5 {
        let task = actor.create(a_draft("Contended")).await;
        let patches = [
            TaskPatch {
                title: Some(a_title("Title")),
                ..TaskPatch::default()
            },
            TaskPatch {
                description: Some(Some(a_description("More"))),
                ..TaskPatch::default()
            },
            completed(true),
            TaskPatch {
                priority: Some(Priority::Low),
                ..TaskPatch::default()
            },
            redue(DuePatch::Set(Some(date.clone()))),
            TaskPatch {
                tags: Some(tags(&["home"])),
                ..TaskPatch::default()
            },
            TaskPatch {
                position: Some(Some(an_order_key("a0"))),
                ..TaskPatch::default()
            },
            TaskPatch {
                metadata: Some(MetadataPatch::Set(metadata(&[("a", "b")]))),
                ..TaskPatch::default()
            },
            TaskPatch {
                parent: Some(Some(parent.id)),
                ..TaskPatch::default()
            },
        ];
        let (done, _) = split(at_once(&actor, patches.map(|patch| update(task.id, patch))).await);
        assert_eq!(revisions(&done).len(), 9);
        let merged = actor.find(task.id).await.expect("the task");
        let expected = tasklane_domain::task::TaskDraft {
            title: a_title("Title"),
            description: Some(a_description("More")),
            completed: true,
            priority: Priority::Low,
            due: Some(date.clone()),
            tags: tags(&["home"]),
            parent: Some(parent.id),
            position: Some(an_order_key("a0")),
            metadata: metadata(&[("a", "b")]),
        };
        assert_eq!(merged.to_draft(), expected);
    }
}

/// Of simultaneous creates under one id, one makes the task and the others find it there.
pub async fn simultaneous_creates_under_one_id_make_one_task(stores: &Stores) {
    for new_user in [true, false] {
        let actor = TestUser::federated(stores);
        if !new_user {
            actor.create(a_draft("Earlier")).await;
        }
        let id = a_task_id();
        let creates = (0..12).map(|index| create(id, a_draft(&format!("Attempt {index}"))));
        let (done, refused) = split(at_once(&actor, creates).await);
        let [Outcome::Created(task)] = &done[..] else {
            panic!("{done:?}")
        };
        let taken = Refusal::AlreadyExists {
            current: Some(task.clone().into()),
        };
        assert_eq!(refused, vec![taken; 11]);
        assert_eq!(actor.find(id).await.as_ref(), Some(task));
    }
}

/// Writes to different tasks of one owner take different revisions.
pub async fn simultaneous_writes_to_different_tasks_take_different_revisions(stores: &Stores) {
    let actor = TestUser::federated(stores);
    let mut tasks = Vec::new();
    for _ in 0..10 {
        tasks.push(actor.create(a_draft("Own")).await.id);
    }
    let writes: Vec<Operation> = tasks
        .iter()
        .flat_map(|id| [toggle(*id), retitle(*id, "Another title")])
        .collect();
    let (done, refused) = split(at_once(&actor, writes).await);
    assert_eq!((revisions(&done).len(), refused.len()), (20, 0));
    let feed = actor.whole_feed().await;
    assert_eq!(feed.len(), 10);
    assert_eq!(
        feed.last().map(tasklane_domain::task::Change::revision),
        revisions(&done).last().copied()
    );
}

/// Of simultaneous writes under one precondition, exactly one is done.
pub async fn simultaneous_conditional_writes_let_one_through(stores: &Stores) {
    let actor = TestUser::federated(stores);
    for _ in 0..4 {
        let task = actor.create(a_draft("Contended")).await;
        let mut writes: Vec<Operation> = (0..12)
            .map(|index| retitle(task.id, &format!("Attempt {index}")))
            .collect();
        writes.extend([delete(task.id), erase(task.id), toggle(task.id)]);
        let writes = writes.into_iter().map(|write| under(task.revision, write));
        let (done, refused) = split(at_once(&actor, writes).await);
        assert_eq!((done.len(), refused.len()), (1, 14), "{done:?}");
        let winner = done[0].revision_taken().expect("a change");
        for refusal in refused {
            let is_told = match &refusal {
                Refusal::PreconditionFailed { current } => current.revision == winner,
                refusal => *refusal == Refusal::NotFound,
            };
            assert!(is_told, "{refusal:?}");
        }
        assert_eq!(actor.version().await.revision, winner);
    }
}

/// Of simultaneous deletes, restores or erasures of one task, exactly one is done.
pub async fn simultaneous_moves_are_done_once(stores: &Stores) {
    let actor = TestUser::federated(stores);
    let task = actor.create(a_draft("Contended")).await;
    let moves: [(Make, Refusal); 3] = [
        (delete, Refusal::NotFound),
        (restore, Refusal::NotDeleted),
        (erase, Refusal::NotFound),
    ];
    for (make, refusal) in moves {
        let (done, refused) = split(at_once(&actor, (0..10).map(|_| make(task.id))).await);
        assert_eq!((done.len(), refused), (1, vec![refusal; 9]));
    }
}

/// Unchanging writes beside changes take nothing from them.
pub async fn simultaneous_writes_of_one_value_are_one_change(stores: &Stores) {
    let actor = TestUser::federated(stores);
    let task = actor.create(a_draft("Contended")).await;
    let writes = (0..12).map(|_| update(task.id, completed(true)));
    let (done, refused) = split(at_once(&actor, writes).await);
    assert_eq!((revisions(&done).len(), refused.len()), (1, 0));
    let now = actor.find(task.id).await.expect("the task");
    for outcome in done {
        assert_eq!(outcome.into_task().as_ref(), Some(&now));
    }
}

/// The quota is overshot by no more than the creates in flight, and holds again afterwards.
pub async fn simultaneous_creates_respect_the_quota(stores: &Stores) {
    let rules = WriteRules {
        quotas: most_open_tasks(5),
        require_precondition: false,
    };
    let actor = TestUser::federated(stores).under(rules);
    for _ in 0..4 {
        actor.create(a_draft("Earlier")).await;
    }
    let creates = (0..8).map(|_| create(a_task_id(), a_draft("Contended")));
    let (done, refused) = split(at_once(&actor, creates).await);
    assert!(!done.is_empty(), "{refused:?}");
    let exceeded = too_many_open_tasks(5);
    assert!(
        refused.iter().all(|refusal| *refusal == exceeded),
        "{refused:?}"
    );
    let live = actor
        .matching(tasklane_domain::page::TaskFilter::default())
        .await;
    assert_eq!(live.len(), 4 + done.len());
    assert_eq!(
        actor
            .refusal(create(a_task_id(), a_draft("One more")))
            .await,
        exceeded
    );
    for task in &live[..done.len()] {
        actor.write(delete(task.id)).await;
    }
    actor.create(a_draft("There is room again")).await;
}

/// Batches over the same tasks in different orders all come through.
pub async fn simultaneous_batches_in_different_orders_do_not_deadlock(stores: &Stores) {
    let actor = TestUser::federated(stores);
    let mut ids = Vec::new();
    for _ in 0..6 {
        ids.push(actor.create(a_draft("Contended")).await.id);
    }
    let batches = (0..12).map(|turn: usize| {
        let (actor, mut order) = (actor.clone(), ids.clone());
        order.rotate_left(turn % 6);
        if turn % 2 == 1 {
            order.reverse();
        }
        async move { actor.batch(order.into_iter().map(toggle).collect()).await }
    });
    let mut taken = BTreeSet::new();
    for batch in stores.at_once(batches).await {
        let (outcomes, after) = batch.expect("a batch");
        let own = revisions(&outcomes);
        assert_eq!((own.len(), own.last()), (6, Some(&after)));
        // A batch is one step: nobody else's revision falls between its own.
        let (first, last) = (own.first().expect("six"), own.last().expect("six"));
        assert_eq!(last.as_i64() - first.as_i64(), 5);
        taken.extend(own);
    }
    assert_eq!(taken.len(), 72);
    for id in ids {
        assert!(!actor.find(id).await.expect("the task").is_completed());
    }
}

/// Single writes and batches on the same tasks wait for each other.
pub async fn batches_and_single_writes_wait_for_each_other(stores: &Stores) {
    let actor = TestUser::federated(stores);
    let (one, other) = (
        actor.create(a_draft("One")).await.id,
        actor.create(a_draft("Other")).await.id,
    );
    let jobs = (0..20).map(|turn| {
        let actor = actor.clone();
        async move {
            match turn % 4 {
                0 => actor
                    .batch(vec![toggle(one), toggle(other)])
                    .await
                    .map(|done| done.0),
                1 => actor
                    .batch(vec![toggle(other), toggle(one)])
                    .await
                    .map(|done| done.0),
                2 => Ok(vec![actor.outcome(toggle(one)).await]),
                _ => Ok(vec![actor.outcome(toggle(other)).await]),
            }
        }
    });
    let mut taken = BTreeSet::new();
    for done in stores.at_once(jobs).await {
        taken.extend(revisions(&done.expect("a batch")));
    }
    assert_eq!(taken.len(), 30);
    for id in [one, other] {
        assert!(
            actor.find(id).await.is_some_and(|task| task.is_completed()),
            "toggled 15 times"
        );
    }
}

/// Batches that create the same id: one is done as a whole, the others not at all.
pub async fn simultaneous_batches_that_create_one_id_are_done_once(stores: &Stores) {
    let actor = TestUser::federated(stores);
    let shared = a_task_id();
    let batches = (0..8).map(|_| {
        let actor = actor.clone();
        let operations = vec![
            create(a_task_id(), a_draft("Own")),
            create(shared, a_draft("Shared")),
            create(a_task_id(), a_draft("Own")),
        ];
        async move { actor.batch(operations).await }
    });
    let mut done = 0;
    for batch in stores.at_once(batches).await {
        match batch {
            Ok(_) => done += 1,
            Err(WriteError::Refused {
                index: 1,
                refusal: Refusal::AlreadyExists { .. },
            }) => {}
            Err(error) => panic!("{error:?}"),
        }
    }
    assert_eq!((done, actor.whole_feed().await.len()), (1, 3));
}

/// A trash that is emptied twice at once is emptied once.
pub async fn simultaneous_emptyings_erase_each_task_once(stores: &Stores) {
    let actor = TestUser::federated(stores);
    for _ in 0..10 {
        let task = actor.create(a_draft("Trashed")).await;
        actor.write(delete(task.id)).await;
    }
    let emptyings = (0..5).map(|_| {
        let actor = actor.clone();
        async move {
            actor
                .stores
                .tasks
                .empty_trash(&actor.identity, actor.now())
                .await
        }
    });
    let counts = stores.at_once(emptyings).await;
    let erased: u64 = counts
        .into_iter()
        .map(|emptied| emptied.expect("an emptied trash").0)
        .sum();
    assert_eq!(erased, 10);
    let feed = actor.whole_feed().await;
    assert_eq!(feed.len(), 10);
    assert!(
        feed.iter()
            .all(|change| matches!(change, tasklane_domain::task::Change::Erased(_)))
    );
}
