//! PostgreSQL for tests and measurements, in throw-away clusters.

mod account;
mod cluster;
mod folder;
mod programs;

pub(crate) use self::account::Account;
pub(crate) use self::cluster::{Cluster, Durability, free_port};
pub(crate) use self::programs::Programs;
