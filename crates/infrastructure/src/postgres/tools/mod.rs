//! What is done to the database as a whole.
//!
//! - [`migrate`]: the schema. [`search_keys`]: what is found and sorted by. [`readiness`] and [`inspector`]: whether it can be used.
//! - [`testing`]: a database for each test. [`measuring`]: rows for the benchmark. `plans`: how
//!   the server carries queries out.

pub(crate) mod inspector;
#[cfg(feature = "testing")]
pub mod measuring;
pub(crate) mod migrate;
#[cfg(all(test, feature = "testing"))]
mod plans;
mod readiness;
pub(crate) mod search_keys;
#[cfg(feature = "testing")]
pub mod testing;
