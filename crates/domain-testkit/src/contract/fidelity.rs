//! What is read equals what was written, to the byte and to the microsecond.

use tasklane_domain::clock::Timestamp;
use tasklane_domain::task::{Due, OrderKey, Priority, Task, TaskDraft};

use super::TaskStore as Stores;
use super::test_user::TestUser;
use crate::Writes;
use crate::builders::{
    a_description, a_draft, a_full_draft, a_task_id, an_order_key, create, due, metadata, tags,
    toggle,
};

/// Texts that store are known to trip over: astral planes, combining marks, both normal forms of
/// one word, right-to-left, quotes, wildcards, format and JSON characters.
const AWKWARD: [&str; 10] = [
    "𝒳🦀👩‍👩‍👧‍👦",
    "e\u{301}te\u{301} and été",
    "\u{301}",
    "שלום עולם \u{202e}abc",
    "O'Brien \"quoted\" `ticks` $1 ?1 :name @p",
    "100% _under_ back\\slash [set] {json: null}",
    "\u{feff}bom \u{e000} \u{10ffff} \u{fffd}",
    "null",
    "ﬁ Ⅷ ½ Ａ ſ İ ß",
    "-- ; DROP TABLE tasks; /* */",
];

/// Creates the task, and makes sure that every way of reading it gives the same.
async fn kept(actor: &TestUser, draft: &TaskDraft) -> Task {
    let task = actor.create(draft.clone()).await;
    let position = draft.position.clone();
    let expected = TaskDraft {
        position: position.or(Some(OrderKey::of_instant(task.created_at))),
        ..draft.clone()
    };
    assert_eq!(task.to_draft(), expected);
    assert_eq!(actor.find(task.id).await.as_ref(), Some(&task));
    let listed = actor
        .matching(tasklane_domain::page::TaskFilter::default())
        .await;
    assert!(listed.contains(&task), "{task:?} is not listed as it is");
    task
}

/// Titles, descriptions and tags keep every byte.
pub async fn awkward_text_comes_back_to_the_byte(stores: &Stores) {
    let actor = TestUser::federated(stores);
    for text in AWKWARD {
        let draft = TaskDraft {
            description: Some(a_description(&format!("  {text}\r\n\t{text} \n"))),
            tags: tags(&[text]),
            ..a_draft(text)
        };
        kept(&actor, &draft).await;
    }
}

/// The longest values that the domain allows fit, counted in characters of four bytes.
pub async fn the_longest_text_fits(stores: &Stores) {
    let actor = TestUser::federated(stores);
    let labels: Vec<String> = (0..20_u8)
        .map(|index| "🦀".repeat(49) + &char::from(b'a' + index).to_string())
        .collect();
    let labels: Vec<&str> = labels.iter().map(String::as_str).collect();
    let draft = TaskDraft {
        description: Some(a_description(&"𝒳".repeat(10_000))),
        tags: tags(&labels),
        ..a_draft(&"🦀".repeat(200))
    };
    kept(&actor, &draft).await;
}

/// Positions come back as they were given, the longest too; without one, a task has that of its
/// creation.
pub async fn positions_come_back(stores: &Stores) {
    let actor = TestUser::federated(stores);
    let longest = format!("z{}", "z".repeat(127));
    let first = format!("A{}1", "0".repeat(26));
    for key in [None, Some("a0"), Some("Zz"), Some(&longest), Some(&first)] {
        let draft = TaskDraft {
            position: key.map(an_order_key),
            ..a_draft("Placed")
        };
        kept(&actor, &draft).await;
    }
}

/// Metadata comes back to the byte, as much of it as there can be.
pub async fn metadata_comes_back_to_the_byte(stores: &Stores) {
    let actor = TestUser::federated(stores);
    let names: Vec<String> = (0..50).map(|number| format!("name-{number:02}")).collect();
    let short: Vec<(&str, &str)> = names.iter().map(|name| (name.as_str(), "")).collect();
    let long = "\u{1d4b3}".repeat(500);
    let few = [
        ("a", long.as_str()),
        ("b", &long),
        ("c", &long),
        ("d", &long),
    ];
    let awkward: Vec<(&str, &str)> = names.iter().map(String::as_str).zip(AWKWARD).collect();
    for members in [&[][..], &[("_.-", " a=b:c ")], &short, &few, &awkward] {
        let draft = TaskDraft {
            metadata: metadata(members),
            ..a_draft("With metadata")
        };
        kept(&actor, &draft).await;
    }
    actor.recount().await;
}

