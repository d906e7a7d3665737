//! Several operations at once.

mod body;
mod results;
mod run_batch;
mod task_operation;

use crate::operation::Operations;

/// Adds the operations.
pub(super) fn add(operations: Operations) -> Operations {
    operations.add::<run_batch::RunBatch>()
}
