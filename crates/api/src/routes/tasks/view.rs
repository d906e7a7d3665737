use actix_web::error::JsonPayloadError;
use actix_web::http::header::ContentType;
use actix_web::{HttpResponse, HttpResponseBuilder};
use serde::Serialize;
use serde::ser::SerializeStruct;
use tasklane_domain::clock::Timestamp;
use tasklane_domain::task::{Change, Description, Due, Priority, Tag, Task, Tombstone};
use utoipa::ToSchema;
use uuid::Uuid;

use super::body::{DueSchema, PrioritySchema};

/// A task as clients see it, borrowed from the entity.
pub struct TaskView<'a>(&'a Task);

impl<'a> From<&'a Task> for TaskView<'a> {
    fn from(task: &'a Task) -> Self {
        Self(task)
    }
}

impl TaskView<'_> {
    /// About how many bytes it takes as JSON: the names and what is of a fixed length, and the texts.
    pub(super) fn room(&self) -> usize {
        let description = self.0.description.as_ref().map(Description::as_str);
        500 + self.0.title.as_str().len() + description.map_or(0, str::len)
    }
}

/// A value that is written as its text.
struct Text<T>(T);

impl<T: std::fmt::Display> Serialize for Text<T> {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(&self.0)
    }
}

fn instant(timestamp: Option<Timestamp>) -> Option<Text<Timestamp>> {
    timestamp.map(Text)
}

impl Serialize for TaskView<'_> {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let task = self.0;
        let mut view = serializer.serialize_struct("Task", 13)?;
        view.serialize_field("id", &task.id.as_uuid())?;
        view.serialize_field("user_id", &task.owner.as_uuid())?;
        view.serialize_field("title", task.title.as_str())?;
        view.serialize_field(
            "description",
            &task.description.as_ref().map(Description::as_str),
        )?;
        view.serialize_field("completed", &task.is_completed())?;
        view.serialize_field("completed_at", &instant(task.completed_at))?;
        view.serialize_field("priority", Priority::as_str(task.priority))?;
        view.serialize_field("due", &task.due.as_ref().map(DueView))?;
        view.serialize_field("tags", &TagsView(task))?;
        view.serialize_field("revision", &task.revision.as_i64())?;
        view.serialize_field("created_at", &Text(task.created_at))?;
        view.serialize_field("updated_at", &Text(task.updated_at))?;
        view.serialize_field("deleted_at", &instant(task.deleted_at))?;
        view.end()
    }
}

struct TagsView<'a>(&'a Task);

impl Serialize for TagsView<'_> {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(self.0.tags.iter().map(Tag::as_str))
    }
}

struct DueView<'a>(&'a Due);

impl Serialize for DueView<'_> {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut view = serializer.serialize_struct("Due", 3)?;
        view.serialize_field("date", &Text(self.0.date()))?;
        view.serialize_field("time", &self.0.time().map(Text))?;
        view.serialize_field("timezone", &self.0.timezone().map(chrono_tz::Tz::name))?;
        view.end()
    }
}

/// An answer in JSON. Made with room for about as much as it will take: a text that outgrows its place
/// is copied each time.
pub(super) fn json_response(
    mut response: HttpResponseBuilder,
    room: usize,
    view: &impl Serialize,
) -> HttpResponse {
    let mut body = Vec::with_capacity(room);
    match serde_json::to_writer(&mut body, view) {
        Ok(()) => response.content_type(ContentType::json()).body(body),
        Err(error) => HttpResponse::from_error(JsonPayloadError::Serialize(error)),
    }
}

/// An entry of the change feed as clients see it.
pub(super) struct ChangeView<'a>(pub(super) &'a Change);

impl Serialize for ChangeView<'_> {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self.0 {
            Change::Task(task) => TaskView(task).serialize(serializer),
            Change::Erased(tombstone) => TombstoneView(tombstone).serialize(serializer),
        }
    }
}

struct TombstoneView<'a>(&'a Tombstone);

impl Serialize for TombstoneView<'_> {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut view = serializer.serialize_struct("Tombstone", 4)?;
        view.serialize_field("id", &self.0.id.as_uuid())?;
        view.serialize_field("revision", &self.0.revision.as_i64())?;
        view.serialize_field("deleted_at", &Text(self.0.deleted_at))?;
        view.serialize_field("purged", &true)?;
        view.end()
    }
}

/// Something that a user has to do.
#[derive(ToSchema)]
#[schema(as = Task)]
#[expect(
    dead_code,
    reason = "describes in the OpenAPI document what TaskView serialises to"
)]
pub struct TaskSchema {
    /// Unique within the owner.
    #[schema(example = "0193a5c8-7e2b-7c4d-9f10-6b1a2c3d4e5f")]
    id: Uuid,
    /// The owner.
    #[schema(example = "0193a5c8-0000-7c4d-9f10-6b1a2c3d4e5f")]
    user_id: Uuid,
    /// What is to be done.
    #[schema(min_length = 1, max_length = 200, example = "Buy milk")]
    title: String,
    /// More about it.
    #[schema(required = true, max_length = 10_000)]
    description: Option<String>,
    /// Whether it is done.
    completed: bool,
    /// When it was completed.
    #[schema(required = true, format = DateTime)]
    completed_at: Option<String>,
    /// How much it matters.
    priority: PrioritySchema,
    /// By when.
    #[schema(required = true)]
    due: Option<DueSchema>,
    /// Labels, in the owner's order.
    #[schema(max_items = 20, example = json!(["home"]))]
    tags: Vec<String>,
    /// The owner's revision at which it last changed; its `ETag`.
    #[schema(minimum = 1, example = 42)]
    revision: i64,
    /// When it came to be.
    #[schema(format = DateTime, example = "2026-11-20T21:04:05.123456Z")]
    created_at: String,
    /// When it last changed.
    #[schema(format = DateTime, example = "2026-11-20T21:04:05.123456Z")]
    updated_at: String,
    /// When it was moved to the trash; null for a live task.
    #[schema(required = true, format = DateTime)]
    deleted_at: Option<String>,
}

/// What stays of an erased task.
#[derive(ToSchema)]
#[schema(as = Tombstone)]
#[expect(
    dead_code,
    reason = "describes in the OpenAPI document what a tombstone serialises to"
)]
pub(super) struct TombstoneSchema {
    /// The task's id.
    id: Uuid,
    /// The owner's revision at which it was erased.
    #[schema(minimum = 1)]
    revision: i64,
    /// When it was deleted.
    #[schema(format = DateTime)]
    deleted_at: String,
    /// Always true.
    purged: bool,
}

/// The newest state of a task that changed.
#[derive(ToSchema)]
#[schema(as = Change)]
#[serde(untagged)]
#[expect(
    dead_code,
    reason = "describes in the OpenAPI document what ChangeView serialises to"
)]
pub(super) enum ChangeSchema {
    /// A task, live or in the trash.
    Task(Box<TaskSchema>),
    /// An erased one.
    Tombstone(TombstoneSchema),
}
