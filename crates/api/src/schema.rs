//! How the domain's values look in JSON, for the OpenAPI document. Limits and names come from the
//! domain. Members of bodies and answers name these types by `#[schema(value_type = …)]`.

use serde_json::{Value, json};
use tasklane_domain::page::{self, SortKey};
use tasklane_domain::search::MAX_SEARCH_LENGTH;
use tasklane_domain::task::{
    MAX_DESCRIPTION_LENGTH, MAX_METADATA_MEMBERS, MAX_METADATA_NAME_LENGTH,
    MAX_METADATA_VALUE_LENGTH, MAX_ORDER_KEY_LENGTH, MAX_TAG_LENGTH, MAX_TAGS, MAX_TITLE_LENGTH,
    recurrence,
};
use tasklane_domain::user::{
    MAX_EMAIL_LENGTH, MAX_NAME_LENGTH, MAX_PASSWORD_LENGTH, MIN_PASSWORD_LENGTH,
};
use utoipa::openapi::extensions::Extensions;
use utoipa::openapi::schema::{ArrayBuilder, KnownFormat, ObjectBuilder, SchemaType, Type};
use utoipa::openapi::{RefOr, Schema, SchemaFormat};
use utoipa::{PartialSchema, ToSchema};

use crate::operation::EXPLODE;

/// White space as Unicode defines it, in a character class of ECMA-262.
const WHITE: &str = r"\u0009-\u000D \u0085\u00A0\u1680\u2000-\u200A\u2028\u2029\u202F\u205F\u3000";
/// Control characters: C0, DEL and C1.
const CONTROL: &str = r"\u0000-\u001F\u007F-\u009F";
/// `HH:MM` or `HH:MM:SS`.
const TIME: &str = "^([01][0-9]|2[0-3]):[0-5][0-9](:[0-5][0-9])?$";
/// What generated code calls the values of an enumeration. Go has one name space for all of them.
const NAMES: &str = "x-enum-varnames";
/// A UUID, or `none`.
const UUID_OR_NONE: &str = "^(none|[0-9A-Fa-f]{8}(-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12})$";
/// The name of a member of metadata.
const NAME: &str = "^[A-Za-z0-9_.-]+$";
/// A name, a colon and a value of metadata.
const MEMBER: &str = r"^[A-Za-z0-9_.-]+:[^\u0000-\u001F\u007F-\u009F]*$";
/// How long that is at most.
const MAX_MEMBER_LENGTH: usize = MAX_METADATA_NAME_LENGTH + 1 + MAX_METADATA_VALUE_LENGTH;
/// `*`, or a list of entity tags (RFC 9110, sections 5.6.1 and 8.8.3).
const ENTITY_TAGS: &str = concat!(
    r#"^(\*|[ \t,]*(W/)?"[!#-~\u0080-\u00FF]*""#,
    r#"([ \t]*,[ \t,]*(W/)?"[!#-~\u0080-\u00FF]*")*[ \t,]*)$"#
);

