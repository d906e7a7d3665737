//! Creating, patching, toggling and replacing.

use tasklane_domain::task::{
    DuePatch, MetadataPatch, OrderKey, Outcome, Priority, Refusal, Task, TaskDraft, TaskPatch,
    TaskState,
};

use super::TaskStore as Stores;
use super::test_user::TestUser;
use crate::builders::{
    a_description, a_draft, a_full_draft, a_member, a_task_id, a_title, an_order_key, completed,
    create, delete, due, erase, metadata, redue, restore, retitle, tags, toggle, update,
};

/// A created task is the draft under its id, owner, times and first revision.
pub async fn a_created_task_is_found_as_it_was_written(stores: &Stores) {
    let actor = TestUser::federated(stores);
    let id = a_task_id();
    let Outcome::Created(task) = actor.outcome(create(id, a_full_draft("Buy milk"))).await else {
        panic!("a create that does not create")
    };
    assert_eq!((task.id, task.owner), (id, actor.identity.owner()));
    assert_eq!(task.to_draft(), a_full_draft("Buy milk"));
    assert_eq!((task.created_at, task.deleted_at), (task.updated_at, None));
    assert_eq!(task.completed_at, Some(task.created_at));
    assert_eq!(actor.version().await.revision, task.revision);
    assert_eq!(actor.find(id).await.as_ref(), Some(&task));
    let held = TaskState::Task {
        task: Box::new(task),
        fingerprint: None,
    };
    assert_eq!(actor.held(id).await, Some(held));
}

/// What was never written is not found, and a look-up creates nothing.
pub async fn an_unknown_task_is_not_found(stores: &Stores) {
    let actor = TestUser::federated(stores);
    assert_eq!(actor.find(a_task_id()).await, None);
    assert_eq!(actor.held(a_task_id()).await, None);
    actor.create(a_draft("Another")).await;
    assert_eq!(actor.find(a_task_id()).await, None);
}

/// Each change takes a greater revision, and sets `updated_at` and nothing else beside what is asked.
pub async fn a_patch_sets_what_it_names_and_keeps_the_rest(stores: &Stores) {
    let actor = TestUser::federated(stores);
    let mut task = actor.create(a_full_draft("Buy milk")).await;
    let patches = [
        TaskPatch {
            title: Some(a_title("Buy bread")),
            ..TaskPatch::default()
        },
        TaskPatch {
            description: Some(Some(a_description("More"))),
            ..TaskPatch::default()
        },
        TaskPatch {
            description: Some(None),
            ..TaskPatch::default()
        },
        completed(false),
        TaskPatch {
            priority: Some(Priority::Urgent),
            ..TaskPatch::default()
        },
        redue(DuePatch::Set(Some(due("2027-01-01", None, None)))),
        redue(DuePatch::Set(None)),
        TaskPatch {
            tags: Some(tags(&["work"])),
            ..TaskPatch::default()
        },
        TaskPatch {
            tags: Some(tags(&[])),
            ..TaskPatch::default()
        },
    ];
    for patch in patches {
        let outcome = actor.outcome(update(task.id, patch.clone())).await;
        let Outcome::Changed(changed) = outcome else {
            panic!("unchanged by {patch:?}")
        };
        let content = patch
            .apply(&task, changed.updated_at)
            .expect("a valid patch");
        assert!(changed.revision > task.revision && changed.updated_at > task.updated_at);
        let expected = Task {
            revision: changed.revision,
            updated_at: changed.updated_at,
            ..content
        };
        assert_eq!(changed, expected);
        assert_eq!(actor.find(task.id).await.as_ref(), Some(&changed));
        assert_eq!(actor.version().await.revision, changed.revision);
        task = changed;
    }
}

/// Omitted fields survive any number of partial updates by which others change.
pub async fn a_description_survives_updates_that_omit_it(stores: &Stores) {
    let actor = TestUser::federated(stores);
    let task = actor.create(a_full_draft("Buy milk")).await;
    actor.write(retitle(task.id, "Buy bread")).await;
    actor.write(toggle(task.id)).await;
    actor.write(delete(task.id)).await;
    actor.write(restore(task.id)).await;
    let now = actor.find(task.id).await.expect("the task");
    assert_eq!(now.description, task.description);
    assert_eq!(
        (now.due, now.tags, now.priority),
        (task.due, task.tags, task.priority)
    );
}

