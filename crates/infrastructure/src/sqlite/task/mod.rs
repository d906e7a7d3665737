//! Tasks.
//!
//! - [`repository`] and [`trash_purger`]: the ports.
//! - [`row`]: how a task lies in its table. [`list`] and [`tally`]: what is read. [`write`]: what is written.

pub(crate) mod list;
mod repository;
mod resync;
pub(crate) mod row;
mod tally;
mod trash_purger;
mod write;
