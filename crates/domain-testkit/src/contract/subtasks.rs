//! Tasks that are parts of others.

use futures::future::join;
use tasklane_domain::id::TaskId;
use tasklane_domain::page::{SortKey, TaskFilter, TaskQuery};
use tasklane_domain::task::{
    Change, MAX_SUBTASKS, Operation, Outcome, Place, Refusal, Revision, Task, TaskPatch, TaskState,
    WriteError, WriteRules,
};

use super::TaskStore as Stores;
use super::lists::{by, titles};
use super::test_user::TestUser;
use crate::builders::{
    a_draft, a_part_of, a_task_id, completed, create, delete, erase, most_open_tasks, move_below,
    move_to, page_limit, put_below, restore, toggle, too_many_open_tasks, update,
};

/// A task with two sub-tasks.
async fn a_family(actor: &TestUser) -> [Task; 3] {
    let parent = actor.create(a_draft("parent")).await;
    let first = actor.create(a_part_of(parent.id, "first")).await;
    let second = actor.create(a_part_of(parent.id, "second")).await;
    [parent, first, second]
}

/// The live tasks with this parent, or with none, in their order.
async fn siblings(actor: &TestUser, parent: Option<TaskId>) -> Vec<String> {
    let query = TaskQuery {
        filter: TaskFilter {
            parent: Some(parent),
            ..TaskFilter::default()
        },
        limit: page_limit(100),
        ..by(SortKey::Position, false)
    };
    let page = actor.list(&query).await;
    titles(&page.items).into_iter().map(str::to_owned).collect()
}

/// What changed after a revision, in order.
async fn changed_since(actor: &TestUser, revision: Revision) -> Vec<TaskId> {
    let feed = actor.whole_feed().await;
    let later = feed.iter().filter(|change| change.revision() > revision);
    later.map(Change::id).collect()
}

async fn invalid(actor: &TestUser, operation: Operation) -> (&'static str, &'static str) {
    match actor.refusal(operation).await {
        Refusal::InvalidInput(invalid) => (invalid.member, invalid.violation.code),
        other => panic!("{other:?}"),
    }
}

async fn task(actor: &TestUser, id: TaskId) -> Task {
    match actor.held(id).await {
        Some(TaskState::Task { task, .. }) => *task,
        other => panic!("{other:?}"),
    }
}

/// A sub-task comes back with its parent, and is found by it.
pub async fn a_subtask_is_found_by_its_parent(stores: &Stores) {
    let actor = TestUser::federated(stores);
    let [parent, first, _] = a_family(&actor).await;
    actor.create(a_draft("other")).await;
    assert_eq!((parent.parent, first.parent), (None, Some(parent.id)));
    assert_eq!(actor.find(first.id).await.as_ref(), Some(&first));
    assert_eq!(siblings(&actor, Some(parent.id)).await, ["first", "second"]);
    assert_eq!(siblings(&actor, None).await, ["parent", "other"]);
    assert!(siblings(&actor, Some(first.id)).await.is_empty());
    assert!(siblings(&actor, Some(a_task_id())).await.is_empty());
    let stranger = TestUser::federated(stores);
    assert!(siblings(&stranger, Some(parent.id)).await.is_empty());
}

/// A parent is a live task of the owner that has no parent itself.
pub async fn a_parent_must_be_live_and_without_a_parent(stores: &Stores) {
    let actor = TestUser::federated(stores);
    let [parent, part, second] = a_family(&actor).await;
    let alone = actor.create(a_draft("alone")).await;
    let [trashed, erased] = [a_task_id(), a_task_id()];
    for id in [trashed, erased] {
        actor.write(create(id, a_draft("gone"))).await;
    }
    actor.write(delete(trashed)).await;
    actor.outcome(erase(erased)).await;
    let stranger = TestUser::federated(stores);
    let foreign = stranger.create(a_draft("foreign")).await;
    for (id, code) in [
        (trashed, "unknown_task"),
        (erased, "unknown_task"),
        (foreign.id, "unknown_task"),
        (a_task_id(), "unknown_task"),
        (alone.id, "unknown_task"),
        (part.id, "too_deep"),
    ] {
        for operation in [
            put_below(alone.id, Some(id)),
            move_below(alone.id, Some(id), Place::Last),
        ] {
            assert_eq!(invalid(&actor, operation).await, ("parent_id", code));
        }
        if id != alone.id {
            let new = create(a_task_id(), a_part_of(id, "new"));
            assert_eq!(invalid(&actor, new).await, ("parent_id", code));
        }
    }
    let to_alone = put_below(parent.id, Some(alone.id));
    assert_eq!(
        invalid(&actor, to_alone.clone()).await,
        ("parent_id", "too_deep")
    );
    for id in [part.id, second.id] {
        actor.write(delete(id)).await;
    }
    assert_eq!(
        invalid(&actor, to_alone).await,
        ("parent_id", "too_deep"),
        "with sub-tasks in the trash"
    );
    actor.recount().await;
}