/// Parts of a due date merge with what is there.
pub async fn parts_of_a_due_date_are_merged(stores: &Stores) {
    let actor = TestUser::federated(stores);
    let task = actor.create(a_full_draft("Buy milk")).await;
    let keep = DuePatch::Merge {
        date: None,
        time: None,
        timezone: None,
    };
    let later = due("2027-02-03", None, None).date();
    let moved = DuePatch::Merge {
        date: Some(later),
        time: None,
        timezone: None,
    };
    let moved = actor.write(update(task.id, redue(moved))).await;
    assert_eq!(
        moved.due,
        Some(due("2027-02-03", Some("09:00"), Some("Europe/Rome")))
    );
    let all_day = DuePatch::Merge {
        date: None,
        time: Some(None),
        timezone: Some(None),
    };
    let all_day = actor.write(update(task.id, redue(all_day))).await;
    assert_eq!(all_day.due, Some(due("2027-02-03", None, None)));
    let unchanged = actor.outcome(update(task.id, redue(keep))).await;
    assert_eq!(unchanged, Outcome::Unchanged(all_day));
}

/// A merge that leaves a time zone without a time, or a due date without a date, is refused.
pub async fn an_invalid_merged_due_date_is_refused(stores: &Stores) {
    let actor = TestUser::federated(stores);
    let zoned = actor.create(a_full_draft("Buy milk")).await;
    let undated = actor.create(a_draft("Some day")).await;
    let timeless = DuePatch::Merge {
        date: None,
        time: Some(None),
        timezone: None,
    };
    let cases = [
        (zoned.id, "due/timezone", timeless.clone()),
        (undated.id, "due/date", timeless),
    ];
    for (id, member, patch) in cases {
        let refusal = actor.refusal(update(id, redue(patch))).await;
        let Refusal::InvalidInput(invalid) = refusal else {
            panic!("unexpected {refusal}")
        };
        assert_eq!(invalid.member, member);
    }
}

/// Members of metadata are merged, and too many of them refused.
pub async fn members_of_metadata_are_merged(stores: &Stores) {
    let actor = TestUser::federated(stores);
    let draft = TaskDraft {
        metadata: metadata(&[("a", "1"), ("b", "2")]),
        ..a_draft("Buy milk")
    };
    let task = actor.create(draft).await;
    let merge = |members: &[(&str, Option<&str>)]| {
        let changes = members.iter().map(|(name, value)| {
            let (name, kept) = a_member((name, value.unwrap_or_default()));
            (name, value.map(|_| kept))
        });
        let patch = TaskPatch {
            metadata: Some(MetadataPatch::Merge(changes.collect())),
            ..TaskPatch::default()
        };
        update(task.id, patch)
    };
    let same = merge(&[("b", Some("2")), ("c", None)]);
    assert_eq!(actor.outcome(same).await, Outcome::Unchanged(task.clone()));
    let merged = actor
        .write(merge(&[("a", None), ("b", Some("")), ("c", Some("3"))]))
        .await;
    assert_eq!(merged.metadata, metadata(&[("b", ""), ("c", "3")]));
    assert_eq!(actor.find(task.id).await, Some(merged));
    let names: Vec<String> = (0..49).map(|number| number.to_string()).collect();
    let many: Vec<(&str, Option<&str>)> =
        names.iter().map(|name| (name.as_str(), Some(""))).collect();
    match actor.refusal(merge(&many)).await {
        Refusal::InvalidInput(invalid) => {
            assert_eq!(
                (invalid.member, invalid.violation.code),
                ("metadata", "too_many")
            );
        }
        other => panic!("unexpected {other}"),
    }
}

/// Toggling completes an open task now, and opens a done one.
pub async fn a_toggle_flips_completion(stores: &Stores) {
    let actor = TestUser::federated(stores);
    let task = actor.create(a_draft("Buy milk")).await;
    let done = actor.write(toggle(task.id)).await;
    assert_eq!(done.completed_at, Some(done.updated_at));
    let open = actor.write(toggle(task.id)).await;
    assert_eq!(open.completed_at, None);
    assert!(task.revision < done.revision && done.revision < open.revision);
}

/// Completing a done task again changes nothing, and keeps the time at which it was done.
pub async fn a_done_task_keeps_the_time_at_which_it_was_done(stores: &Stores) {
    let actor = TestUser::federated(stores);
    let task = actor.create(a_full_draft("Buy milk")).await;
    let again = actor.outcome(update(task.id, completed(true))).await;
    assert_eq!(again, Outcome::Unchanged(task.clone()));
    let retitled = TaskPatch {
        title: Some(a_title("Buy bread")),
        ..completed(true)
    };
    let retitled = actor.write(update(task.id, retitled)).await;
    assert_eq!(retitled.completed_at, task.completed_at);
}

/// A replacement leaves nothing of the old content.
pub async fn a_replacement_sets_everything(stores: &Stores) {
    let actor = TestUser::federated(stores);
    let task = actor.create(a_full_draft("Buy milk")).await;
    let replace = |draft| update(task.id, TaskPatch::replace_with(draft));
    let plain = actor.write(replace(a_draft("Plain"))).await;
    let expected = TaskDraft {
        position: Some(OrderKey::of_instant(task.created_at)),
        ..a_draft("Plain")
    };
    assert_eq!(plain.to_draft(), expected);
    assert_eq!((plain.id, plain.created_at), (task.id, task.created_at));
    let full = actor.write(replace(a_full_draft("Full"))).await;
    assert_eq!(full.to_draft(), a_full_draft("Full"));
}

