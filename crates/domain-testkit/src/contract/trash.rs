//! Deleting, restoring, erasing, tombstones, and emptying the trash.

use tasklane_domain::id::TaskId;
use tasklane_domain::page::{ListVersion, TaskFilter};
use tasklane_domain::task::{
    Action, Change, Fingerprint, Outcome, Refusal, Revision, Task, TaskState, Tombstone,
};

use super::TaskStore as Stores;
use super::test_user::TestUser;
use crate::Writes;
use crate::builders::{
    a_draft, a_full_draft, a_task_id, create, create_once, delete, erase, restore, retitle, toggle,
};

/// A deleted task is in the trash, as it was, and nowhere else.
pub async fn a_deleted_task_is_found_only_in_the_trash(stores: &Stores) {
    let actor = TestUser::federated(stores);
    let task = actor.create(a_full_draft("Buy milk")).await;
    let Outcome::Deleted(deleted) = actor.outcome(delete(task.id)).await else {
        panic!("a delete that does not delete")
    };
    let expected = Task {
        revision: task.revision.next(),
        updated_at: deleted.updated_at,
        deleted_at: Some(deleted.updated_at),
        ..task.clone()
    };
    assert_eq!(deleted, expected);
    assert!(deleted.updated_at > task.updated_at);
    assert_eq!(actor.find(task.id).await, None);
    assert_eq!(actor.matching(TaskFilter::default()).await, []);
    assert_eq!(actor.trash().await, std::slice::from_ref(&deleted));
    assert_eq!(
        actor.whole_feed().await,
        [Change::Task(Box::new(deleted.clone()))]
    );
    let held = TaskState::Task {
        task: Box::new(deleted),
        fingerprint: None,
    };
    assert_eq!(actor.held(task.id).await, Some(held));
}

/// In the trash a task can be restored and erased, and nothing else.
pub async fn a_task_in_the_trash_is_missing_for_other_writes(stores: &Stores) {
    let actor = TestUser::federated(stores);
    let task = actor.create(a_draft("Buy milk")).await;
    actor.write(delete(task.id)).await;
    for operation in [
        toggle(task.id),
        retitle(task.id, "Another title"),
        delete(task.id),
    ] {
        assert_eq!(actor.refusal(operation).await, Refusal::NotFound);
    }
}

/// A restored task is as it was before, at a new revision.
pub async fn a_restored_task_is_as_it_was(stores: &Stores) {
    let actor = TestUser::federated(stores);
    let task = actor.create(a_full_draft("Buy milk")).await;
    let deleted = actor.write(delete(task.id)).await;
    let Outcome::Changed(restored) = actor.outcome(restore(task.id)).await else {
        panic!("a restore that does not change")
    };
    let expected = Task {
        revision: deleted.revision.next(),
        updated_at: restored.updated_at,
        ..task.clone()
    };
    assert_eq!(restored, expected);
    assert!(restored.updated_at > deleted.updated_at);
    assert_eq!(actor.find(task.id).await, Some(restored));
    assert_eq!(actor.trash().await, []);
    assert_eq!(actor.refusal(restore(task.id)).await, Refusal::NotDeleted);
}

/// What stays of an erased task is its id, its last revision and when it was deleted.
pub async fn an_erased_task_leaves_a_tombstone(stores: &Stores) {
    let actor = TestUser::federated(stores);
    let live = actor.create(a_full_draft("Live")).await;
    let trashed = actor.create(a_full_draft("Trashed")).await;
    let trashed = actor.write(delete(trashed.id)).await;
    let mut left = Vec::new();
    for task in [&live, &trashed] {
        let Outcome::Erased(tombstone) = actor.outcome(erase(task.id)).await else {
            panic!("an erasure that leaves a task")
        };
        assert_eq!(tombstone.id, task.id);
        assert_eq!(actor.version().await.revision, tombstone.revision);
        let held = TaskState::Tombstone {
            tombstone,
            fingerprint: None,
        };
        assert_eq!(actor.held(task.id).await, Some(held));
        assert_eq!(actor.find(task.id).await, None);
        left.push(tombstone);
    }
    assert!(left[0].deleted_at > live.updated_at);
    assert_eq!(Some(left[1].deleted_at), trashed.deleted_at);
    assert_eq!(actor.matching(TaskFilter::default()).await, []);
    assert_eq!(actor.trash().await, []);
    let feed: Vec<Change> = left.into_iter().map(Change::Erased).collect();
    assert_eq!(actor.whole_feed().await, feed);
}

/// An erased task is missing for every write.
pub async fn a_tombstone_is_missing_for_every_write(stores: &Stores) {
    let actor = TestUser::federated(stores);
    let task = actor.create(a_draft("Buy milk")).await;
    actor.outcome(erase(task.id)).await;
    for make in [toggle, delete, restore, erase] {
        assert_eq!(actor.refusal(make(task.id)).await, Refusal::NotFound);
    }
}

/// Neither the trash nor a tombstone gives an id back.
pub async fn an_id_stays_taken_after_its_task(stores: &Stores) {
    let actor = TestUser::federated(stores);
    let task = actor.create(a_draft("Buy milk")).await;
    let trashed = actor.write(delete(task.id)).await;
    let again = || actor.refusal(create(task.id, a_draft("Again")));
    let taken = |current| Refusal::AlreadyExists { current };
    assert_eq!(again().await, taken(Some(trashed.into())));
    actor.outcome(erase(task.id)).await;
    assert_eq!(again().await, taken(None));
}

