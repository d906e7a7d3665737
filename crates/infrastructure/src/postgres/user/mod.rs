//! Users.
//!
//! - [`directory`]: users as an operator sees them.
//! - [`repository`]: the port. [`access`]: shutting a user out. [`erasure`]: erasing one.
//!   [`rename`]: giving one another name.
//! - [`row`]: how a user lies in its table.

mod access;
mod directory;
mod erasure;
mod rename;
mod repository;
pub(crate) mod row;
