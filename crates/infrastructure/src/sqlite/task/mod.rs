//! Tasks.
//!
//! - [`repository`] and [`trash_purger`]: the ports.
//! - [`row`]: how a task lies in its table. [`list`] and [`tally`]: what is read. [`write`]: what is written,
//!   with the neighbours ([`order`]) and [`relatives`] that it must see.

pub(crate) mod list;
mod order;
mod relatives;
mod repository;
mod resync;
pub(crate) mod row;
mod tally;
mod trash_purger;
mod write;
