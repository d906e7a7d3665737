//! What lists mean, in plain Rust: the reference that stores are compared with.

use tasklane_domain::page::TaskQuery;
use tasklane_domain::task::Task;

/// Every task of the list, in its order, as if there were no pages.
#[must_use]
pub fn whole_list<'a>(tasks: impl IntoIterator<Item = &'a Task>, query: &TaskQuery) -> Vec<Task> {
    query.select(tasks).into_iter().cloned().collect()
}
