//! Tasks.

mod answer;
mod create_task;
mod delete_task;
mod delete_tasks;
mod draft;
pub(super) mod due;
mod get_summary;
mod get_task;
mod list_query;
mod list_tasks;
mod metadata;
mod move_body;
mod move_task;
mod patch;
mod patch_task;
mod replace_task;
mod restore_task;
mod task;
mod toggle_task;

pub(super) use draft::TaskDraftBody;
pub(super) use move_body::{both, place};
pub(super) use patch::TaskPatchBody;
pub use task::TaskView;

use crate::operation::Operations;

/// Adds the operations. Literal paths go before those with an id.
pub(super) fn add(operations: Operations) -> Operations {
    operations
        .add::<list_tasks::ListTasks>()
        .add::<create_task::CreateTask>()
        .add::<delete_tasks::DeleteTasks>()
        .add::<get_summary::GetSummary>()
        .add::<get_task::GetTask>()
        .add::<replace_task::ReplaceTask>()
        .add::<patch_task::PatchTask>()
        .add::<delete_task::DeleteTask>()
        .add::<toggle_task::ToggleTask>()
        .add::<move_task::MoveTask>()
        .add::<restore_task::RestoreTask>()
}