/// Twenty tags stay in their owner's order.
pub async fn tags_come_back_in_their_order(stores: &Stores) {
    let actor = TestUser::federated(stores);
    let labels: Vec<String> = (0..20)
        .rev()
        .map(|index| format!("Tag {index}, \"x\""))
        .collect();
    let labels: Vec<&str> = labels.iter().map(String::as_str).collect();
    kept(
        &actor,
        &TaskDraft {
            tags: tags(&labels),
            ..a_draft("Many tags")
        },
    )
    .await;
    kept(
        &actor,
        &TaskDraft {
            tags: tags(&[]),
            ..a_draft("No tags")
        },
    )
    .await;
}

/// All-day, floating and zoned due dates are three things, and `09:00` is not `09:00:00`.
pub async fn every_kind_of_due_date_comes_back_as_it_was(stores: &Stores) {
    let actor = TestUser::federated(stores);
    let dates: [Due; 11] = [
        due("2026-11-21", None, None),
        due("2026-11-21", Some("00:00"), None),
        due("2026-11-21", Some("09:00"), None),
        due("2026-11-21", Some("09:00:00"), None),
        due("2026-11-21", Some("23:59:59"), Some("UTC")),
        due("2026-11-21", Some("09:00"), Some("Europe/Rome")),
        due("2026-10-25", Some("02:30"), Some("Europe/Rome")),
        due("2026-03-29", Some("02:30"), Some("Europe/Rome")),
        due(
            "2026-11-21",
            Some("09:00"),
            Some("America/Argentina/ComodRivadavia"),
        ),
        due("0001-01-01", Some("00:00"), Some("Asia/Tokyo")),
        due("9999-12-31", Some("23:59:59"), Some("America/Los_Angeles")),
    ];
    for date in dates {
        kept(
            &actor,
            &TaskDraft {
                due: Some(date),
                ..a_draft("Due")
            },
        )
        .await;
    }
}

/// Each priority, done and open.
pub async fn priorities_and_completion_come_back(stores: &Stores) {
    let actor = TestUser::federated(stores);
    for priority in Priority::ALL {
        for completed in [false, true] {
            kept(
                &actor,
                &TaskDraft {
                    completed,
                    priority,
                    ..a_draft("Matters")
                },
            )
            .await;
        }
    }
}

/// Instants keep their microseconds, before 1970 too.
pub async fn instants_come_back_to_the_microsecond(stores: &Stores) {
    let actor = TestUser::federated(stores);
    for micros in [
        -1,
        0,
        1,
        999_999,
        1_767_323_045_000_001,
        4_102_444_799_999_999,
    ] {
        let at = Timestamp::from_micros(micros).expect("a valid instant");
        let operation = create(a_task_id(), a_full_draft("Now"));
        let rules = actor.rules;
        let made = stores
            .tasks
            .apply(&actor.identity, operation, rules, at)
            .await
            .expect("a create");
        let made = made.into_task().expect("a task");
        assert_eq!(
            (made.created_at, made.updated_at, made.completed_at),
            (at, at, Some(at))
        );
        assert_eq!(actor.find(made.id).await, Some(made));
    }
}

/// What a write gives is what is read afterwards.
pub async fn an_outcome_is_what_is_then_read(stores: &Stores) {
    let actor = TestUser::federated(stores);
    let task = actor.create(a_full_draft("Buy milk")).await;
    let toggled = actor.write(toggle(task.id)).await;
    assert_eq!(actor.find(task.id).await.as_ref(), Some(&toggled));
    assert_eq!(
        actor.whole_feed().await,
        [tasklane_domain::task::Change::Task(Box::new(toggled))]
    );
}
