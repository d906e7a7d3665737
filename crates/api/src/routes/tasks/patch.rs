use deserr::Deserr;
use tasklane_domain::id::TaskId;
use tasklane_domain::task::{
    CompletedChange, DuePatch, Metadata, MetadataPatch, OrderKey, Priority, Tags, TaskPatch, Title,
};
use utoipa::ToSchema;

use super::due::{DuePatchBody, DuePatchFields};
use super::metadata::MetadataPatchBody;
use crate::extract::{DescriptionField, Field, FieldErrors, Kept};
use crate::schema;

/// A JSON merge patch (RFC 7396) of a task: absent members keep, null sets the default, `due` and
/// `metadata` are merged member by member.
#[derive(Deserr, ToSchema)]
#[deserr(error = FieldErrors, deny_unknown_fields)]
#[schema(as = TaskPatch, example = json!({ "completed": true }))]
#[serde(deny_unknown_fields)]
pub(crate) struct TaskPatchBody {
    /// What is to be done; cannot be null.
    #[deserr(default)]
    #[schema(value_type = Option<schema::Title>, nullable = false)]
    title: Kept<Title>,
    /// More about it.
    #[deserr(default)]
    #[schema(value_type = Option<schema::Description>)]
    description: Field<DescriptionField>,
    /// Whether it is done.
    #[deserr(default)]
    #[schema(value_type = Option<bool>)]
    completed: Field<bool>,
    /// The priority.
    #[deserr(default)]
    #[schema(value_type = Option<schema::Priority>)]
    priority: Field<Priority>,
    /// When it is due.
    #[deserr(default)]
    #[schema(value_type = Option<DuePatchFields>)]
    due: Field<DuePatchBody>,
    /// Labels, in place of all the old ones.
    #[deserr(default)]
    #[schema(value_type = Option<schema::Tags>)]
    tags: Field<Tags>,
    /// The id of the live task that it is to be a part of; null for none. A task that has sub-tasks, those
    /// in the trash included, gets no parent.
    #[deserr(default)]
    #[schema(value_type = Option<Uuid>)]
    parent_id: Field<TaskId>,
    /// The place in the order `position`; null for the one that follows from `created_at`.
    #[deserr(default)]
    #[schema(value_type = Option<schema::OrderKey>)]
    position: Field<OrderKey>,
    /// Members of the metadata, merged with what is there: null removes a member, and null in place of
    /// all removes all. The result has at most 50 members and 8,192 bytes.
    #[deserr(default)]
    #[schema(value_type = Option<schema::MetadataChanges>)]
    metadata: Field<MetadataPatchBody>,
}

impl From<TaskPatchBody> for TaskPatch {
    fn from(body: TaskPatchBody) -> Self {
        let due = body.due.nullable();
        let metadata = body.metadata.nullable();
        let cleared = || MetadataPatch::Set(Metadata::default());
        Self {
            title: body.title.0,
            description: body.description.or_default().map(|field| field.0),
            completed: body.completed.or_default().map(CompletedChange::To),
            priority: body.priority.or_default(),
            due: due.map(|due| due.map_or(DuePatch::Set(None), |due| due.0)),
            tags: body.tags.or_default(),
            parent: body.parent_id.nullable(),
            position: body.position.nullable(),
            metadata: metadata.map(|patch| patch.map_or_else(cleared, |patch| patch.0)),
        }
    }
}
