//! Short ways to make the values that tests need. Arguments must be valid. What they leave open does
//! not matter.

use crate::random_uuid;
use tasklane_domain::clock::Timestamp;
use tasklane_domain::id::{SessionId, TaskId, UserId};
use tasklane_domain::page::{FeedLimit, PageLimit};
use tasklane_domain::task::{
    CompletedChange, Description, Due, DuePatch, Fingerprint, Metadata, MetadataName,
    MetadataValue, Move, NewTask, Operation, OrderKey, Place, Precondition, Priority, Quota,
    Quotas, Reach, Refusal, Revision, Tag, Tags, TaskDraft, TaskPatch, Title, parse_date,
    parse_timezone,
};
use tasklane_domain::user::{
    Actor, AddressHash, Email, FederatedProfile, Name, NewAccount, NewSession, PasswordHash, Secret,
};

/// The instant `seconds` after 2026-01-02T03:04:05.678901Z.
#[must_use]
pub fn instant(seconds: i64) -> Timestamp {
    Timestamp::from_micros(1_767_323_045_678_901 + seconds * 1_000_000).expect("a valid instant")
}

/// A revision from its number.
#[must_use]
pub fn revision(number: i64) -> Revision {
    Revision::new(number).expect("a valid revision")
}

/// A limit of that many tasks.
#[must_use]
pub fn page_limit(number: u16) -> PageLimit {
    PageLimit::new(number).expect("a valid limit")
}

/// A limit of that many changes.
#[must_use]
pub fn feed_limit(number: u16) -> FeedLimit {
    FeedLimit::new(number).expect("a valid limit")
}

/// A title.
#[must_use]
pub fn a_title(text: &str) -> Title {
    Title::parse(text).expect("a valid title")
}

/// A description that is not blank.
#[must_use]
pub fn a_description(text: &str) -> Description {
    Description::parse(text)
        .expect("a valid description")
        .expect("a description with text")
}

/// Tags.
#[must_use]
pub fn tags(texts: &[&str]) -> Tags {
    let parsed = texts
        .iter()
        .map(|text| Tag::parse(text).expect("a valid tag"));
    Tags::new(parsed.collect()).expect("few enough tags")
}

/// Metadata from names and values.
#[must_use]
pub fn metadata(members: &[(&str, &str)]) -> Metadata {
    Metadata::new(members.iter().copied().map(a_member).collect()).expect("little metadata")
}

/// A member of metadata.
#[must_use]
pub fn a_member((name, value): (&str, &str)) -> (MetadataName, MetadataValue) {
    let name = MetadataName::parse(name).expect("a valid name");
    (name, MetadataValue::parse(value).expect("a valid value"))
}

/// An order key.
#[must_use]
pub fn an_order_key(text: &str) -> OrderKey {
    OrderKey::parse(text).expect("a valid order key")
}

/// A due date from its parts, as the contract writes them.
#[must_use]
pub fn due(date: &str, time: Option<&str>, timezone: Option<&str>) -> Due {
    let time = time.map(|time| time.parse().expect("a valid time"));
    let timezone = timezone.map(|zone| parse_timezone(zone).expect("a known time zone"));
    Due::new(parse_date(date).expect("a valid date"), time, timezone).expect("a valid due date")
}

/// An open task with nothing but a title.
#[must_use]
pub fn a_draft(title: &str) -> TaskDraft {
    TaskDraft::titled(a_title(title))
}

/// A draft with a value in every field.
#[must_use]
pub fn a_full_draft(title: &str) -> TaskDraft {
    TaskDraft {
        title: a_title(title),
        description: Some(a_description("All of it\n\tand more")),
        completed: true,
        priority: Priority::High,
        due: Some(due("2026-11-21", Some("09:00"), Some("Europe/Rome"))),
        tags: tags(&["home", "Été"]),
        parent: None,
        position: Some(an_order_key("a0V")),
        metadata: metadata(&[("icon", "house"), ("my-app.ref", "4: \u{e9}=x, y")]),
    }
}

/// A create under that id.
#[must_use]
pub fn create(id: TaskId, draft: TaskDraft) -> Operation {
    Operation::Create(NewTask {
        id,
        draft,
        fingerprint: None,
    })
}

/// A create under that id, as one with an `Idempotency-Key` is.
#[must_use]
pub fn create_once(id: TaskId, draft: TaskDraft) -> (Operation, Fingerprint) {
    let fingerprint = draft.fingerprint();
    (
        Operation::Create(NewTask {
            id,
            draft,
            fingerprint: Some(fingerprint),
        }),
        fingerprint,
    )
}

/// A replacement or creation without a precondition.
#[must_use]
pub fn put(id: TaskId, draft: TaskDraft) -> Operation {
    Operation::Put {
        id,
        precondition: Precondition::None,
        draft,
    }
}

/// An update without a precondition.
#[must_use]
pub fn update(id: TaskId, patch: TaskPatch) -> Operation {
    Operation::Update {
        id,
        precondition: Precondition::None,
        patch,
    }
}

/// An update of the title without a precondition.
#[must_use]
pub fn retitle(id: TaskId, title: &str) -> Operation {
    update(
        id,
        TaskPatch {
            title: Some(a_title(title)),
            ..TaskPatch::default()
        },
    )
}

