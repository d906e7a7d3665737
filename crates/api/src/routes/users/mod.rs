//! The caller's own data.

mod delete_user;
mod export_user;
mod get_user;
mod update_user;

use crate::operation::Operations;

/// Adds the operations.
pub(super) fn add(operations: Operations) -> Operations {
    operations
        .add::<get_user::GetUser>()
        .add::<update_user::UpdateUser>()
        .add::<export_user::ExportUser>()
        .add::<delete_user::DeleteUser>()
}
