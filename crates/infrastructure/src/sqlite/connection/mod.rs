//! How statements reach the file.
//!
//! - [`database`]: opens connections. [`readers`]: those that read. [`wanted`]: ends statements
//!   that nobody waits for any more.
//! - [`file_identity`]: notices that the file was removed or replaced.
//! - [`writer`] and [`job`]: the thread that writes. [`checkpoints`]: the thread that copies the log
//!   into the file. [`join_on_drop`]: how they end.
//! - [`update`]: updates that are prepared once.

pub(crate) mod checkpoints;
pub(crate) mod database;
pub(crate) mod file_identity;
pub(crate) mod job;
pub(crate) mod join_on_drop;
pub(crate) mod readers;
pub(crate) mod update;
pub(crate) mod wanted;
pub(crate) mod writer;
