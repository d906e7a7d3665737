//! Users.
//!
//! - [`directory`]: users as an operator sees them.
//! - [`repository`]: the port. [`access`]: shutting a user out. [`erasure`]: erasing one.
//! - [`row`]: how a user lies in its table.

mod access;
mod directory;
mod erasure;
mod repository;
pub(crate) mod row;
