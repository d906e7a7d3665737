//! What clients send of a task.

use chrono::NaiveDate;
use chrono_tz::Tz;
use deserr::{Deserr, IntoValue, Value, ValuePointerRef};
use tasklane_domain::task::{
    CompletedChange, Due, DuePatch, DueTime, Priority, Tags, TaskDraft, TaskPatch, Title,
};
use utoipa::ToSchema;

use crate::extract::{BodyErrors, DescriptionField, Field};

/// The body of a create or a replacement.
#[derive(Deserr)]
#[deserr(error = BodyErrors, deny_unknown_fields)]
pub(super) struct TaskDraftBody {
    title: Title,
    #[deserr(default)]
    description: Option<DescriptionField>,
    #[deserr(default)]
    completed: Option<bool>,
    #[deserr(default)]
    priority: Option<Priority>,
    #[deserr(default)]
    due: Option<Due>,
    #[deserr(default)]
    tags: Option<Tags>,
}

impl From<TaskDraftBody> for TaskDraft {
    fn from(body: TaskDraftBody) -> Self {
        Self {
            title: body.title,
            description: body.description.and_then(|field| field.0),
            completed: body.completed.unwrap_or_default(),
            priority: body.priority.unwrap_or_default(),
            due: body.due,
            tags: body.tags.unwrap_or_default(),
        }
    }
}

/// The body of a merge patch.
#[derive(Deserr)]
#[deserr(error = BodyErrors, deny_unknown_fields)]
pub(super) struct TaskPatchBody {
    #[deserr(default)]
    title: Kept<Title>,
    #[deserr(default)]
    description: Field<DescriptionField>,
    #[deserr(default)]
    completed: Field<bool>,
    #[deserr(default)]
    priority: Field<Priority>,
    #[deserr(default)]
    due: Field<DuePatchBody>,
    #[deserr(default)]
    tags: Field<Tags>,
}

/// A merge patch that is valid by itself; its due date is checked again once it is merged.
#[derive(Debug)]
pub(super) struct CheckedPatch(pub(super) TaskPatch);

impl Deserr<BodyErrors> for CheckedPatch {
    fn deserialize_from_value<V: IntoValue>(
        value: Value<V>,
        location: ValuePointerRef,
    ) -> Result<Self, BodyErrors> {
        let body = TaskPatchBody::deserialize_from_value(value, location)?;
        Ok(Self(TaskPatch {
            title: body.title.0,
            description: body.description.or_default().map(|field| field.0),
            completed: body.completed.or_default().map(CompletedChange::To),
            priority: body.priority.or_default(),
            due: body
                .due
                .nullable()
                .map(|due| due.map_or(DuePatch::Set(None), |due| due.0)),
            tags: body.tags.or_default(),
        }))
    }
}

#[derive(Deserr)]
#[deserr(error = BodyErrors, deny_unknown_fields)]
struct DuePatchFields {
    #[deserr(default)]
    date: Kept<NaiveDate>,
    #[deserr(default)]
    time: Field<DueTime>,
    #[deserr(default)]
    timezone: Field<Tz>,
}

/// A member that may be absent but not null.
struct Kept<T>(Option<T>);

impl<T> Default for Kept<T> {
    fn default() -> Self {
        Self(None)
    }
}

impl<T: Deserr<BodyErrors>> Deserr<BodyErrors> for Kept<T> {
    fn deserialize_from_value<V: IntoValue>(
        value: Value<V>,
        location: ValuePointerRef,
    ) -> Result<Self, BodyErrors> {
        T::deserialize_from_value(value, location).map(|value| Self(Some(value)))
    }
}

struct DuePatchBody(DuePatch);

impl Deserr<BodyErrors> for DuePatchBody {
    fn deserialize_from_value<V: IntoValue>(
        value: Value<V>,
        location: ValuePointerRef,
    ) -> Result<Self, BodyErrors> {
        let fields = DuePatchFields::deserialize_from_value(value, location)?;
        let (time, timezone) = (fields.time.nullable(), fields.timezone.nullable());
        match (fields.date.0, time, timezone) {
            // Nothing of what was there is kept, so the rules can be checked at once.
            (Some(date), Some(time), Some(timezone)) => Due::new(date, time, timezone)
                .map(|due| Self(DuePatch::Set(Some(due))))
                .map_err(|violation| BodyErrors::at(location.push_key("timezone"), violation)),
            (date, time, timezone) => Ok(Self(DuePatch::Merge {
                date,
                time,
                timezone,
            })),
        }
    }
}

