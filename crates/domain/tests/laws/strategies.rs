//! Values to try laws on.

use chrono_tz::Tz;
use proptest::collection::vec;
use proptest::option;
use proptest::prelude::*;
use proptest::sample::select;
use tasklane_domain::clock::Timestamp;
use tasklane_domain::id::{OwnerId, TaskId, UserId};
use tasklane_domain::page::{DueBound, Sort, SortKey, TaskFilter};
use tasklane_domain::search::SearchWords;
use tasklane_domain::task::{
    CompletedChange, Description, Due, DuePatch, Metadata, MetadataName, MetadataPatch,
    MetadataValue, Move, NewTask, Operation, OrderKey, Place, Precondition, Priority, Reach,
    Revision, Tag, Tags, Task, TaskDraft, TaskPatch, Title,
};
use tasklane_domain_testkit::builders::{a_member, due, instant};
use uuid::Uuid;

pub(crate) fn owner() -> OwnerId {
    UserId::for_subject("clerk", "user_1").into()
}

/// One of few ids, so that operations meet.
pub(crate) fn task_id() -> impl Strategy<Value = TaskId> {
    (1_u128..6).prop_map(|number| TaskId::new(Uuid::from_u128(number)))
}

fn title() -> impl Strategy<Value = Title> {
    prop_oneof![
        select(vec!["Buy milk", "buy MILK", "Été", "100%", "a_b"]).prop_map(str::to_owned),
        "\\PC{1,30}",
    ]
    .prop_filter_map("a blank title", |text| Title::parse(&text).ok())
}

fn description() -> impl Strategy<Value = Option<Description>> {
    option::of("[\\PC\n\t]{0,60}")
        .prop_map(|text| text.and_then(|text| Description::parse(&text).ok()?))
}

fn tags() -> impl Strategy<Value = Tags> {
    let tag = prop_oneof![
        select(vec!["home", "HOME", "été", "ete"]).prop_map(str::to_owned),
        "\\PC{1,9}"
    ];
    vec(
        tag.prop_filter_map("a blank tag", |text| Tag::parse(&text).ok()),
        0..5,
    )
    .prop_map(|tags| Tags::new(tags).unwrap())
}

fn due_date() -> impl Strategy<Value = Option<Due>> {
    let time = option::of(select(vec!["00:00", "09:00", "09:00:00", "23:59:59"]));
    let zone = option::of(select(vec!["UTC", "Europe/Rome", "Pacific/Apia"]));
    let date = select(vec!["2026-11-21", "2026-11-22", "2026-03-29"]);
    option::of((date, time, zone))
        .prop_map(|parts| parts.map(|(date, time, zone)| due(date, time, time.and(zone))))
}

fn priority() -> impl Strategy<Value = Priority> {
    select(Priority::ALL.to_vec())
}

/// Any order key, those at the ends and the longest among them.
pub(crate) fn order_key() -> impl Strategy<Value = OrderKey> {
    let common = select(vec!["a0", "a0V", "a1", "Zz", "az"]).prop_map(str::to_owned);
    let digits = "0{26}|0{25}1|z{26}|[0-9A-Za-z]{26}";
    let fraction = "(|0{0,125}1|[0z]{0,30}V|z{100,127}|[0-9A-Za-z]{0,100})";
    let any = ("[A-Za-z]", digits, fraction).prop_map(|(head, digits, fraction)| {
        let count = match head.as_bytes()[0] {
            head @ b'a'.. => head - b'a' + 1,
            head => b'Z' - head + 1,
        };
        format!("{head}{}{fraction}", &digits[..count.into()])
    });
    prop_oneof![common, any].prop_filter_map("no key", |text| OrderKey::parse(text).ok())
}

fn member() -> impl Strategy<Value = (MetadataName, MetadataValue)> {
    let names = select(vec!["icon", "ref", "x"]);
    (names, "\\PC{0,3}").prop_map(|(name, value)| a_member((name, &value)))
}

fn metadata_values() -> impl Strategy<Value = Metadata> {
    vec(member(), 0..3).prop_map(|members| Metadata::new(members.into_iter().collect()).unwrap())
}

fn metadata_patch() -> impl Strategy<Value = MetadataPatch> {
    let change = (member(), any::<bool>());
    let change = change.prop_map(|((name, value), is_set)| (name, is_set.then_some(value)));
    let merge = vec(change, 0..3);
    prop_oneof![
        metadata_values().prop_map(MetadataPatch::Set),
        merge.prop_map(|changes| MetadataPatch::Merge(changes.into_iter().collect())),
    ]
}

fn parent() -> impl Strategy<Value = Option<TaskId>> {
    option::weighted(0.3, task_id())
}

fn position() -> impl Strategy<Value = Option<OrderKey>> {
    option::of(order_key())
}

prop_compose! {
    pub(crate) fn draft()(
        title in title(),
        description in description(),
        completed: bool,
        priority in priority(),
        due in due_date(),
        tags in tags(),
        parent in parent(),
        position in position(),
        metadata in metadata_values(),
    ) -> TaskDraft {
        TaskDraft { title, description, completed, priority, due, tags, parent, position, metadata }
    }
}

