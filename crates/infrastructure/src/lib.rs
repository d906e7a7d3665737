//! Tasklane's stores: the domain's ports on PostgreSQL and on SQLite, and the machine's clock.
//!
//! Which of the stores is built in is a feature; both are by default.

#[cfg(all(feature = "postgres", feature = "sqlite"))]
pub mod copy;
mod key_progress;
#[cfg(any(feature = "postgres", feature = "sqlite"))]
mod lane;
pub mod local_notifier;
#[cfg(feature = "postgres")]
pub mod postgres;
mod record;
mod search_terms;
#[cfg(feature = "sqlite")]
pub mod sqlite;
pub mod statistics;
pub mod system;
mod usage_row;
