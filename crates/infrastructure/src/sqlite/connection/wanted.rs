//! Ends statements that nobody waits for any more.
//!
//! `SQLite` itself is interrupted through C, which takes unsafe code. So a statement that may go through
//! many rows first asks of each whether it is wanted. Once rows are not, the rest is passed over.

use std::cell::RefCell;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use diesel::prelude::*;
use diesel::sqlite::SqliteConnection;

#[diesel::declare_sql_function]
extern "SQL" {
    /// Whether somebody still waits for what this thread reads.
    fn is_wanted() -> diesel::sql_types::Bool;
}

thread_local! {
    static READING: RefCell<Option<Wanted>> = const { RefCell::new(None) };
}

/// Whether somebody still waits for a read.
#[derive(Clone)]
pub(crate) struct Wanted(Arc<AtomicBool>);

/// Whoever waits, until it is dropped.
pub(crate) struct Waiter(Wanted);

impl Waiter {
    pub(crate) fn new() -> (Self, Wanted) {
        let wanted = Wanted(Arc::new(AtomicBool::new(true)));
        (Self(wanted.clone()), wanted)
    }
}

impl Drop for Waiter {
    fn drop(&mut self) {
        self.0.0.store(false, Ordering::Relaxed);
    }
}

impl Wanted {
    pub(crate) fn is_wanted(&self) -> bool {
        self.0.load(Ordering::Relaxed)
    }

    /// Does something whose statements can ask. It must not panic.
    pub(crate) fn during<T>(self, read: impl FnOnce() -> T) -> T {
        let before = READING.replace(Some(self));
        let outcome = read();
        READING.set(before);
        outcome
    }
}

/// Lets the statements of a connection ask.
pub(crate) fn register(connection: &SqliteConnection) -> QueryResult<()> {
    is_wanted_utils::register_nondeterministic_impl(connection, || {
        READING.with_borrow(|reading| reading.as_ref().is_none_or(Wanted::is_wanted))
    })
}