prop_compose! {
    pub(crate) fn task()(id in task_id(), draft in draft(), seconds in 0_i64..50) -> Task {
        let new = NewTask { id, draft, fingerprint: None };
        new.to_task(owner(), Revision::new(3).unwrap(), instant(seconds))
    }
}

fn completed_change() -> impl Strategy<Value = CompletedChange> {
    prop_oneof![
        any::<bool>().prop_map(CompletedChange::To),
        Just(CompletedChange::Toggle)
    ]
}

fn due_patch() -> impl Strategy<Value = DuePatch> {
    let set = due_date().prop_map(DuePatch::Set);
    let merge = (due_date(), option::of(due_date()), option::of(due_date())).prop_map(
        |(date, time, zone)| DuePatch::Merge {
            date: date.map(|due| due.date()),
            time: time.map(|due| due.and_then(|due| due.time())),
            timezone: zone.map(|due| due.and_then(|due| due.timezone())),
        },
    );
    prop_oneof![set, merge]
}

prop_compose! {
    pub(crate) fn patch()(
        title in option::of(title()),
        description in option::of(description()),
        completed in option::of(completed_change()),
        priority in option::of(priority()),
        due in option::of(due_patch()),
        tags in option::of(tags()),
        parent in option::weighted(0.3, parent()),
        position in option::of(position()),
        metadata in option::of(metadata_patch()),
    ) -> TaskPatch {
        TaskPatch {
            title, description, completed, priority, due, tags, parent, position, metadata,
        }
    }
}

fn precondition() -> impl Strategy<Value = Precondition> {
    let revisions = vec(
        (1_i64..12).prop_map(|number| Revision::new(number).unwrap()),
        0..4,
    );
    prop_oneof![
        4 => Just(Precondition::None),
        1 => Just(Precondition::Exists),
        1 => revisions.prop_map(Precondition::AnyOf),
    ]
}

pub(crate) fn operation() -> impl Strategy<Value = Operation> {
    let create = (task_id(), draft(), any::<bool>()).prop_map(|(id, draft, keyed)| {
        let fingerprint = keyed.then(|| draft.fingerprint());
        Operation::Create(NewTask {
            id,
            draft,
            fingerprint,
        })
    });
    let put =
        (task_id(), precondition(), draft()).prop_map(|(id, precondition, draft)| Operation::Put {
            id,
            precondition,
            draft,
        });
    let update = (task_id(), precondition(), patch()).prop_map(|(id, precondition, patch)| {
        Operation::Update {
            id,
            precondition,
            patch,
        }
    });
    let delete = (task_id(), precondition())
        .prop_map(|(id, precondition)| Operation::Delete { id, precondition });
    let restore = (task_id(), precondition())
        .prop_map(|(id, precondition)| Operation::Restore { id, precondition });
    let erase = (task_id(), precondition())
        .prop_map(|(id, precondition)| Operation::Erase { id, precondition });
    let place = (task_id(), 0_usize..3)
        .prop_map(|(id, kind)| [Place::Before(id), Place::After(id), Place::Last][kind]);
    let moved = (
        task_id(),
        precondition(),
        option::weighted(0.3, parent()),
        place,
    )
        .prop_map(|(id, precondition, parent, place)| {
            Operation::Move(Move {
                id,
                precondition,
                parent,
                place,
                reach: Reach::All,
            })
        });
    prop_oneof![4 => create, 2 => put, 4 => update, 2 => moved, 2 => delete, 2 => restore, 1 => erase]
}

pub(crate) fn sort() -> impl Strategy<Value = Sort> {
    (select(SortKey::ALL.to_vec()), any::<bool>())
        .prop_map(|(key, descending)| Sort { key, descending })
}

fn limit() -> impl Strategy<Value = Option<DueBound>> {
    let zones = select(vec![
        Tz::UTC,
        Tz::Pacific__Auckland,
        Tz::America__Los_Angeles,
    ]);
    (option::weighted(0.2, due_date()), zones)
        .prop_map(|(due, zone)| due.flatten().map(|due| DueBound::at(due.instant(), zone)))
}

fn moment() -> impl Strategy<Value = Option<Timestamp>> {
    option::weighted(0.1, (0..3_i64).prop_map(instant))
}

prop_compose! {
    pub(crate) fn filter()(
        deleted in proptest::bool::weighted(0.3),
        completed in option::weighted(0.3, any::<bool>()),
        priorities in vec(priority(), 0..3),
        tags in vec(select(vec!["home", "été", "ete"]), 0..2),
        metadata in option::weighted(0.1, member()),
        parent in option::weighted(0.2, parent()),
        has_due in option::weighted(0.2, any::<bool>()),
        due_before in limit(),
        due_after in limit(),
        times in (moment(), moment(), moment()),
        words in select(vec!["", "", "", "milk", "m buy", "ete", "%", "_"]),
    ) -> TaskFilter {
        let tags = tags.into_iter().map(|tag| Tag::parse(tag).unwrap().key()).collect();
        let words = SearchWords::parse(words).unwrap();
        let (updated_after, completed_before, completed_after) = times;
        TaskFilter {
            deleted,
            completed,
            ids: Vec::new(),
            priorities,
            tags,
            metadata: metadata.into_iter().collect(),
            parent,
            has_due,
            due_before,
            due_after,
            updated_after,
            completed_before,
            completed_after,
            words,
        }
    }
}
