//! Users.
//!
//! - [`repository`]: the port. [`row`]: how a user lies in its table.

mod repository;
pub(crate) mod row;
