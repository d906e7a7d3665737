//! What is done to the file as a whole.
//!
//! - [`migrate`]: the schema. [`readiness`] and [`inspector`]: whether it can be used.
//! - [`backup`]: a copy of it while others use it.

pub(crate) mod backup;
pub(crate) mod inspector;
pub(crate) mod migrate;
mod readiness;