/// How much a task matters.
#[derive(ToSchema)]
#[schema(as = Priority, rename_all = "lowercase", default = "none", example = "none")]
#[expect(dead_code, reason = "describes a domain type in the OpenAPI document")]
pub(super) enum PrioritySchema {
    /// Not said.
    None,
    /// When there is time.
    Low,
    /// As usual.
    Medium,
    /// Soon.
    High,
    /// Now.
    Urgent,
}

/// By when a task is to be done: all day (a date), floating (a date and a time) or zoned (a date, a
/// time and an IANA time zone).
#[derive(ToSchema)]
#[schema(as = Due)]
#[expect(
    dead_code,
    reason = "describes in the OpenAPI document what DueView serialises to"
)]
pub struct DueSchema {
    /// The day.
    #[schema(format = Date, example = "2026-11-21")]
    date: String,
    /// The time of that day, `HH:MM` or `HH:MM:SS`; null for all day.
    #[schema(
        required = true,
        pattern = "^([01][0-9]|2[0-3]):[0-5][0-9](:[0-5][0-9])?$",
        example = "09:00"
    )]
    time: Option<String>,
    /// An IANA time zone; null for all day and floating.
    #[schema(required = true, example = "Europe/Rome")]
    timezone: Option<String>,
}

/// By when a task is to be done, as a client says it: a member that is absent is null.
#[derive(ToSchema)]
#[schema(as = DueDraft)]
#[serde(deny_unknown_fields)]
#[expect(
    dead_code,
    reason = "describes in the OpenAPI document what a due date is read from"
)]
pub struct DueDraftSchema {
    /// The day.
    #[schema(format = Date, example = "2026-11-21")]
    date: String,
    /// The time of that day, `HH:MM` or `HH:MM:SS`.
    #[schema(
        pattern = "^([01][0-9]|2[0-3]):[0-5][0-9](:[0-5][0-9])?$",
        example = "09:00"
    )]
    time: Option<String>,
    /// An IANA time zone, only together with a time.
    #[schema(example = "Europe/Rome")]
    timezone: Option<String>,
}

/// The content of a task. Absent and null members take their default.
#[derive(ToSchema)]
#[schema(as = TaskDraft)]
#[serde(deny_unknown_fields)]
#[expect(
    dead_code,
    reason = "describes in the OpenAPI document what TaskDraftBody reads"
)]
pub struct TaskDraftSchema {
    /// What is to be done: 1 to 200 characters after trimming white space; no control characters.
    #[schema(example = "Buy milk")]
    title: String,
    /// More about it, in at most 10,000 characters with line breaks and tabs; blank becomes null.
    description: Option<String>,
    /// Whether it is done.
    #[schema(default = false)]
    completed: Option<bool>,
    /// How much it matters.
    priority: Option<PrioritySchema>,
    /// By when.
    due: Option<DueDraftSchema>,
    /// Labels, each of 1 to 50 characters after trimming; repeated ones are folded.
    #[schema(max_items = 20, example = json!(["home"]))]
    tags: Option<Vec<String>>,
}

/// A JSON merge patch (RFC 7396) of a task: absent members keep, null sets the default, `due` is
/// merged member by member.
#[derive(ToSchema)]
#[schema(as = TaskPatch)]
#[serde(deny_unknown_fields)]
#[expect(
    dead_code,
    reason = "describes in the OpenAPI document what TaskPatchBody reads"
)]
pub struct PatchTaskSchema {
    /// What is to be done; cannot be null.
    #[schema(required = false, nullable = false)]
    title: Option<String>,
    /// More about it.
    description: Option<String>,
    /// Whether it is done.
    completed: Option<bool>,
    /// How much it matters.
    priority: Option<PrioritySchema>,
    /// By when.
    due: Option<DuePatchSchema>,
    /// Labels, in place of all the old ones.
    #[schema(max_items = 20)]
    tags: Option<Vec<String>>,
}

/// Parts of a due date, merged with what is there.
#[derive(ToSchema)]
#[schema(as = DuePatch)]
#[serde(deny_unknown_fields)]
#[expect(
    dead_code,
    reason = "describes in the OpenAPI document what DuePatchBody reads"
)]
pub(super) struct DuePatchSchema {
    /// The day; required where there was no due date.
    #[schema(format = Date, required = false, nullable = false)]
    date: Option<String>,
    /// The time of that day.
    #[schema(pattern = "^([01][0-9]|2[0-3]):[0-5][0-9](:[0-5][0-9])?$")]
    time: Option<String>,
    /// An IANA time zone, only together with a time.
    timezone: Option<String>,
}
