//! Tasks.
//!
//! - [`repository`] and [`trash_purger`]: the ports.
//! - [`row`]: how a task lies in its table.
//! - [`lookup`], [`list`] and [`feed`]: what is read. [`write`], [`create`], [`patch`] and
//!   [`batch`]: what is written.

mod batch;
mod create;
pub(crate) mod feed;
pub(crate) mod list;
pub(crate) mod lookup;
mod patch;
mod repository;
pub(crate) mod row;
pub(crate) mod trash_purger;
mod write;
