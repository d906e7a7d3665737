//! Recurrence rules.

mod preview_recurrence;
pub(super) mod recurrence_body;
pub(super) mod recurrence_view;

use crate::operation::Operations;

/// Adds the operation.
pub(super) fn add(operations: Operations) -> Operations {
    operations.add::<preview_recurrence::PreviewRecurrence>()
}
