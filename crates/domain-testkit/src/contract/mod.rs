//! What every store must keep to: one case for each promise of the ports' documentation.
//!
//! Make a [`Stores`] of your store, or a [`TaskStore`] or [`TrashStore`] when it keeps less, and call
//! [`crate::contract_suite`]. The store may be new for each case or shared by all of them, and cases
//! may run at the same time: each works under owners of its own, with random ids.
//!
//! Only [`purges`] cross owners. They wait for each other within a process. A test runner that gives
//! each test a process of its own needs a store for each case, or must run them one after the other.
//! What they purge was deleted in the 1990s; all other cases delete later.

mod stores;
mod suite;
mod test_user;

pub mod accounts;
pub mod batches;
pub mod concurrency;
pub mod disabling;
pub mod feed;
pub mod fidelity;
pub mod first_writes;
pub mod isolation;
pub mod links;
pub mod lists;
pub mod moves;
pub mod orders;
pub mod partial_batches;
pub mod preconditions;
pub mod purges;
pub mod puts;
pub mod quotas;
pub mod refreshes;
pub mod resyncs;
pub mod sessions;
pub mod sign_ins;
pub mod subtasks;
pub mod tallies;
pub mod tasks;
pub mod trash;
pub mod user_isolation;
pub mod users;
pub mod walks;

pub use stores::{Stores, TaskStore, TrashStore};
