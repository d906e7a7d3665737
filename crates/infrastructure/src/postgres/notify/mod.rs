//! Change notifications between processes.
//!
//! - [`notifier`]: the port. [`announcer`]: sends. [`listener`]: receives.

mod announcer;
mod listener;
mod notifier;

pub use notifier::PostgresNotifier;
