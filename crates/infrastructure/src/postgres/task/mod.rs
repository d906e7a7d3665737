//! Tasks.
//!
//! - [`repository`] and [`trash_purger`]: the ports.
//! - [`row`]: how a task lies in its table.
//! - [`lookup`], [`list`], [`tally`] and [`feed`]: what is read.
//! - [`write`]: what is written, from [`load`] or [`load_needs`] to [`store`]; [`group_commit`]: together with others;
//!   [`locked`]: alone.

pub(crate) mod feed;
mod group_commit;
pub(crate) mod list;
pub(crate) mod load;
mod load_needs;
mod locked;
pub(crate) mod lookup;
mod repository;
mod resync;
pub(crate) mod row;
pub(crate) mod store;
mod tally;
pub(crate) mod trash_purger;
pub(crate) mod write;

/// The texts that Citus sends to where one owner's rows lie.
#[cfg(all(test, feature = "testing"))]
pub(crate) fn one_owner_statements() -> impl Iterator<Item = &'static str> {
    load::one_owner_statements()
        .into_iter()
        .chain(store::one_owner_statements())
}
