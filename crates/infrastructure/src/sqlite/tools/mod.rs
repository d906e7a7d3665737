//! What is done to the file as a whole.
//!
//! - [`migrate`]: the schema. [`search_keys`]: what is found and sorted by. [`readiness`] and [`inspector`]: whether it can be used.
//! - [`backup`]: a copy of it while others use it. [`serve_lock`]: one process serves from it.

pub(crate) mod backup;
pub(crate) mod inspector;
pub(crate) mod migrate;
mod readiness;
pub(crate) mod search_keys;
pub(crate) mod serve_lock;
