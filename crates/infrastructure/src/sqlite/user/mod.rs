//! Users.
//!
//! - [`directory`]: users as an operator sees them.
//! - [`repository`]: the port. [`row`]: how a user lies in its table.

pub(crate) mod directory;
mod repository;
pub(crate) mod row;