/// A task whose sub-tasks have all left it or been erased can become one itself.
pub async fn a_task_that_lost_its_subtasks_can_become_one(stores: &Stores) {
    let actor = TestUser::federated(stores);
    let [parent, first, second] = a_family(&actor).await;
    let other = actor.create(a_draft("other")).await;
    actor.write(put_below(first.id, None)).await;
    actor.outcome(erase(second.id)).await;
    let moved = actor.write(put_below(parent.id, Some(other.id))).await;
    assert_eq!(moved.parent, Some(other.id));
    assert_eq!(task(&actor, first.id).await.parent, None);
}

/// A task has at most so many live sub-tasks, however they would come to it.
pub async fn live_subtasks_are_bounded(stores: &Stores) {
    let actor = TestUser::federated(stores);
    let parent = actor.create(a_draft("parent")).await;
    let mut parts: Vec<Operation> = (0..MAX_SUBTASKS)
        .map(|_| create(a_task_id(), a_part_of(parent.id, "part")))
        .collect();
    let last = parts[MAX_SUBTASKS - 1].id();
    let rest = parts.split_off(MAX_SUBTASKS / 2);
    for part in [parts, rest] {
        actor.batch(part).await.expect("a batch");
    }
    let other = actor.create(a_draft("other")).await;
    let too_many = ("parent_id", "too_many");
    for operation in [
        create(a_task_id(), a_part_of(parent.id, "one more")),
        put_below(other.id, Some(parent.id)),
        move_below(other.id, Some(parent.id), Place::Last),
    ] {
        assert_eq!(invalid(&actor, operation).await, too_many);
    }
    actor.write(move_to(last, Place::Last)).await;
    actor.write(delete(last)).await;
    actor.write(put_below(other.id, Some(parent.id))).await;
    assert_eq!(invalid(&actor, restore(last)).await, too_many);
}

/// Deleting a task moves its live sub-tasks to the trash with it, in the order of their revisions and
/// with one `deleted_at`; restoring it brings these back, and no others.
pub async fn subtasks_go_to_the_trash_and_come_back_with_their_parent(stores: &Stores) {
    let actor = TestUser::federated(stores);
    let [parent, first, second] = a_family(&actor).await;
    let earlier = actor.create(a_part_of(parent.id, "earlier")).await;
    actor.write(delete(earlier.id)).await;
    actor.write(toggle(first.id)).await;
    let before = actor.version().await.revision;

    let deleted = actor.write(delete(parent.id)).await;
    assert_eq!(deleted.revision, before.next());
    let expected = [parent.id, second.id, first.id];
    assert_eq!(changed_since(&actor, before).await, expected);
    for id in [first.id, second.id] {
        let part = task(&actor, id).await;
        assert_eq!(
            (part.deleted_at, part.updated_at),
            (deleted.deleted_at, deleted.updated_at)
        );
        assert_eq!(part.parent, Some(parent.id));
    }
    assert_ne!(
        task(&actor, earlier.id).await.deleted_at,
        deleted.deleted_at
    );
    actor.recount().await;

    let before = actor.version().await.revision;
    let restored = actor.write(restore(parent.id)).await;
    assert_eq!(restored.revision, before.next());
    assert_eq!(changed_since(&actor, before).await, expected);
    assert_eq!(siblings(&actor, Some(parent.id)).await, ["first", "second"]);
    assert!(task(&actor, earlier.id).await.is_deleted());
    assert!(task(&actor, first.id).await.is_completed());
    actor.recount().await;
}

/// What no longer is in the trash with its parent does not come back with it.
pub async fn a_parent_comes_back_without_what_left_the_trash(stores: &Stores) {
    let actor = TestUser::federated(stores);
    let [parent, first, second] = a_family(&actor).await;
    actor.write(delete(parent.id)).await;
    let alone = actor.write(restore(first.id)).await;
    assert_eq!(alone.parent, None, "its parent is not live");
    actor.outcome(erase(second.id)).await;
    actor.write(restore(parent.id)).await;
    assert!(siblings(&actor, Some(parent.id)).await.is_empty());
    assert_eq!(actor.find(first.id).await, Some(alone));
    actor.recount().await;
}

