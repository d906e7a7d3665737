use serde::Serialize;
use tasklane_domain::kind::Kind;
use tasklane_domain::task::{Change, Task};
use utoipa::ToSchema;
use uuid::Uuid;

use crate::routes::tasks::TaskView;
use crate::schema;

/// An item that changed, in its newest state.
#[derive(Serialize, ToSchema)]
#[schema(as = Change)]
pub(super) struct ChangeView<'a> {
    /// What it is. Kinds may be added: pass over those that you do not know.
    #[schema(value_type = schema::Kind)]
    kind: &'static str,
    /// The item's id.
    #[schema(example = "0193a5c8-7e2b-7c4d-9f10-6b1a2c3d4e5f")]
    id: Uuid,
    /// The revision of the change.
    #[schema(value_type = schema::Revision)]
    revision: i64,
    /// Whether it is in the trash, or erased.
    deleted: bool,
    /// All of it, in the trash too; null when it was erased.
    #[schema(required)]
    item: Option<TaskView<'a>>,
}

impl<'a> From<&'a Change> for ChangeView<'a> {
    fn from(change: &'a Change) -> Self {
        let task = match change {
            Change::Task(task) => Some(&**task),
            Change::Erased(_) => None,
        };
        Self {
            kind: Kind::Task.as_str(),
            id: change.id().as_uuid(),
            revision: change.revision().as_i64(),
            deleted: task.is_none_or(Task::is_deleted),
            item: task.map(TaskView::from),
        }
    }
}
