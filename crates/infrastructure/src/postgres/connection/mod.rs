//! How statements reach the server.
//!
//! - [`address`], [`parameters`] and [`tls`]: where the server is. [`backoff`]: when to try it again.
//! - [`pool`] and [`sweeper`]: connections for one caller at a time. [`shared_connections`]: those
//!   that readers share. [`driver`]: what keeps a connection going.
//! - [`statement`]: statements that are written in SQL. [`connections`]: runs them.
//! - [`reading`]: a read under way, and how it is given up.
//! - [`distribution`]: whether the tables are spread over machines.

pub(crate) mod address;
pub(crate) mod backoff;
pub(crate) mod connections;
pub(crate) mod distribution;
pub(crate) mod driver;
mod parameters;
pub(crate) mod pool;
mod reading;
pub(crate) mod shared_connections;
pub(crate) mod statement;
pub(crate) mod sweeper;
pub(crate) mod tls;