async fn fingerprint(actor: &TestUser, id: TaskId) -> Option<Fingerprint> {
    actor.held(id).await.and_then(|held| held.fingerprint())
}

/// What a task was created from is kept through every change, its erasure included.
pub async fn a_fingerprint_is_kept_to_the_end(stores: &Stores) {
    let actor = TestUser::federated(stores);
    let id = a_task_id();
    let (operation, first) = create_once(id, a_full_draft("Buy milk"));
    actor.write(operation).await;
    assert_eq!(fingerprint(&actor, id).await, Some(first));
    let (again, _) = create_once(id, a_draft("Another"));
    actor.refusal(again).await;
    for make in [toggle, delete, restore] {
        actor.write(make(id)).await;
        assert_eq!(fingerprint(&actor, id).await, Some(first));
    }
    actor
        .batch(vec![retitle(id, "Another title"), delete(id)])
        .await
        .expect("a batch");
    assert_eq!(fingerprint(&actor, id).await, Some(first));
    actor.outcome(erase(id)).await;
    assert_eq!(fingerprint(&actor, id).await, Some(first));

    let (operation, second) = create_once(a_task_id(), a_draft("In a batch"));
    let id = operation.id();
    actor
        .batch(vec![operation, toggle(id), delete(id)])
        .await
        .expect("a batch");
    assert_eq!(fingerprint(&actor, id).await, Some(second));
    stores
        .tasks
        .empty_trash(&actor.identity, actor.now())
        .await
        .expect("an empty trash");
    assert_eq!(fingerprint(&actor, id).await, Some(second));
}

/// Everything in the trash becomes a tombstone at a revision of its own; nothing else changes.
pub async fn emptying_the_trash_erases_what_is_in_it(stores: &Stores) {
    let actor = TestUser::federated(stores);
    let mut trashed = Vec::new();
    for index in 0..4 {
        let task = actor.create(a_full_draft(&format!("Task {index}"))).await;
        trashed.push(actor.write(delete(task.id)).await);
    }
    let erased = actor.create(a_draft("Erased")).await;
    actor.outcome(erase(erased.id)).await;
    let live = actor.create(a_draft("Live")).await;
    let (before, stone) = (actor.version().await, actor.held(erased.id).await);

    let emptied = stores.tasks.empty_trash(&actor.identity, actor.now()).await;
    let (count, after) = emptied.expect("an empty trash");
    assert_eq!(count, 4);
    assert_eq!(
        actor.version().await,
        ListVersion {
            revision: after,
            ..before
        }
    );
    assert_eq!(actor.held(erased.id).await, stone);
    assert_eq!(actor.find(live.id).await, Some(live));
    assert_eq!(actor.trash().await, []);

    let page = actor.changes(before.revision, 100).await.expect("the feed");
    let revisions: Vec<Revision> = page.changes.iter().map(Change::revision).collect();
    assert!(
        revisions.is_sorted_by(|one, next| one < next),
        "{revisions:?}"
    );
    assert_eq!((revisions.len(), revisions.last()), (4, Some(&after)));
    for task in trashed {
        let Some(TaskState::Tombstone { tombstone, .. }) = actor.held(task.id).await else {
            panic!("{} is not a tombstone", task.id)
        };
        let Tombstone { deleted_at, .. } = tombstone;
        assert_eq!(Some(deleted_at), task.deleted_at);
        assert!(page.changes.contains(&Change::Erased(tombstone)));
    }
}

/// A trash may be emptied slice by slice, in the order of revisions.
pub async fn a_trash_is_emptied_in_slices(stores: &Stores) {
    let actor = TestUser::federated(stores);
    let mut trashed = Vec::new();
    for _ in 0..5 {
        let task = actor.create(a_draft("Trashed")).await;
        trashed.push(actor.write(delete(task.id)).await.id);
    }
    let mut erased = Vec::new();
    for expected in [2, 2, 1, 0] {
        let action = Action::EmptyTrash { most: 2 };
        let written = stores
            .tasks
            .write(
                actor.identity.owner(),
                &actor.identity,
                action,
                actor.rules,
                actor.now(),
            )
            .await
            .expect("a slice");
        assert_eq!(written.outcomes.len(), expected);
        assert_eq!(actor.version().await.revision, written.revision);
        for outcome in written.outcomes {
            let Outcome::Erased(tombstone) = outcome else {
                panic!("{outcome:?} is no erasure")
            };
            erased.push(tombstone.id);
        }
    }
    assert_eq!(erased, trashed);
    assert_eq!(actor.trash().await, []);
}

/// An empty trash is emptied without a change, for users who do not exist too.
pub async fn emptying_an_empty_trash_changes_nothing(stores: &Stores) {
    let actor = TestUser::federated(stores);
    let nothing = stores.tasks.empty_trash(&actor.identity, actor.now()).await;
    assert_eq!(nothing.expect("an empty trash"), (0, Revision::ZERO));
    let task = actor.create(a_draft("Live")).await;
    let nothing = stores.tasks.empty_trash(&actor.identity, actor.now()).await;
    assert_eq!(nothing.expect("an empty trash"), (0, task.revision));
    assert_eq!(actor.version().await.revision, task.revision);
}