macro_rules! schemas {
    ($($(#[$doc:meta])* $name:ident => $schema:expr;)*) => {$(
        $(#[$doc])*
        pub(crate) struct $name;

        impl PartialSchema for $name {
            fn schema() -> RefOr<Schema> {
                $schema.into()
            }
        }

        impl ToSchema for $name {}
    )*};
}

schemas! {
    /// A task's title.
    Title => line(MAX_TITLE_LENGTH).examples(["Buy milk"]);
    /// A task's description.
    Description => text()
        .pattern(Some(r"^[^\u0000-\u0008\u000B\u000C\u000E-\u001F\u007F-\u009F]*$"))
        .max_length(Some(MAX_DESCRIPTION_LENGTH));
    /// A tag.
    Tag => line(MAX_TAG_LENGTH).examples(["home"]);
    /// The tags of a task.
    Tags => ArrayBuilder::new().items(Tag::schema()).max_items(Some(MAX_TAGS));
    /// A place in an order.
    OrderKey => text()
        .pattern(Some(order_key()))
        .max_length(Some(MAX_ORDER_KEY_LENGTH))
        .examples(["i8DxsAn8fI"]);
    /// What a client keeps with a task.
    Metadata => metadata(value()).description(Some("Text by name that a client keeps with an item for itself."));
    /// Members of metadata; null is as absent, or removes one.
    MetadataChanges => metadata(value().schema_type(SchemaType::from_iter([Type::String, Type::Null])))
        .description(Some("Members of metadata. One that is null is as absent, or is removed."));
    /// Members of metadata that must all match.
    MetadataFilter => ArrayBuilder::new()
        .items(
            text()
                .pattern(Some(MEMBER))
                .max_length(Some(MAX_MEMBER_LENGTH))
                .examples(["icon:house"]),
        )
        .max_items(Some(page::MAX_FILTER_MEMBERS))
        .examples([json!(["icon:house"])]);
    /// Tags that must all match.
    TagFilter => ArrayBuilder::new().items(line(MAX_TAG_LENGTH));
    /// How important a task is.
    Priority => text()
        .description(Some("How important a task is."))
        .enum_values(Some(PRIORITIES.map(tasklane_domain::task::Priority::as_str)))
        .examples(["none"]);
    /// What an item is.
    Kind => text()
        .description(Some("What an item is."))
        .enum_values(Some(tasklane_domain::kind::Kind::ALL.map(tasklane_domain::kind::Kind::as_str)))
        .examples(["task"]);
    /// A choice of kinds.
    Kinds => ArrayBuilder::new()
        .items(utoipa::openapi::Ref::from_schema_name(Kind::name()))
        .min_items(Some(1))
        .examples([json!(["task"])]);
    /// Several priorities, comma-separated.
    Priorities => ArrayBuilder::new()
        .items(utoipa::openapi::Ref::from_schema_name(Priority::name()))
        .min_items(Some(1))
        .extensions(Some(Extensions::from_iter([(EXPLODE, json!(false))])));
    /// Several ids of tasks, comma-separated.
    Ids => ArrayBuilder::new()
        .items(text().format(Some(SchemaFormat::KnownFormat(KnownFormat::Uuid))))
        .min_items(Some(1))
        .max_items(Some(page::MAX_FILTER_IDS))
        .extensions(Some(Extensions::from_iter([(EXPLODE, json!(false))])));
    /// The id of a task, or `none`.
    ParentFilter => text()
        .description(Some("The id of a task, or `none`."))
        .pattern(Some(UUID_OR_NONE))
        .examples(["none"]);
    /// Whether there is a due date.
    HasDue => text()
        .description(Some("Whether there is a due date."))
        .enum_values(Some(["none", "some"]))
        .extensions(Some(Extensions::from_iter([(NAMES, json!(["NO_DUE", "ANY_DUE"]))])))
        .examples(["some"]);
    /// The day of a due date.
    Day => text()
        .format(Some(SchemaFormat::KnownFormat(KnownFormat::Date)))
        .examples(["2026-11-21"]);
    /// The time of a due date.
    Time => text().pattern(Some(TIME)).examples(["09:00"]);
    /// An IANA time zone.
    TimeZone => text().min_length(Some(1)).max_length(Some(64)).examples(["Europe/Rome"]);
    /// An instant, in UTC with microseconds.
    Instant => text()
        .format(Some(SchemaFormat::KnownFormat(KnownFormat::DateTime)))
        .examples(["2026-11-20T21:04:05.123456Z"]);
    /// An instant of a filter.
    InstantOrDate => text()
        .pattern(Some("^[0-9]{4}-[0-9]{2}-[0-9]{2}([Tt ].+)?$"))
        .examples(["2026-11-01T00:00:00Z", "2026-12-01"]);
    /// How long the periods of a recurrence rule are.
    Frequency => text()
        .description(Some("How long the periods of a recurrence rule are."))
        .enum_values(Some(names(recurrence::Frequency::ALL, recurrence::Frequency::as_str)))
        .examples(["monthly"]);
    /// What stands for a day that a month does not have.
    Skip => text()
        .description(Some("What stands for a day that a month does not have."))
        .enum_values(Some(names(recurrence::Skip::ALL, recurrence::Skip::as_str)))
        .examples(["backward"]);
    /// From where the next day is counted.
    CountedFrom => text()
        .description(Some("From where the next day is counted."))
        .enum_values(Some(names(recurrence::CountedFrom::ALL, recurrence::CountedFrom::as_str)))
        .extensions(Some(Extensions::from_iter([(
            NAMES,
            json!(["FROM_TODAY", "FROM_DUE", "FROM_COMPLETION"]),
        )])))
        .examples(["today"]);
    /// A day of the week.
    Weekday => text()
        .description(Some("A day of the week."))
        .enum_values(Some(names(recurrence::Weekday::ALL, recurrence::Weekday::as_str)))
        .examples(["mo"]);
    /// Every how many periods.
    Interval => integer(1, Some(recurrence::Interval::MAX.unsigned_abs())).examples([1]);
    /// Which of a month's weekdays.
    Nth => signed(recurrence::Nth::MAX).examples([-1]);
    /// A day of the month.
    MonthDay => signed(recurrence::MonthDay::MAX).examples([30]);
    /// A month.
    Month => integer(1, Some(12)).examples([11]);
    /// Which of a period's days.
    SetPosition => signed(recurrence::SetPosition::MAX).examples([-1]);
    /// How many times are left.
    TimesLeft => integer(1, Some(recurrence::Count::MAX.unsigned_abs())).examples([12]);
    /// How many days a preview has at most.
    PreviewLimit => integer(1, Some(100)).examples([3]);
    /// A revision.
    Revision => integer(0, None).maximum(Some(i64::MAX)).examples([42]);
    /// How far a client has read the change feed.
    SyncPoint => text()
        .pattern(Some("^[0-9]+(-[0-9]+(-[a-z]+)*)?$"))
        .examples(["42", "42-7", "42-7-task"]);
    /// How many tasks a page has at most.
    PageLimit => integer(1, Some(page::PageLimit::MAX.get()));
    /// How many changes a page of the feed has at most.
    FeedLimit => integer(1, Some(page::FeedLimit::MAX.get()));
    /// A number that counts things.
    Count => integer(0, None).examples([3]);
    /// Words to search for.
    SearchWords => text().max_length(Some(MAX_SEARCH_LENGTH)).pattern(Some(r"^[^\u0000]*$"));
    /// A cursor.
    Cursor => text().pattern(Some("^[A-Za-z0-9_-]*$")).max_length(Some(1024));
    /// The order of a list.
    Sort => sort();
    /// An email address.
    Email => email();
    /// A user's name.
    Name => line(MAX_NAME_LENGTH).examples(["Ada"]);
    /// An existing password.
    Password => password().examples(["correct horse battery staple"]);
    /// A new password.
    NewPassword => password()
        .min_length(Some(MIN_PASSWORD_LENGTH))
        .max_length(Some(MAX_PASSWORD_LENGTH))
        .examples(["correct horse battery staple"]);
    /// An access token.
    AccessToken => text().examples(["eyJhbGciOiJIUzI1NiJ9.e30.c2lnbmF0dXJl"]);
    /// A refresh token.
    RefreshToken => text().examples(["AZOlyBERfE2fEGsaLD1OXw"]);
    /// The token of a link.
    LinkToken => text().examples(["AZOlyAAAfE2fEGsaLD1OX6urq6urq6urq6urq6urq6urq6urq6urq6urq6urq6ur"]);
    /// The kind of access tokens.
    Bearer => constant(Type::String, json!("Bearer"));
    /// All is well.
    Ok => constant(Type::String, json!("ok"));
    /// Always true.
    True => constant(Type::Boolean, json!(true));
}

const PRIORITIES: [tasklane_domain::task::Priority; 5] = tasklane_domain::task::Priority::ALL;

/// The example of an id of a task.
pub(crate) const TASK_ID: &str = "0193a5c8-7e2b-7c4d-9f10-6b1a2c3d4e5f";

/// The value of `If-Match` or `If-None-Match`.
pub(crate) fn entity_tags() -> Value {
    json!({ "type": "string", "pattern": ENTITY_TAGS, "examples": ["\"42\""] })
}

fn text() -> ObjectBuilder {
    ObjectBuilder::new().schema_type(Type::String)
}

/// One line between white space, with something that is neither white space nor control characters.
fn line(max: usize) -> ObjectBuilder {
    let visible = format!("[^{WHITE}{CONTROL}]");
    let pattern = format!("^[{WHITE}]*{visible}([^{CONTROL}]*{visible})?[{WHITE}]*$");
    text().pattern(Some(pattern)).max_length(Some(max))
}

/// A value of metadata.
fn value() -> ObjectBuilder {
    text()
        .pattern(Some(format!("^[^{CONTROL}]*$")))
        .max_length(Some(MAX_METADATA_VALUE_LENGTH))
}

fn metadata(value: ObjectBuilder) -> ObjectBuilder {
    ObjectBuilder::new()
        .schema_type(Type::Object)
        .property_names(Some(
            text()
                .pattern(Some(NAME))
                .max_length(Some(MAX_METADATA_NAME_LENGTH))
                .build(),
        ))
        .additional_properties(Some(value))
        .max_properties(Some(MAX_METADATA_MEMBERS))
        .examples([json!({ "icon": "house" })])
}

/// A head with as many digits as it says, and a fraction that does not end in zero. The smallest
/// integer alone is not a key.
fn order_key() -> String {
    let integers = |(digits, head)| format!("{head}[0-9A-Za-z]{{{digits}}}");
    let rising = (1..).zip('a'..='z').map(integers);
    let falling = (1..).zip(('A'..='Z').rev()).map(integers);
    let integers: Vec<String> = rising.chain(falling).collect();
    format!(
        "^(?!A0{{26}}$)({})([0-9A-Za-z]*[1-9A-Za-z])?$",
        integers.join("|")
    )
}

fn email() -> ObjectBuilder {
    let part = format!("[^@{WHITE}{CONTROL}]+");
    text()
        .pattern(Some(format!("^[{WHITE}]*{part}@{part}[{WHITE}]*$")))
        .max_length(Some(MAX_EMAIL_LENGTH))
        .examples(["ada@example.com"])
}

fn password() -> ObjectBuilder {
    text().format(Some(SchemaFormat::KnownFormat(KnownFormat::Password)))
}

fn integer(min: i64, max: Option<u16>) -> ObjectBuilder {
    ObjectBuilder::new()
        .schema_type(Type::Integer)
        .minimum(Some(min))
        .maximum(max)
}

/// 1 to `max` from the begin, -1 to -`max` from the end.
fn signed(max: i16) -> ObjectBuilder {
    integer((-max).into(), Some(max.unsigned_abs()))
}

fn names<T: Copy>(all: &[T], name: fn(T) -> &'static str) -> Vec<&'static str> {
    all.iter().map(|word| name(*word)).collect()
}

fn constant(kind: Type, value: Value) -> ObjectBuilder {
    ObjectBuilder::new()
        .schema_type(kind)
        .extensions(Some(Extensions::from_iter([("const", value)])))
}

/// Every key in both directions. Names that begin with `-` need others in generated code.
fn sort() -> ObjectBuilder {
    let both = |key: SortKey| {
        let (name, code) = (key.as_str(), key.as_str().to_uppercase());
        [
            (name.to_owned(), code.clone()),
            (format!("-{name}"), format!("{code}_DESCENDING")),
        ]
    };
    let (values, names): (Vec<_>, Vec<_>) = SortKey::ALL.into_iter().flat_map(both).unzip();
    text()
        .description(Some("The order of a list; `-` means descending."))
        .enum_values(Some(values))
        .examples(["-created_at"])
        .extensions(Some(Extensions::from_iter([(
            "x-enum-varnames",
            json!(names),
        )])))
}
