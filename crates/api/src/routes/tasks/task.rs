use serde::{Serialize, Serializer};
use tasklane_domain::clock::Timestamp;
use tasklane_domain::id::TaskId;
use tasklane_domain::task::{Description, Tag, Tags, Task};
use utoipa::ToSchema;
use uuid::Uuid;

use super::due::DueView;
use super::metadata::MetadataView;
use crate::routes::text::Text;
use crate::schema;

/// A task.
#[derive(Serialize, ToSchema)]
#[schema(as = Task)]
pub struct TaskView<'a> {
    /// Its id, unique among the owner's tasks.
    #[schema(example = "0193a5c8-7e2b-7c4d-9f10-6b1a2c3d4e5f")]
    id: Uuid,
    /// The id of the user who owns the task.
    #[schema(example = "0193a5c8-0000-7c4d-9f10-6b1a2c3d4e5f")]
    owner_id: Uuid,
    /// What is to be done.
    #[schema(value_type = schema::Title)]
    title: &'a str,
    /// More about it.
    #[schema(value_type = Option<schema::Description>, required)]
    description: Option<&'a str>,
    /// Whether it is done.
    completed: bool,
    /// When it was completed.
    #[schema(value_type = Option<schema::Instant>, required)]
    completed_at: Option<Text<Timestamp>>,
    /// The priority.
    #[schema(value_type = schema::Priority)]
    priority: &'static str,
    /// When it is due.
    #[schema(required)]
    due: Option<DueView>,
    /// Labels, in the owner's order.
    #[schema(value_type = schema::Tags)]
    tags: TagsView<'a>,
    /// The id of the task that it is a part of.
    #[schema(required)]
    parent_id: Option<Uuid>,
    /// The place among the tasks with the same `parent_id`, in the order `position`: text that sorts by
    /// its bytes.
    #[schema(value_type = schema::OrderKey)]
    position: &'a str,
    /// What a client keeps with the task for itself: text by name, to which Tasklane gives no meaning.
    #[schema(value_type = schema::Metadata)]
    metadata: MetadataView<'a>,
    /// The owner's revision at which it last changed; its `ETag`.
    #[schema(value_type = schema::Revision)]
    revision: i64,
    /// When it was created.
    #[schema(value_type = schema::Instant)]
    created_at: Text<Timestamp>,
    /// When it last changed.
    #[schema(value_type = schema::Instant)]
    updated_at: Text<Timestamp>,
    /// When it was moved to the trash; null for a live task.
    #[schema(value_type = Option<schema::Instant>, required)]
    deleted_at: Option<Text<Timestamp>>,
}

impl<'a> From<&'a Task> for TaskView<'a> {
    fn from(task: &'a Task) -> Self {
        Self {
            id: task.id.as_uuid(),
            owner_id: task.owner.as_uuid(),
            title: task.title.as_str(),
            description: task.description.as_ref().map(Description::as_str),
            completed: task.is_completed(),
            completed_at: task.completed_at.map(Text),
            priority: task.priority.as_str(),
            due: task.due.as_ref().map(DueView::from),
            tags: TagsView(&task.tags),
            parent_id: task.parent.map(TaskId::as_uuid),
            position: task.position.as_str(),
            metadata: MetadataView(&task.metadata),
            revision: task.revision.as_i64(),
            created_at: Text(task.created_at),
            updated_at: Text(task.updated_at),
            deleted_at: task.deleted_at.map(Text),
        }
    }
}

impl TaskView<'_> {
    /// About how many bytes it takes as JSON: the names and what has a fixed length, and the texts.
    pub(super) fn size_hint(&self) -> usize {
        600 + self.metadata.0.bytes()
            + self.position.len()
            + self.title.len()
            + self.description.map_or(0, str::len)
    }
}

struct TagsView<'a>(&'a Tags);

impl Serialize for TagsView<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(self.0.iter().map(Tag::as_str))
    }
}