/// A sub-task that was deleted on its own comes back below its live parent.
pub async fn a_subtask_comes_back_below_its_live_parent(stores: &Stores) {
    let actor = TestUser::federated(stores);
    let [parent, first, _] = a_family(&actor).await;
    actor.write(delete(first.id)).await;
    assert_eq!(siblings(&actor, Some(parent.id)).await, ["second"]);
    let restored = actor.write(restore(first.id)).await;
    assert_eq!(restored.parent, Some(parent.id));
}

/// Erasing a task erases all its sub-tasks, those in the trash too, the parent first.
pub async fn erasing_a_task_erases_all_its_subtasks(stores: &Stores) {
    let actor = TestUser::federated(stores);
    for is_trashed in [false, true] {
        let [parent, first, second] = a_family(&actor).await;
        actor.write(delete(first.id)).await;
        if is_trashed {
            actor.write(delete(parent.id)).await;
        }
        let before = actor.version().await.revision;
        actor.outcome(erase(parent.id)).await;
        let expected = if is_trashed {
            [parent.id, first.id, second.id]
        } else {
            [parent.id, second.id, first.id]
        };
        assert_eq!(changed_since(&actor, before).await, expected);
        for id in expected {
            let held = actor.held(id).await;
            assert!(
                matches!(held, Some(TaskState::Tombstone { .. })),
                "{held:?}"
            );
        }
        actor.recount().await;
    }
}

/// Emptying the trash erases a task and its sub-tasks, each once.
pub async fn emptying_the_trash_erases_families(stores: &Stores) {
    use crate::Writes;

    let actor = TestUser::federated(stores);
    let [parent, _, _] = a_family(&actor).await;
    actor.write(delete(parent.id)).await;
    let emptied = stores.tasks.empty_trash(&actor.identity, actor.now()).await;
    assert_eq!(emptied.expect("an empty trash").0, 3);
    assert!(actor.trash().await.is_empty());
    actor.recount().await;
}

/// Completing a task completes no other.
pub async fn completion_is_of_one_task_alone(stores: &Stores) {
    let actor = TestUser::federated(stores);
    let [parent, first, second] = a_family(&actor).await;
    actor.write(update(parent.id, completed(true))).await;
    assert!(!task(&actor, first.id).await.is_completed());
    actor.write(update(parent.id, completed(false))).await;
    for id in [first.id, second.id] {
        actor.write(update(id, completed(true))).await;
    }
    assert!(!task(&actor, parent.id).await.is_completed());
}

/// A task comes to another parent and leaves it, and nothing else of it changes.
pub async fn a_task_changes_its_parent(stores: &Stores) {
    let actor = TestUser::federated(stores);
    let [parent, first, _] = a_family(&actor).await;
    let other = actor.create(a_draft("other")).await;
    for after in [Some(other.id), None, Some(parent.id)] {
        let before = task(&actor, first.id).await;
        let moved = actor.write(put_below(first.id, after)).await;
        let expected = Task {
            parent: after,
            revision: moved.revision,
            updated_at: moved.updated_at,
            ..before
        };
        assert_eq!(moved, expected);
    }
    let same = actor.outcome(put_below(first.id, Some(parent.id))).await;
    assert!(matches!(same, Outcome::Unchanged(_)), "{same:?}");
    let replaced = actor
        .write(update(
            first.id,
            TaskPatch::replace_with(a_draft("replaced")),
        ))
        .await;
    assert_eq!(replaced.parent, None);
}

