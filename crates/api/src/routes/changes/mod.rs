//! What changed: a feed to read, and a stream to follow.

mod change;
mod event_stream;
mod guarded;
mod kinds;
mod list_changes;
mod resume_point;
mod stream_changes;

use crate::operation::Operations;

/// Adds the operations.
pub(super) fn add(operations: Operations) -> Operations {
    operations
        .add::<list_changes::ListChanges>()
        .add::<stream_changes::StreamChanges>()
}
