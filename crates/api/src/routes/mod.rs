//! The operations, one a file, named as their operation id.

pub mod accounts;
mod batch;
mod changes;
pub mod operations;
mod password_text;
mod recurrence;
pub mod tasks;
mod text;
mod user;
pub mod users;

use crate::operation::Operations;

/// Every operation. Paths are tried in this order, so those called most come first.
#[must_use]
pub fn all() -> Operations {
    let operations = tasks::add(Operations::default());
    let operations = changes::add(operations);
    let operations = batch::add(operations);
    let operations = recurrence::add(operations);
    let operations = accounts::add(operations);
    let operations = users::add(operations);
    operations::add(operations)
}