/// Sub-tasks are ordered among each other, and a move names one of those that it comes to stand among.
pub async fn siblings_are_ordered_among_each_other(stores: &Stores) {
    let actor = TestUser::federated(stores);
    let [parent, first, second] = a_family(&actor).await;
    let other = actor.create(a_draft("other")).await;
    actor
        .write(move_to(second.id, Place::Before(first.id)))
        .await;
    assert_eq!(siblings(&actor, Some(parent.id)).await, ["second", "first"]);
    actor.write(move_to(second.id, Place::Last)).await;
    assert_eq!(siblings(&actor, Some(parent.id)).await, ["first", "second"]);

    let between = move_below(other.id, Some(parent.id), Place::After(first.id));
    assert_eq!(actor.write(between).await.parent, Some(parent.id));
    let expected = ["first", "other", "second"];
    assert_eq!(siblings(&actor, Some(parent.id)).await, expected);
    let same = actor
        .outcome(move_below(
            other.id,
            Some(parent.id),
            Place::Before(second.id),
        ))
        .await;
    assert!(matches!(same, Outcome::Unchanged(_)), "{same:?}");

    for (operation, member) in [
        (move_to(first.id, Place::After(parent.id)), "after"),
        (move_to(parent.id, Place::Before(first.id)), "before"),
        (
            move_below(first.id, None, Place::Before(second.id)),
            "before",
        ),
    ] {
        assert_eq!(invalid(&actor, operation).await, (member, "elsewhere"));
    }
    let out = move_below(other.id, None, Place::Before(parent.id));
    assert_eq!(actor.write(out).await.parent, None);
    assert_eq!(siblings(&actor, None).await, ["other", "parent"]);
    let last = move_below(other.id, Some(parent.id), Place::Last);
    actor.write(last).await;
    assert_eq!(
        siblings(&actor, Some(parent.id)).await,
        ["first", "second", "other"]
    );
    actor.recount().await;
}

/// Each operation of a batch sees the families that those before it have made.
pub async fn a_batch_sees_the_families_that_it_makes(stores: &Stores) {
    let actor = TestUser::federated(stores);
    let [parent, part, other] = [a_task_id(), a_task_id(), a_task_id()];
    let (outcomes, _) = actor
        .batch(vec![
            create(parent, a_draft("parent")),
            create(part, a_part_of(parent, "part")),
            create(other, a_draft("other")),
            put_below(other, Some(parent)),
            delete(parent),
        ])
        .await
        .expect("a batch");
    assert_eq!(outcomes.len(), 5);
    for id in [part, other] {
        assert!(task(&actor, id).await.is_deleted());
    }
    let refused = actor
        .batch(vec![
            restore(parent),
            create(a_task_id(), a_part_of(part, "deep")),
        ])
        .await;
    assert!(
        matches!(refused, Err(WriteError::Refused { index: 1, .. })),
        "{refused:?}"
    );
    let (outcomes, _) = actor
        .batch(vec![restore(parent), erase(other), put_below(part, None)])
        .await
        .expect("a batch");
    assert_eq!(outcomes.len(), 3);
    assert!(siblings(&actor, Some(parent)).await.is_empty());
    actor.recount().await;
}

/// A batch that takes some sub-tasks from a task does not make it look as if it had none.
pub async fn a_batch_does_not_overlook_the_subtasks_that_it_leaves(stores: &Stores) {
    let actor = TestUser::federated(stores);
    let [parent, first, second] = a_family(&actor).await;
    let other = actor.create(a_draft("other")).await;
    for taken in [first.id, second.id] {
        let refused = actor
            .batch(vec![erase(taken), put_below(parent.id, Some(other.id))])
            .await;
        assert!(
            matches!(refused, Err(WriteError::Refused { index: 1, .. })),
            "{refused:?}"
        );
    }
}

/// A restoration that does not fit the quota brings nothing back.
pub async fn a_family_that_does_not_fit_the_quota_stays_in_the_trash(stores: &Stores) {
    let actor = TestUser::federated(stores);
    let [parent, _, _] = a_family(&actor).await;
    actor.write(delete(parent.id)).await;
    let rules = |most| WriteRules {
        quotas: most_open_tasks(most),
        ..WriteRules::default()
    };
    let refusal = actor.under(rules(2)).refusal(restore(parent.id)).await;
    assert_eq!(refusal, too_many_open_tasks(2));
    actor.under(rules(3)).write(restore(parent.id)).await;
}

/// Whatever runs at the same time, no task is live below one that is not.
pub async fn nothing_is_added_to_a_task_that_is_being_deleted(stores: &Stores) {
    let actor = TestUser::federated(stores);
    for round in 0..20 {
        let [parent, _, _] = a_family(&actor).await;
        let other = actor.create(a_draft("other")).await;
        let joining = if round % 2 == 0 {
            create(a_task_id(), a_part_of(parent.id, "late"))
        } else {
            put_below(other.id, Some(parent.id))
        };
        let id = joining.id();
        let (joined, deleted) =
            join(actor.attempt(joining), actor.attempt(delete(parent.id))).await;
        deleted.expect("a deletion");
        if joined.is_ok() {
            assert!(task(&actor, id).await.is_deleted());
        } else {
            let stranded = actor.find(id).await.and_then(|task| task.parent);
            assert_eq!(stranded, None);
        }
        assert!(siblings(&actor, Some(parent.id)).await.is_empty());
    }
    actor.recount().await;
}