/// A toggle without a precondition.
#[must_use]
pub fn toggle(id: TaskId) -> Operation {
    update(id, TaskPatch::toggle())
}

/// A move in the order, without a precondition.
#[must_use]
pub fn move_to(id: TaskId, place: Place) -> Operation {
    Operation::Move(Move {
        id,
        precondition: Precondition::None,
        parent: None,
        place,
        reach: Reach::Near,
    })
}

/// A move below another parent or none, without a precondition.
#[must_use]
pub fn move_below(id: TaskId, parent: Option<TaskId>, place: Place) -> Operation {
    Operation::Move(Move {
        id,
        precondition: Precondition::None,
        parent: Some(parent),
        place,
        reach: Reach::Near,
    })
}

/// An update of the parent without a precondition.
#[must_use]
pub fn put_below(id: TaskId, parent: Option<TaskId>) -> Operation {
    update(
        id,
        TaskPatch {
            parent: Some(parent),
            ..TaskPatch::default()
        },
    )
}

/// A draft of a sub-task with nothing but a title.
#[must_use]
pub fn a_part_of(parent: TaskId, title: &str) -> TaskDraft {
    TaskDraft {
        parent: Some(parent),
        ..a_draft(title)
    }
}

/// A move to the trash without a precondition.
#[must_use]
pub fn delete(id: TaskId) -> Operation {
    Operation::Delete {
        id,
        precondition: Precondition::None,
    }
}

/// A restore without a precondition.
#[must_use]
pub fn restore(id: TaskId) -> Operation {
    Operation::Restore {
        id,
        precondition: Precondition::None,
    }
}

/// An erasure without a precondition.
#[must_use]
pub fn erase(id: TaskId) -> Operation {
    Operation::Erase {
        id,
        precondition: Precondition::None,
    }
}

/// The same operation under a precondition; a create has none, and stays as it is.
#[must_use]
pub fn under(condition: impl Into<Precondition>, mut operation: Operation) -> Operation {
    match &mut operation {
        Operation::Create(_) => {}
        Operation::Put { precondition, .. }
        | Operation::Update { precondition, .. }
        | Operation::Delete { precondition, .. }
        | Operation::Restore { precondition, .. }
        | Operation::Erase { precondition, .. }
        | Operation::Move(Move { precondition, .. }) => *precondition = condition.into(),
    }
    operation
}

/// A patch of completion to exactly this.
#[must_use]
pub fn completed(completed: bool) -> TaskPatch {
    TaskPatch {
        completed: Some(CompletedChange::To(completed)),
        ..TaskPatch::default()
    }
}

/// A patch of the due date.
#[must_use]
pub fn redue(due: DuePatch) -> TaskPatch {
    TaskPatch {
        due: Some(due),
        ..TaskPatch::default()
    }
}

/// A quota of that many open tasks, and no other.
#[must_use]
pub fn most_open_tasks(limit: u64) -> Quotas {
    Quotas {
        open_tasks: Some(limit),
        ..Quotas::default()
    }
}

/// The refusal of more open tasks than that.
#[must_use]
pub fn too_many_open_tasks(limit: u64) -> Refusal {
    Refusal::QuotaExceeded {
        quota: Quota::OpenTasks,
        limit,
    }
}

/// A task id that no other test has.
#[must_use]
pub fn a_task_id() -> TaskId {
    TaskId::new(random_uuid())
}

/// An email address that no other test has.
#[must_use]
pub fn an_email() -> Email {
    Email::parse(&format!("Ada.{}@Example.com", random_uuid().simple())).expect("a valid address")
}

/// A name.
#[must_use]
pub fn a_name(text: &str) -> Name {
    Name::parse(text).expect("a valid name")
}

/// A trusted issuer's user whom no other test has, and who has written nothing yet.
#[must_use]
pub fn a_federated_actor() -> Actor {
    let subject = format!("user_{}", random_uuid().simple());
    Actor::federated(FederatedProfile {
        alias: "better-auth".to_owned(),
        subject,
        email: Some(an_email()),
        email_verified: true,
        name: Some(a_name("Ada Lovelace")),
    })
}

/// A local account that is to be made at that instant, with the password `correct horse`.
#[must_use]
pub fn a_new_account(at: Timestamp) -> NewAccount {
    NewAccount {
        id: UserId::new(random_uuid()),
        email: an_email(),
        name: Some(a_name("Ada Lovelace")),
        password: PasswordHash::new("plain:correct horse".to_owned()),
        at,
    }
}

/// A refresh secret that no other test has.
#[must_use]
pub fn a_secret() -> Secret {
    let halves = [random_uuid().into_bytes(), random_uuid().into_bytes()].concat();
    Secret::new(halves.try_into().expect("twice 16 bytes"))
}

/// A session that is to begin at that instant and lasts an hour.
#[must_use]
pub fn a_new_session(at: Timestamp) -> NewSession {
    NewSession {
        id: SessionId::new(random_uuid()),
        secret: a_secret().hash(),
        at,
        expires_at: at.after(std::time::Duration::from_hours(1)),
        user_agent: Some("Netscape/4.0 (🦀)".to_owned()),
        address: Some(an_address()),
    }
}

/// An address, as an account keeps it, that no other test has.
#[must_use]
pub fn an_address() -> AddressHash {
    AddressHash::from_bytes(*a_secret().hash().as_bytes())
}
