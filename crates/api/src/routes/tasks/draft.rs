use deserr::Deserr;
use tasklane_domain::id::TaskId;
use tasklane_domain::task::{OrderKey, Priority, Tags, TaskDraft, Title};
use utoipa::ToSchema;

use super::due::{DueBody, DueDraft};
use super::metadata::MetadataBody;
use crate::extract::{DescriptionField, FieldErrors};
use crate::schema;

/// The content of a task. Absent and null members take their default.
#[derive(Deserr, ToSchema)]
#[deserr(error = FieldErrors, deny_unknown_fields)]
#[schema(as = TaskDraft, example = json!({
    "title": "Buy milk", "tags": ["home"],
    "due": { "date": "2026-11-21", "time": "09:00", "timezone": "Europe/Rome" },
}))]
#[serde(deny_unknown_fields)]
pub(crate) struct TaskDraftBody {
    /// What is to be done: 1 to 200 characters after trimming white space, without control
    /// characters.
    #[schema(value_type = schema::Title)]
    title: Title,
    /// More about it, in at most 10,000 characters with line breaks and tabs; blank becomes null.
    #[deserr(default)]
    #[schema(value_type = Option<schema::Description>)]
    description: Option<DescriptionField>,
    /// Whether it is done; false by default.
    #[deserr(default)]
    completed: Option<bool>,
    /// The priority; `none` by default.
    #[deserr(default)]
    #[schema(value_type = Option<schema::Priority>)]
    priority: Option<Priority>,
    /// When it is due.
    #[deserr(default)]
    #[schema(value_type = Option<DueDraft>)]
    due: Option<DueBody>,
    /// Labels, each of 1 to 50 characters after trimming; duplicates are dropped.
    #[deserr(default)]
    #[schema(value_type = Option<schema::Tags>)]
    tags: Option<Tags>,
    /// The id of the live task that it is a part of. That one has no parent itself and at most 200 live
    /// sub-tasks.
    #[deserr(default)]
    #[schema(value_type = Option<Uuid>)]
    parent_id: Option<TaskId>,
    /// The place in the order `position`: an order key as the npm package `fractional-indexing` makes
    /// them. By default one that follows from `created_at`, behind all that were created before.
    #[deserr(default)]
    #[schema(value_type = Option<schema::OrderKey>)]
    position: Option<OrderKey>,
    /// What the client keeps with the task for itself: text by name, to which Tasklane gives no meaning,
    /// of at most 8,192 bytes together. A member that is null is as absent.
    #[deserr(default)]
    #[schema(value_type = Option<schema::MetadataChanges>)]
    metadata: Option<MetadataBody>,
}

impl From<TaskDraftBody> for TaskDraft {
    fn from(body: TaskDraftBody) -> Self {
        Self {
            title: body.title,
            description: body.description.and_then(|field| field.0),
            completed: body.completed.unwrap_or_default(),
            priority: body.priority.unwrap_or_default(),
            due: body.due.map(|due| due.0),
            tags: body.tags.unwrap_or_default(),
            parent: body.parent_id,
            position: body.position,
            metadata: body.metadata.unwrap_or_default().0,
        }
    }
}