/// A position that is cleared becomes that of the task's creation, whenever that is done.
pub async fn a_position_goes_back_to_its_default(stores: &Stores) {
    let actor = TestUser::federated(stores);
    let task = actor.create(a_draft("Buy milk")).await;
    let default = OrderKey::of_instant(task.created_at);
    assert_eq!(task.position, default);
    let place = |position| {
        let patch = TaskPatch {
            position: Some(position),
            ..TaskPatch::default()
        };
        update(task.id, patch)
    };
    let outcome = actor.outcome(place(None)).await;
    assert_eq!(outcome, Outcome::Unchanged(task.clone()));
    let key = an_order_key("a0V");
    let placed = actor.write(place(Some(key.clone()))).await;
    assert_eq!(placed.position, key);
    let cleared = actor.write(place(None)).await;
    assert_eq!(cleared.position, default);
    assert_eq!(actor.find(task.id).await, Some(cleared));
}

/// A write to the same values takes no revision and leaves `updated_at` alone.
pub async fn an_unchanging_write_takes_no_revision(stores: &Stores) {
    let actor = TestUser::federated(stores);
    let task = actor.create(a_full_draft("Buy milk")).await;
    let before = (actor.version().await, actor.whole_feed().await);
    let same_tags = TaskPatch {
        tags: Some(task.tags.clone()),
        ..TaskPatch::default()
    };
    let patches = [
        TaskPatch::default(),
        TaskPatch::replace_with(task.to_draft()),
        TaskPatch {
            title: Some(task.title.clone()),
            ..same_tags
        },
        TaskPatch {
            description: Some(task.description.clone()),
            ..completed(true)
        },
        redue(DuePatch::Set(task.due.clone())),
    ];
    for patch in patches {
        let outcome = actor.outcome(update(task.id, patch)).await;
        assert_eq!(outcome, Outcome::Unchanged(task.clone()));
        assert_eq!((actor.version().await, actor.whole_feed().await), before);
    }
}

/// Values that differ only in spelling, order or precision are other values.
pub async fn a_change_of_spelling_is_a_change(stores: &Stores) {
    let actor = TestUser::federated(stores);
    let task = actor.create(a_full_draft("Été")).await;
    let patches = [
        TaskPatch {
            title: Some(a_title("E\u{301}te\u{301}")),
            ..TaskPatch::default()
        },
        TaskPatch {
            tags: Some(tags(&["Été", "home"])),
            ..TaskPatch::default()
        },
        TaskPatch {
            tags: Some(tags(&["Été", "HOME"])),
            ..TaskPatch::default()
        },
        redue(DuePatch::Set(Some(due(
            "2026-11-21",
            Some("09:00:00"),
            Some("Europe/Rome"),
        )))),
        redue(DuePatch::Set(Some(due(
            "2026-11-21",
            Some("09:00:00"),
            Some("Europe/Vatican"),
        )))),
    ];
    for patch in patches {
        let outcome = actor.outcome(update(task.id, patch.clone())).await;
        assert!(
            matches!(outcome, Outcome::Changed(_)),
            "unchanged by {patch:?}"
        );
        assert_eq!(actor.find(task.id).await, outcome.into_task());
    }
}

/// Everything but a create needs the task.
pub async fn a_write_to_an_unknown_task_is_refused(stores: &Stores) {
    let actor = TestUser::federated(stores);
    for make in [toggle, delete, restore, erase] {
        assert_eq!(actor.refusal(make(a_task_id())).await, Refusal::NotFound);
    }
    actor.create(a_draft("Another")).await;
    for make in [toggle, delete, restore, erase] {
        assert_eq!(actor.refusal(make(a_task_id())).await, Refusal::NotFound);
    }
}

/// An id names one task: creating under it again is refused and leaves the first as it was.
pub async fn a_taken_id_is_refused(stores: &Stores) {
    let actor = TestUser::federated(stores);
    let task = actor.create(a_full_draft("First")).await;
    let refusal = actor.refusal(create(task.id, a_draft("Second"))).await;
    assert_eq!(
        refusal,
        Refusal::AlreadyExists {
            current: Some(task.clone().into())
        }
    );
    assert_eq!(actor.find(task.id).await, Some(task));
}

/// Each user counts from one, without a gap while nobody else writes for them.
pub async fn revisions_follow_each_other(stores: &Stores) {
    let actor = TestUser::federated(stores);
    let first = actor.create(a_draft("First")).await;
    let second = actor.create(a_draft("Second")).await;
    let changed = actor.write(toggle(first.id)).await;
    let revisions = [first, second, changed].map(|task| task.revision.as_i64());
    assert_eq!(revisions, [1, 2, 3]);
}
