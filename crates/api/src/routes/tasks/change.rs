use serde::Serialize;
use tasklane_domain::clock::Timestamp;
use tasklane_domain::task::{Change, Tombstone};
use utoipa::ToSchema;
use uuid::Uuid;

use super::TaskView;
use crate::routes::text::Text;
use crate::schema;

/// The newest state of a task that changed.
#[derive(Serialize, ToSchema)]
#[schema(as = Change)]
#[serde(untagged)]
pub(super) enum ChangeView<'a> {
    /// A task, live or in the trash.
    Task(TaskView<'a>),
    /// An erased one.
    Tombstone(TombstoneView),
}

impl<'a> From<&'a Change> for ChangeView<'a> {
    fn from(change: &'a Change) -> Self {
        match change {
            Change::Task(task) => Self::Task(TaskView::from(&**task)),
            Change::Erased(tombstone) => Self::Tombstone(tombstone.into()),
        }
    }
}

/// What remains of an erased task.
#[derive(Serialize, ToSchema)]
#[schema(as = Tombstone)]
pub(super) struct TombstoneView {
    /// The task's id.
    #[schema(example = "0193a5c8-7e2b-7c4d-9f10-6b1a2c3d4e5f")]
    id: Uuid,
    /// The owner's revision at which it was erased.
    #[schema(value_type = schema::Revision)]
    revision: i64,
    /// When it was deleted.
    #[schema(value_type = schema::Instant)]
    deleted_at: Text<Timestamp>,
    /// Always true.
    #[schema(value_type = schema::True)]
    purged: bool,
}

impl From<&Tombstone> for TombstoneView {
    fn from(tombstone: &Tombstone) -> Self {
        Self {
            id: tombstone.id.as_uuid(),
            revision: tombstone.revision.as_i64(),
            deleted_at: Text(tombstone.deleted_at),
            purged: true,
        }
    }
}
