//! What every store must keep to: one case for each promise of the ports' documentation.
//!
//! A store's author makes a [`Stores`] bundle and calls [`crate::contract_suite`]. No case depends on
//! an empty store: each works under owners of its own, with random ids. So a store may be fresh for
//! each case or shared by all of them; only the cases of [`purges`] cross owners, and must
//! not run at the same time as each other on one store. All their rows were deleted in the 1990s,
//! those of all other cases later.

mod stores;
mod suite;
mod test_user;

pub mod accounts;
pub mod batches;
pub mod concurrency;
pub mod disabling;
pub mod feed;
pub mod fidelity;
pub mod isolation;
pub mod lists;
pub mod preconditions;
pub mod purges;
pub mod quotas;
pub mod sessions;
pub mod tasks;
pub mod trash;
pub mod users;
pub mod walks;

pub use stores::{Spawn, Stores};
